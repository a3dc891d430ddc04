// Eigenvalues of symmetric matrices, and what given vectors are in the basis of the eigenvectors.

export interface Spectrum {
  /** The eigenvalues, the greatest first. */
  readonly values: Float64Array;
  /** For each given vector, its component along the eigenvector of each of `values`. */
  readonly components: readonly Float64Array[];
}

/** A symmetric tridiagonal matrix: its diagonal, and what is beside it. */
interface Tridiagonal {
  readonly diagonal: Float64Array;
  readonly beside: Float64Array;
}

/** Reflects the square `a`, n × n row by row, to tridiagonal form (Householder 1958), and the vectors with it; all are overwritten. */
function tridiagonal(a: Float64Array, n: number, vectors: readonly Float64Array[]): Tridiagonal {
  const beside = new Float64Array(n);
  const [v, w] = [new Float64Array(n), new Float64Array(n)];
  // what is round-off of round-off is zero: its square could be too small to divide by
  const nothing = (Number.EPSILON ** 2 * a.reduce((most, x) => Math.max(most, Math.abs(x)), 0)) ** 2;
  for (let k = 0; k < n - 1; k++) {
    let square = 0;
    for (let i = k + 1; i < n; i++) square += a[i * n + k] ** 2;
    const first = a[(k + 1) * n + k];
    const rest = square - first ** 2;
    beside[k] = rest > nothing ? -Math.sign(first || 1) * Math.sqrt(square) : first;
    if (!(rest > nothing)) continue;
    for (let i = k + 1; i < n; i++) v[i] = a[i * n + k];
    v[k + 1] -= beside[k];
    const factor = 2 / (rest + v[k + 1] ** 2);
    let along = 0;
    for (let i = k + 1; i < n; i++) {
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += a[i * n + j] * v[j];
      w[i] = factor * sum;
      along += w[i] * v[i];
    }
    for (let i = k + 1; i < n; i++) w[i] -= (factor / 2) * along * v[i];
    for (let i = k + 1; i < n; i++) for (let j = k + 1; j < n; j++) a[i * n + j] -= v[i] * w[j] + w[i] * v[j];
    for (const vector of vectors) {
      let sum = 0;
      for (let i = k + 1; i < n; i++) sum += v[i] * vector[i];
      for (let i = k + 1; i < n; i++) vector[i] -= factor * sum * v[i];
    }
  }
  return { diagonal: Float64Array.from({ length: n }, (_, i) => a[i * n + i]), beside };
}

const mostTurns = 60; // a handful is usual

/** Makes `diagonal` the eigenvalues by implicit QL steps (Francis 1961; Bowdler and others 1968); rotates the vectors too. */
function diagonalise({ diagonal: d, beside: e }: Tridiagonal, vectors: readonly Float64Array[]): void {
  const n = d.length;
  const largest = Math.max(...d.map(Math.abs), ...e.map(Math.abs));
  // beside the whole matrix, not its neighbours: where a matrix has a null space, all of those are round-off
  const negligible = (i: number): boolean => Math.abs(e[i]) <= Number.EPSILON * largest;
  for (let low = 0; low < n; low++)
    for (let turn = 0; ; turn++) {
      let high = low;
      while (high < n - 1 && !negligible(high)) high++;
      if (high === low) break;
      if (turn === mostTurns)
        throw new RangeError('symmetricEigen: no eigenvalue found; is an entry no number?');
      const half = (d[low + 1] - d[low]) / (2 * e[low]);
      let g = d[high] - d[low] + e[low] / (half + (half < 0 ? -1 : 1) * Math.hypot(half, 1));
      let [sine, cosine, shift] = [1, 1, 0];
      let i = high - 1;
      for (; i >= low; i--) {
        const [f, b] = [sine * e[i], cosine * e[i]];
        const length = Math.hypot(f, g);
        e[i + 1] = length;
        if (length === 0) {
          d[i + 1] -= shift;
          break;
        }
        [sine, cosine] = [f / length, g / length];
        const before = d[i + 1] - shift;
        const change = (d[i] - before) * sine + 2 * cosine * b;
        shift = sine * change;
        d[i + 1] = before + shift;
        g = cosine * change - b;
        for (const vector of vectors) {
          const upper = vector[i + 1];
          vector[i + 1] = sine * vector[i] + cosine * upper;
          vector[i] = cosine * vector[i] - sine * upper;
        }
      }
      if (i < low) {
        d[low] -= shift;
        e[low] = g;
      }
      e[high] = 0;
    }
}

/**
 * The eigenvalues of a symmetric matrix, n · n numbers row by row, and the components of `vectors` along its
 * eigenvectors, whose signs are arbitrary. Throws RangeError if it is not square or a vector is not as long.
 */
export function symmetricEigen(
  matrix: ArrayLike<number>,
  ...vectors: readonly ArrayLike<number>[]
): Spectrum {
  const n = Math.round(Math.sqrt(matrix.length));
  if (n * n !== matrix.length)
    throw new RangeError(`symmetricEigen: ${matrix.length} numbers are no square matrix`);
  const wrong = vectors.find(({ length }) => length !== n);
  if (wrong) throw new RangeError(`symmetricEigen: a vector of ${wrong.length} numbers, not ${n}`);
  const turned = vectors.map((vector) => Float64Array.from(vector));
  const form = tridiagonal(Float64Array.from(matrix), n, turned);
  diagonalise(form, turned);
  const order = Array.from(form.diagonal.keys()).sort((i, j) => form.diagonal[j] - form.diagonal[i]);
  const sorted = (x: Float64Array): Float64Array => Float64Array.from(order, (i) => x[i]);
  return { values: sorted(form.diagonal), components: turned.map(sorted) };
}

/** The eigenvalues of a symmetric matrix, the greatest first. */
export const symmetricEigenvalues = (matrix: ArrayLike<number>): Float64Array =>
  symmetricEigen(matrix).values;
