// Whether a square matrix is higher on its diagonal than elsewhere: whether each column is raised by its own row.
import { random, type Tensor } from '../../../index.ts';
import type { Matrix } from './matrices.ts';
import { mean, type Summary, summarize } from './statistics.ts';

/** The most permutations that are all tried; beyond, so many are drawn. */
const most = 2 ** 16;

function checkSquare(op: string, matrix: Matrix): void {
  const n = matrix.length;
  if (n < 2 || matrix.some((row) => row.length !== n))
    throw new RangeError(
      `${op}: a matrix of ${n} rows with ${[...new Set(matrix.map((row) => row.length))].join(' or ')} columns; give as many of both, at least two`,
    );
  const bad = matrix.flat().find((value) => !Number.isFinite(value));
  if (bad !== undefined) throw new RangeError(`${op}: ${bad} is among the values`);
}

/** Of each column of a square matrix, its entry on the diagonal less the mean of its others. Throws RangeError. */
export function diagonalElevations(matrix: Matrix): number[] {
  checkSquare('diagonalElevations', matrix);
  return matrix.map((row, i) => row[i] - mean(matrix.filter((_, j) => j !== i).map((other) => other[i])));
}

/** The sums that the diagonal of `matrix` has under all permutations of its rows. */
function allSums(matrix: Matrix): number[] {
  const sums: number[] = [];
  const left = matrix.map((_, i) => i);
  const descend = (column: number, sum: number): void => {
    if (column === matrix.length) sums.push(sum);
    for (const [at, row] of [...left].entries()) {
      left.splice(at, 1);
      descend(column + 1, sum + matrix[row][column]);
      left.splice(at, 0, row);
    }
  };
  descend(0, 0);
  return sums;
}

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));

/** The most rows of a matrix of which all orders are written down to draw from. */
const few = 6;

/** Adds to `sums` those of the diagonal of `matrix` under permutations drawn by `key`. */
function addDrawn(sums: number[], matrix: Matrix, key: Tensor): void {
  const n = matrix.length;
  if (n <= few) {
    const all = allSums(matrix);
    const draws = random.uniform(key, [most]).data;
    for (let i = 0; i < most; i++) sums[i] += all[Math.floor(draws[i] * all.length)];
    return;
  }
  const draws = random.uniform(key, [most, n]).data;
  for (let i = 0; i < most; i++) {
    const left = matrix.map((_, row) => row);
    for (let column = 0; column < n; column++) {
      const [row] = left.splice(Math.floor(draws[i * n + column] * left.length), 1);
      sums[i] += matrix[row][column];
    }
  }
}

/** The sums under drawn permutations of each of `matrices`, added up; the same ones at every call. */
function drawnSums(matrices: readonly Matrix[]): number[] {
  const sums = new Array<number>(most).fill(0);
  for (const [k, matrix] of matrices.entries()) addDrawn(sums, matrix, random.key(`permutations ${k}`));
  return sums;
}

/**
 * p of the one-sided permutation test that rows raise their own column no more than any other: how often the diagonals
 * of `matrices` are together as high as they are, were the rows of each in any order. Over all orders where they are
 * at most 65,536, over as many drawn ones beyond, always the same. Throws RangeError.
 */
export function diagonalTest(matrices: readonly Matrix[]): number {
  if (matrices.length === 0) throw new RangeError('diagonalTest: there is no matrix');
  for (const matrix of matrices) checkSquare('diagonalTest', matrix);
  const seen = matrices.reduce((sum, matrix) => sum + matrix.reduce((own, row, i) => own + row[i], 0), 0);
  const magnitude = matrices.flat(2).reduce((sum, value) => sum + Math.abs(value), 0);
  const limit = seen - 8 * matrices.flat().length * Number.EPSILON * magnitude; // what rounding may do
  const reaches = (sums: readonly number[]): number => sums.filter((sum) => sum >= limit).length;
  const orders = matrices.reduce((product, { length }) => product * factorial(length), 1);
  // what was seen is one of the drawn orders (Phipson & Smyth 2010)
  if (orders > most) return (reaches(drawnSums(matrices)) + 1) / (most + 1);
  const sums = matrices.map(allSums).reduce((all, own) => all.flatMap((sum) => own.map((by) => sum + by)));
  return reaches(sums) / orders;
}

/** How much matrices are raised on their diagonals: the mean over cases, its interval, and p of the permutation test. */
export interface Elevation extends Summary {
  readonly p: number;
}

/** The elevation of `matrices` over `cases`, by default each column of each. Throws RangeError. */
export const elevationOf = (
  matrices: readonly Matrix[],
  cases: readonly number[] = matrices.flatMap(diagonalElevations),
): Elevation => ({ ...summarize(cases), p: diagonalTest(matrices) });

/** Whether the diagonal is higher beyond what chance may do, by the interval and by the test. */
export const isRaised = ({ low, p }: Elevation): boolean => low > 0 && p < 0.05;
