// bf16 and f16: every bit pattern, and rounding, against their definition digit by digit.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromNested, fromTypedArray, numberIn, storedAs } from '../../src/tensor/index.ts';
import { bitsOf, numbersOfBits } from '../helpers/halves.ts';

describe.each(['bf16', 'f16'] as const)('The bits of %s', (dtype) => {
  const numbers = numbersOfBits(dtype);

  test('stand for the numbers of the definition, all 65,536 of them', () => {
    const wrong = numbers.findIndex((number, bits) => !Object.is(numberIn(dtype, bits), number));
    expect(wrong).toBe(-1);
  });

  test('come back from the numbers that they stand for', () => {
    const wrong = numbers.findIndex((number, bits) =>
      Number.isNaN(number)
        ? !Number.isNaN(numbers[storedAs(dtype, number)])
        : storedAs(dtype, number) !== bits,
    );
    expect(wrong).toBe(-1);
  });

  test('are those of the nearest number, of the even one halfway between two, on either side of each', () => {
    for (let low = 0; Number.isFinite(numbers[low + 1]); low++) {
      const [a, b] = [numbers[low], numbers[low + 1]];
      const [middle, step] = [(a + b) / 2, (b - a) * 2 ** -40];
      const even = low % 2 === 0 ? low : low + 1;
      const found = [middle - step, middle, middle + step].map((value) => storedAs(dtype, value));
      if (found[0] !== low || found[1] !== even || found[2] !== low + 1)
        expect.fail(`beside ${middle}: ${found}`);
      if (storedAs(dtype, -middle) !== even + 0x8000) expect.fail(`at ${-middle}`);
    }
  });

  test('are those of infinity from halfway between the greatest and what would be the next', () => {
    const greatest = numbers.filter(Number.isFinite).reduce((a, b) => Math.max(a, b));
    const bits = numbers.indexOf(greatest);
    const limit = greatest + (greatest - numbers[bits - 1]) / 2;
    expect(
      [limit, limit * (1 - 2 ** -52), -Infinity, 1e300].map((value) => numbers[storedAs(dtype, value)]),
    ).toEqual([Infinity, greatest, -Infinity, Infinity]);
  });

  test('round any number as a search among all of them does (property)', () => {
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.float()), (value) => {
        expect(storedAs(dtype, value)).toBe(bitsOf(dtype, value));
      }),
      { numRuns: 2000 },
    );
  });
});

test('Numbers are shown, and their bits are the data', () => {
  const x = fromNested(
    [
      [1.00390625, -2.5],
      [Number.NaN, 1e39],
    ],
    'bf16',
  );
  expect(x.toArray()).toEqual([
    [1, -2.5],
    [Number.NaN, Infinity],
  ]);
  expect(JSON.stringify(x)).toBe('[[1,-2.5],[null,null]]');
  expect(String(x)).toBe('bf16[2, 2]\n[[  1.0000,  -2.5000],\n [     NaN, Infinity]]');
  expect(x.data).toEqual(Uint16Array.of(0x3f80, 0xc020, 0x7fc0, 0x7f80));
  expect(fromNested(0.1, 'f16').item()).toBe(0.0999755859375);
  expect(fromTypedArray(Uint16Array.of(0x3c00), [], 'f16').item()).toBe(1);
  expect(String(fromNested([1, 200], 'u8'))).toBe('u8[2] [  1, 200]');
});
