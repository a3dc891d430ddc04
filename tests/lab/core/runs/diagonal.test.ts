import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { useEngine } from '../../../../src/index.ts';
import { diagonalElevations, diagonalTest } from '../../../../src/lab/core/runs/diagonal.ts';
import { mean } from '../../../../src/lab/core/runs/statistics.ts';
import { runs } from '../../../helpers/long.ts';

useEngine('reference');

const matrix = (n: number): fc.Arbitrary<number[][]> => {
  const line = fc.array(fc.integer({ min: -100, max: 100 }), { minLength: n, maxLength: n });
  return fc.array(line, { minLength: n, maxLength: n });
};
const square = fc.integer({ min: 2, max: 4 }).chain(matrix);
const identity = (n: number): number[][] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => Number(i === j)));

describe('the elevation of a diagonal', () => {
  test('is what each entry has over the others of its column', () => {
    expect(
      diagonalElevations([
        [9, 1, 0],
        [3, 5, 4],
        [5, 2, 1],
      ]),
    ).toEqual([5, 3.5, -1]);
  });

  test('does not know what is added to a whole column', () => {
    fc.assert(
      fc.property(square, fc.integer(), (of, by) => {
        const shifted = of.map((row) => row.map((value, j) => value + (j === 0 ? by : 0)));
        diagonalElevations(shifted).forEach((value, i) => {
          expect(value).toBeCloseTo(diagonalElevations(of)[i], 5);
        });
      }),
      { numRuns: runs(200) },
    );
  });
});

describe('the test of diagonals', () => {
  test('counts every order of the rows: one of n! has the diagonal of an identity', () => {
    expect(diagonalTest([identity(2)])).toBe(1 / 2);
    expect(diagonalTest([identity(4)])).toBe(1 / 24);
    expect(diagonalTest([identity(3), identity(4)])).toBe(1 / (6 * 24));
    expect(
      diagonalTest([
        [
          [1, 0.5],
          [0, 0.2],
        ],
      ]),
    ).toBe(1 / 2);
    expect(
      diagonalTest([
        [
          [0, 1],
          [1, 0],
        ],
      ]),
    ).toBe(1);
  });

  test('finds nothing where all entries are equal', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 6 }),
        fc.double({ min: -10, max: 10, noNaN: true }),
        (n, value) => {
          expect(diagonalTest([identity(n).map((row) => row.map(() => value))])).toBe(1);
        },
      ),
      { numRuns: runs(40) },
    );
  });

  test('does not know what is added to a row or a column', () => {
    fc.assert(
      fc.property(square, fc.nat(3), fc.integer({ min: -50, max: 50 }), (of, at, by) => {
        const p = diagonalTest([of]);
        expect(diagonalTest([of.map((row, i) => row.map((value) => value + (i === at ? by : 0)))])).toBe(p);
        expect(diagonalTest([of.map((row) => row.map((value, j) => value + (j === at ? by : 0)))])).toBe(p);
      }),
      { numRuns: runs(200) },
    );
  });

  test('is uniform over the orders of the rows', () => {
    fc.assert(
      fc.property(matrix(3), (of) => {
        const orders = [
          [0, 1, 2],
          [0, 2, 1],
          [1, 0, 2],
          [1, 2, 0],
          [2, 0, 1],
          [2, 1, 0],
        ];
        const ps = orders.map((order) => diagonalTest([order.map((i) => of[i])])).sort();
        ps.forEach((p, i) => {
          expect(p).toBeGreaterThanOrEqual((i + 1) / 6 - 1e-12);
        });
      }),
      { numRuns: runs(100) },
    );
  });

  test('draws orders where there are too many, and then comes close', () => {
    const noisy = identity(4).map((row, i) =>
      row.map((value, j) => 0.4 * value + Math.sin(7 * i + 3 * j) / 2),
    );
    const exact = diagonalTest([noisy, noisy, noisy]); // 13,824 orders
    const flat = [
      [0, 0],
      [0, 0],
    ];
    const drawn = diagonalTest([noisy, noisy, noisy, flat, flat, flat]); // the same, but 110,592
    expect(Math.abs(drawn - exact)).toBeLessThan(5 * Math.sqrt(exact / 65_536));
    expect(exact).toBeGreaterThan(0.001);
    expect(diagonalTest([identity(12)])).toBe(1 / 65_537);
  });

  test.each([
    [[], 'diagonalTest: there is no matrix'],
    [[[[1]]], 'diagonalTest: a matrix of 1 rows with 1 columns; give as many of both, at least two'],
    [[[[1, 2], [3]]], 'diagonalTest: a matrix of 2 rows with 2 or 1 columns'],
    [
      [
        [
          [1, 2],
          [3, Number.NaN],
        ],
      ],
      'diagonalTest: NaN is among the values',
    ],
  ])('refuses %j', (matrices, message) => {
    expect(() => diagonalTest(matrices)).toThrow(message);
  });
});

test('elevation and test agree on what is high', () => {
  const of = [
    [0.8, 0.1, 0.2],
    [0.1, 0.7, 0.1],
    [0.2, 0.2, 0.9],
  ];
  expect(mean(diagonalElevations(of))).toBeCloseTo(0.65, 12);
  expect(diagonalTest([of])).toBe(1 / 6);
});
