// Eigenvalues and eigenvectors of a dense symmetric matrix, by Jacobi's rotations: for some hundred rows.
import { fromTypedArray, type Shape, ShapeError, showShape, type Tensor } from '../../../tensor/index.ts';

export interface Eigen {
  /** In descending order. */
  readonly values: number[];
  /** f64 [n, n]: row k is the eigenvector of value k, of length 1. */
  readonly vectors: Tensor;
}

/** Sweeps over all pairs; convergence is quadratic, and 1,000 rows need about ten. */
const maxSweeps = 50;

/** Rotates rows p and q of `x` [n, n], each from its element `stride` apart, by cosine c and sine s. */
function rotate(
  x: Float64Array,
  p: number,
  q: number,
  stride: number,
  n: number,
  c: number,
  s: number,
): void {
  for (let k = 0; k < n; k++, p += stride, q += stride) {
    const [a, b] = [x[p], x[q]];
    x[p] = c * a - s * b;
    x[q] = s * a + c * b;
  }
}

/** Makes element (p, q) of `a` zero, and turns the eigenvectors so far with it (Golub & Van Loan, 8.5). */
function annihilate(a: Float64Array, vectors: Float64Array, n: number, p: number, q: number): void {
  const theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q]);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  rotate(a, p * n, q * n, 1, n, c, t * c);
  rotate(a, p, q, n, n, c, t * c);
  rotate(vectors, p * n, q * n, 1, n, c, t * c);
  a[p * n + q] = 0;
  a[q * n + p] = 0;
}

/** The n of a matrix [n, n]. Throws ShapeError, or RangeError unless it is symmetric to 1e-9 of its largest number. */
function checkSymmetric(shape: Shape, data: Float64Array): number {
  const n = shape[0];
  if (shape.length !== 2 || shape[1] !== n)
    throw new ShapeError(`eigenSymmetric: a matrix is [n, n], not ${showShape(shape)}`);
  const largest = data.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  if (!Number.isFinite(largest))
    throw new RangeError('eigenSymmetric: there are numbers that are not finite');
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++)
      if (Math.abs(data[i * n + j] - data[j * n + i]) > 1e-9 * largest)
        throw new RangeError(
          `eigenSymmetric: [${i}, ${j}] is ${data[i * n + j]} and [${j}, ${i}] is ${data[j * n + i]}; give a symmetric matrix`,
        );
  return n;
}

/**
 * Eigenvalues and eigenvectors of a symmetric `matrix` [n, n], good to about 1e-14 of the largest value. Throws
 * ShapeError or RangeError if it is not one.
 */
export function eigenSymmetric(matrix: Tensor): Eigen {
  const a = Float64Array.from(matrix.data);
  const n = checkSymmetric(matrix.shape, a);
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1;
  const negligible = a.reduce((most, x) => Math.max(most, Math.abs(x)), 0) * (Number.EPSILON / 8);
  for (let sweep = 0, turned = true; turned; sweep++) {
    if (sweep === maxSweeps) throw new RangeError(`eigenSymmetric: no convergence in ${maxSweeps} sweeps`);
    turned = false;
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++)
        if (Math.abs(a[p * n + q]) > negligible) {
          annihilate(a, vectors, n, p, q);
          turned = true;
        }
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => a[j * n + j] - a[i * n + i]);
  const sorted = new Float64Array(n * n);
  order.forEach((from, to) => {
    sorted.set(vectors.subarray(from * n, (from + 1) * n), to * n);
  });
  return { values: order.map((i) => a[i * n + i]), vectors: fromTypedArray(sorted, [n, n], 'f64') };
}
