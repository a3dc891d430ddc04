// Where buffers lie in one block of memory: those that are never needed together may share a place.
import { itemSize, roundUp } from '../tensor/index.ts';
import type { Buffer } from './scalar.ts';

export interface Layout {
  /** In bytes from the block's start, each a multiple of `alignment`. */
  readonly offsets: ReadonlyMap<Buffer, number>;
  readonly bytes: number;
}

/** The first and the last step that need a buffer. */
export interface Life {
  readonly from: number;
  readonly to: number;
}

/** Notes in `lives` that the step at `at`, which comes after all that were noted, needs `buffer`. */
export function touch(lives: Map<Buffer, Life>, buffer: Buffer, at: number): void {
  lives.set(buffer, { from: lives.get(buffer)?.from ?? at, to: at });
}

/** A cache line, and the widest vector. */
export const alignment = 64;

export const bytesOf = ({ dtype, size }: Buffer): number => roundUp(size * itemSize(dtype), alignment);

/** The greatest first, each at the lowest place that is free throughout its life. */
export function layOut(lives: ReadonlyMap<Buffer, Life>): Layout {
  const placed: { start: number; end: number; life: Life }[] = [];
  const offsets = new Map<Buffer, number>();
  let bytes = 0;
  for (const [buffer, life] of [...lives].sort(([a], [b]) => bytesOf(b) - bytesOf(a))) {
    const size = bytesOf(buffer);
    let start = 0;
    for (const other of placed) {
      if (other.life.to < life.from || other.life.from > life.to) continue;
      if (start + size <= other.start) break;
      start = Math.max(start, other.end);
    }
    offsets.set(buffer, start);
    placed.push({ start, end: start + size, life });
    placed.sort((a, b) => a.start - b.start);
    bytes = Math.max(bytes, start + size);
  }
  return { offsets, bytes };
}
