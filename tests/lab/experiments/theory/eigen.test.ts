// Jacobi's eigenvalues: matrices whose spectrum is known, and the definition.
import { beforeAll, describe, expect, test } from 'vitest';
import {
  add,
  eye,
  matmul,
  mul,
  reshape,
  ShapeError,
  tensor,
  transpose,
  useEngine,
  zeros,
} from '../../../../src/index.ts';
import { eigenSymmetric } from '../../../../src/lab/experiments/theory/eigen.ts';
import { randomTensor } from '../../../helpers/draws.ts';
import { expectNumbers, expectSame, makeGrid, toTensor } from '../../../helpers/grids.ts';

beforeAll(() => {
  useEngine('reference');
});

const square = (n: number, value: (i: number, j: number) => number) =>
  toTensor(makeGrid('f64', [n, n], ([i, j]) => value(i, j)));

describe('eigenSymmetric', () => {
  test('finds what one can find by hand', () => {
    const { values, vectors } = eigenSymmetric(square(2, (i, j) => (i === j ? 2 : 1)));
    expectNumbers(values, [3, 1], 1e-15);
    const half = Math.SQRT1_2;
    expectNumbers(vectors.data.map(Math.abs), [half, half, half, half], 1e-15);
    expect(vectors.data[0] * vectors.data[1]).toBeCloseTo(0.5);
    expect(vectors.data[2] * vectors.data[3]).toBeCloseTo(-0.5);
  });

  test('finds 2 − 2 cos(πk / (n + 1)) for second differences', () => {
    const n = 40;
    const { values } = eigenSymmetric(square(n, (i, j) => [2, -1][Math.abs(i - j)] ?? 0));
    const known = Array.from({ length: n }, (_, k) => 2 - 2 * Math.cos((Math.PI * (n - k)) / (n + 1)));
    expectNumbers(values, known, 1e-13);
  });

  test('gives orthonormal vectors v with A v = λ v, in descending order, also of a matrix that is not definite', () => {
    const n = 30;
    const a = randomTensor([n, n], 1);
    const symmetric = add(a, transpose(a));
    const { values, vectors } = eigenSymmetric(symmetric);
    expect(values[29]).toBeLessThan(0);
    expect(values[0]).toBeGreaterThan(0);
    expect(values).toEqual([...values].sort((x, y) => y - x));
    expectSame(matmul(vectors, transpose(vectors)), eye(n, n, 'f64'), 1e-12);
    const stretched = mul(vectors, reshape(tensor(values, 'f64'), [n, 1]));
    expectSame(matmul(vectors, symmetric), stretched, 1e-12);
  });

  test('takes repeated values, zeros, one row and none', () => {
    expectNumbers(eigenSymmetric(eye(5, 5, 'f64')).values, [1, 1, 1, 1, 1]);
    expectNumbers(eigenSymmetric(zeros([3, 3], 'f64')).values, [0, 0, 0]);
    expectNumbers(eigenSymmetric(square(6, () => 1)).values, [6, 0, 0, 0, 0, 0], 1e-15);
    expectNumbers(eigenSymmetric(square(1, () => -4)).values, [-4]);
    expect(eigenSymmetric(zeros([0, 0], 'f64')).values).toEqual([]);
  });

  test('refuses what has no such values', () => {
    expect(() => eigenSymmetric(zeros([2, 3]))).toThrow(
      new ShapeError('eigenSymmetric: a matrix is [n, n], not [2, 3]'),
    );
    expect(() => eigenSymmetric(square(2, (i, j) => i - j))).toThrow(
      new RangeError('eigenSymmetric: [1, 0] is 1 and [0, 1] is -1; give a symmetric matrix'),
    );
    expect(() => eigenSymmetric(square(2, () => Number.NaN))).toThrow(
      new RangeError('eigenSymmetric: there are numbers that are not finite'),
    );
  });
});
