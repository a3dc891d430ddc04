// The eigen-solver against its definition: traces, powers of the matrix, and vectors in the eigenbasis.
import { describe, expect, test } from 'vitest';
import { random } from '../../../../../src/index.ts';
import {
  symmetricEigen,
  symmetricEigenvalues,
} from '../../../../../src/lab/digits/experiments/theory/eigen.ts';

const drawn = (n: number, seed: number): Float64Array =>
  Float64Array.from(random.normal(random.key(seed), [n], 'f64').data);

/** B Bᵀ for B of n rows and `rank` columns. */
function gram(n: number, rank: number, seed: number): Float64Array {
  const b = drawn(n * rank, seed);
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += b[i * rank + k] * b[j * rank + k];
    return sum;
  });
}

const times = (a: Float64Array, x: Float64Array): Float64Array =>
  x.map((_, i) => x.reduce((sum, value, j) => sum + a[i * x.length + j] * value, 0));
const dot = (x: Float64Array, y: Float64Array): number => x.reduce((sum, value, i) => sum + value * y[i], 0);

describe('the eigenvalues of a symmetric matrix', () => {
  test('of 2 × 2 and of diagonal matrices are the known ones, the greatest first', () => {
    expect([...symmetricEigenvalues([2, 1, 1, 2])]).toEqual([expect.closeTo(3, 14), expect.closeTo(1, 14)]);
    expect([...symmetricEigenvalues([1, 0, 0, 0, -5, 0, 0, 0, 4])]).toEqual([4, 1, -5]);
    expect([...symmetricEigenvalues([7])]).toEqual([7]);
    expect([...symmetricEigenvalues(new Float64Array(16))]).toEqual([0, 0, 0, 0]);
  });

  test('of the second difference are 2 − 2 cos(πk / (n + 1))', () => {
    const n = 30;
    const matrix = Float64Array.from({ length: n * n }, (_, at) => {
      const distance = Math.abs(Math.floor(at / n) - (at % n));
      return distance === 0 ? 2 : distance === 1 ? -1 : 0;
    });
    symmetricEigenvalues(matrix).forEach((value, i) => {
      expect(value).toBeCloseTo(2 - 2 * Math.cos((Math.PI * (n - i)) / (n + 1)), 12);
    });
  });

  test('a vector in the eigenbasis has the same length and the same moments vᵀ Aᵏ v, for full and deficient ranks', () => {
    for (const [n, rank, seed] of [
      [12, 12, 1],
      [40, 7, 2],
      [65, 64, 3],
    ]) {
      const matrix = gram(n, rank, seed);
      const vector = drawn(n, seed + 100);
      const { values, components } = symmetricEigen(matrix, vector);
      let power = vector;
      for (let k = 0; k < 5; k++) {
        const moment = components[0].reduce((sum, x, i) => sum + x ** 2 * values[i] ** k, 0);
        expect(Math.abs(moment / dot(vector, power) - 1)).toBeLessThan(1e-11);
        power = times(matrix, power);
      }
      expect(values.filter((value) => value > 1e-10 * values[0])).toHaveLength(rank);
    }
  });

  test('repeated eigenvalues beside a great null space, whose numbers are all round-off, are found', () => {
    const [n, copies, rank] = [30, 7, 4];
    const block = gram(n, rank, 4);
    const size = n * copies;
    // the copies interleaved, so that nothing is tridiagonal
    const matrix = Float64Array.from({ length: size ** 2 }, (_, at) => {
      const [i, j] = [Math.floor(at / size), at % size];
      return i % copies === j % copies ? block[Math.floor(i / copies) * n + Math.floor(j / copies)] : 0;
    });
    const single = symmetricEigenvalues(block);
    symmetricEigenvalues(matrix).forEach((value, i) => {
      expect(Math.abs(value - single[Math.floor(i / copies)])).toBeLessThan(1e-13 * single[0]);
    });
  });

  test('what is no square, or not as long, is refused by name', () => {
    expect(() => symmetricEigen([1, 2, 3])).toThrow('symmetricEigen: 3 numbers are no square matrix');
    expect(() => symmetricEigen([1], [1, 2])).toThrow('symmetricEigen: a vector of 2 numbers, not 1');
    expect(() => symmetricEigen([1, Number.NaN, Number.NaN, 1])).toThrow('is an entry no number');
  });
});
