// Images at another size: means on the way down, between neighbours on the way up.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resizer } from '../../../../src/lab/digits/data/resize.ts';

function resized(image: readonly number[], height: number, width: number, side: number): number[] {
  const into = new Float32Array(side * side);
  resizer(height, width, side)(image, into);
  return [...into];
}

test('of the size that is wanted it is as it was', () => {
  expect(resized([1, 2, 3, 4], 2, 2, 2)).toEqual([1, 2, 3, 4]);
});

test('a pixel is the mean of what it covers, parts of pixels too', () => {
  expect(resized([1, 3, 5, 7], 2, 2, 1)).toEqual([4]);
  expect(resized([0, 6, 0, 0, 6, 0, 0, 6, 0], 3, 3, 2)).toEqual([2, 2, 2, 2]);
  expect(resized([8, 0, 0, 0, 0, 0, 0, 0], 2, 4, 2)).toEqual([4, 0, 0, 0]); // stretched
});

test('between the centres of two pixels it goes from one to the other, and stays beyond the last', () => {
  expect(resized([0, 8, 0, 8], 2, 2, 4).slice(0, 4)).toEqual([0, 2, 6, 8]);
  expect(resized([5], 1, 1, 3)).toEqual(new Array(9).fill(5));
});

test('an even image stays what it is, and none leaves its range (property)', () => {
  const size = fc.integer({ min: 1, max: 12 });
  fc.assert(
    fc.property(size, size, size, fc.integer({ min: 0, max: 255 }), (height, width, side, level) => {
      const even = resized(new Array(height * width).fill(level), height, width, side);
      expect(Math.max(...even.map((value) => Math.abs(value - level)))).toBeLessThan(1e-3);
      const uneven = Array.from({ length: height * width }, (_, i) => (i * level) % 256);
      const scaled = resized(uneven, height, width, side);
      expect(Math.min(...scaled)).toBeGreaterThanOrEqual(Math.min(...uneven) - 1e-3);
      expect(Math.max(...scaled)).toBeLessThanOrEqual(Math.max(...uneven) + 1e-3);
    }),
    { numRuns: 100 },
  );
});
