// Derivatives by central differences of fourth order: the oracle of every derivative, good to about 1e-10.
import { sizeOf, type Tensor } from '../../src/tensor/index.ts';
import { type Grid, mapGrid, toGrid, toTensor } from './grids.ts';

const step = 1e-3;

/** x + t v */
const along = (x: Grid, v: Grid, t: number): Grid => ({
  ...x,
  data: x.data.map((a, i) => a + t * v.data[i]),
});

/** d/dt of f(x + t v) at 0, for each number that `f` gives. */
export function directional(
  f: (...x: Tensor[]) => Tensor,
  x: readonly Tensor[],
  v: readonly Tensor[],
): number[] {
  const [points, directions] = [x.map(toGrid), v.map(toGrid)];
  const value = (t: number): ArrayLike<number> =>
    f(...points.map((p, i) => toTensor(along(p, directions[i], t)))).data;
  const [a, b, c, d] = [value(-2 * step), value(-step), value(step), value(2 * step)];
  return Array.from(a, (_, i) => (8 * (c[i] - b[i]) - (d[i] - a[i])) / (12 * step));
}

/** The partial derivatives of ⟨w, f(x)⟩ in every element of x[k]. */
export function gradientOf(
  f: (...x: Tensor[]) => Tensor,
  x: readonly Tensor[],
  w: ArrayLike<number>,
  k: number,
): number[] {
  const zero = x.map((t) => mapGrid(toGrid(t), () => 0));
  return Array.from({ length: sizeOf(x[k].shape) }, (_, i) => {
    const unit = { ...zero[k], data: zero[k].data.map((_, j) => Number(i === j)) };
    const v = zero.map((grid, j) => toTensor(j === k ? unit : grid));
    return inner(directional(f, x, v), w);
  });
}

export function inner(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
