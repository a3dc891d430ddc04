// Roots of sums of squares: right at every scale, with the derivative 0 where all of them are 0.
import { prims } from '../graph/index.ts';
import type { Tensor } from '../tensor/index.ts';
import { div, equal, greater, less, mul, sqrt, square, where } from './elementwise.ts';
import { asTensor } from './operands.ts';

/** √x of a sum of squares, of which the derivative at 0 is taken to be 0, as that of |x| is. */
export function rootOfSquares(x: Tensor): Tensor {
  const zero = equal(x, 0);
  return where(zero, 0, sqrt(where(zero, 1, x)));
}

/** Below `small`, squares lose bits to underflow, above `big` a long sum of them overflows; `by` mends either. */
const limits = {
  f32: { small: 2 ** -42, big: 2 ** 48, by: 2 ** 90 },
  f64: { small: 2 ** -450, big: 2 ** 480, by: 2 ** 700 },
};

/**
 * The power of 2 by which to multiply `x`, a float, before its squares are added up over `axes`, which stay with size 1: 1
 * but for extremes.
 */
export function scaleOfSquares(x: Tensor, axes: readonly number[]): Tensor {
  const { small, big, by } = limits[x.dtype === 'f64' ? 'f64' : 'f32'];
  const greatest = prims.reshape(
    prims.reduceMax(prims.abs(prims.stopGradient(x)), axes),
    x.shape.map((n, axis) => (axes.includes(axis) ? 1 : n)),
  );
  const reduced = where(greater(greatest, big), asTensor(1 / by, x.dtype), 1);
  return where(less(greatest, small), asTensor(by, x.dtype), reduced);
}

/** √(Σ x² / n) over `axes`, which go. `x` is a float. */
export function rootMeanSquare(x: Tensor, axes: readonly number[], n: number): Tensor {
  const scale = scaleOfSquares(x, axes);
  const total = prims.sum(square(mul(x, scale)), axes);
  return div(rootOfSquares(div(total, n)), prims.reshape(scale, total.shape));
}
