// PNG files as grey, and damaged ones.
import { createCanvas } from '@napi-rs/canvas';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkPng, decodePng } from '../../../../src/lab/digits/data/png.ts';
import { FormatError } from '../../../../src/store/errors.ts';
import { damaged, parsesOrRefuses } from '../../../store/mutations.ts';
import { grey } from './of-digits.ts';

test('colours become luminance, on black where they are not opaque', async () => {
  const canvas = createCanvas(4, 1);
  const context = canvas.getContext('2d');
  ['#ffffff', '#ff0000', '#0000ff', '#00000000'].forEach((colour, x) => {
    context.fillStyle = colour;
    context.fillRect(x, 0, 1, 1);
  });
  const { height, width, data } = await decodePng(canvas.toBuffer('image/png'), 'x');
  expect([height, width, ...data]).toEqual([1, 4, 255, 76, 29, 0]);
});

test('every grey is kept', async () => {
  const levels = Array.from({ length: 9 }, (_, i) => Math.round((255 * i) / 8));
  for (const level of levels) expect((await decodePng(grey(2, 1, level), 'x')).data[1]).toBe(level);
});

test.each<[string, (bytes: Buffer) => Uint8Array, string]>([
  ['something else', () => Buffer.from('GIF89a'), 'x: not a PNG file'],
  ['a file cut short', (bytes) => bytes.subarray(0, -1), 'x: it is cut short'],
  ['a chunk longer than the file', (bytes) => bytes.fill(0xff, 8, 12), 'x: it is cut short'],
  ['a bit flipped', (bytes) => bytes.fill(bytes[20] ^ 1, 20, 21), 'x: it is damaged at byte 8'],
])('%s is refused', (_, spoil, message) => {
  const bytes = spoil(Buffer.from(grey(5, 5, 7)));
  expect(() => checkPng(bytes, 'x')).toThrow(FormatError);
  expect(() => checkPng(bytes, 'x')).toThrow(message);
});

test('a picture of more pixels than fit is refused before it is decoded', () => {
  const large = createCanvas(4097, 1).toBuffer('image/png');
  expect(() => checkPng(large, 'x')).toThrow('x: 4097 × 1 pixels, where 1 × 1 to 4096 × 4096 can be');
});

test('damaged files and arbitrary bytes are whole or refused (property)', () => {
  fc.assert(
    fc.property(damaged(Uint8Array.from(grey(3, 3, 1))), (bytes) =>
      parsesOrRefuses(() => checkPng(bytes, 'x'), 'x'),
    ),
    { numRuns: 300 },
  );
});
