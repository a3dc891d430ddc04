// What tests count in images and labels, and files of them.
import { createCanvas } from '@napi-rs/canvas';
import type { Digits } from '../../../../src/lab/digits/data/images.ts';

/** The least and the greatest. */
export function extremes(data: Iterable<number>): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of data) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

/** How many of each class. */
export const histogram = ({ labels, classes }: Digits): number[] =>
  Array.from({ length: classes }, (_, digit) => labels.data.filter((label) => label === digit).length);

/** An IDX file of bytes. */
export function idxBytes(shape: readonly number[], data: readonly number[]): Buffer {
  const head = Buffer.alloc(4 + 4 * shape.length);
  head.set([0, 0, 8, shape.length]);
  shape.forEach((n, axis) => {
    head.writeUInt32BE(n, 4 + 4 * axis);
  });
  return Buffer.concat([head, Uint8Array.from(data)]);
}

/** A PNG of one grey. */
export function grey(width: number, height: number, level: number): Buffer {
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  context.fillStyle = `rgb(${level}, ${level}, ${level})`;
  context.fillRect(0, 0, width, height);
  return canvas.toBuffer('image/png');
}
