// Matrices of an arm's values: which value stands where.
import { expect, test } from 'vitest';
import { matricesOf, meanMatrix } from '../../../../src/lab/core/runs/matrices.ts';
import type { Row } from '../../../../src/lab/core/runs/result.ts';

const rows = [3, 4].flatMap((seed) =>
  ['a', 'b'].flatMap((from) =>
    [1, 2, 5].flatMap((to) =>
      ['owl', 'fox'].map(
        (trait): Row => ({
          ...{ seed, arm: 'student', at: { to, from, trait }, curves: {} },
          values: { level: seed * 100 + (from === 'a' ? 10 : 20) + to + (trait === 'owl' ? 0 : 0.5) },
        }),
      ),
    ),
  ),
);

test('a matrix a seed has the rows and columns that are asked for, at the other settings', () => {
  const found = matricesOf(
    { rows, seeds: [3, 4] },
    'student',
    'level',
    ['from', ['b', 'a']],
    ['to', [5, 1]],
    {
      trait: 'fox',
    },
  );
  expect(found).toEqual([
    [
      [325.5, 321.5],
      [315.5, 311.5],
    ],
    [
      [425.5, 421.5],
      [415.5, 411.5],
    ],
  ]);
  expect(meanMatrix(found)).toEqual([
    [375.5, 371.5],
    [365.5, 361.5],
  ]);
});
