// Roots of sums of squares: right at every scale, with the derivative 0 where all of them are 0.
import { prims } from '../graph/index.ts';
import type { Tensor } from '../tensor/index.ts';
import {
  div,
  equal,
  greater,
  isfinite,
  less,
  logicalAnd,
  logicalOr,
  maximum,
  mul,
  sqrt,
  square,
  where,
} from './elementwise.ts';

/** √x of a sum of squares, of which the derivative at 0 is taken to be 0, as that of |x| is. */
export function rootOfSquares(x: Tensor): Tensor {
  const zero = equal(x, 0);
  return where(zero, 0, sqrt(where(zero, 1, x)));
}

/** Below `small`, squares lose bits to underflow; above `big`, a long sum of them overflows. `least` has a reciprocal. */
const limits = {
  f32: { small: 2 ** -42, big: 2 ** 48, least: 2 ** -120 },
  f64: { small: 2 ** -450, big: 2 ** 480, least: 2 ** -1000 },
};

/**
 * By what to multiply `x`, a float, before its squares are added up over `axes`, which stay with size 1: 1 but where the
 * greatest of them is extreme and finite. Then the sum is near 1, and so are the factors of its derivative.
 */
export function scaleOfSquares(x: Tensor, axes: readonly number[]): Tensor {
  const { small, big, least } = limits[x.dtype === 'f64' ? 'f64' : 'f32'];
  const greatest = prims.reshape(
    prims.reduceMax(prims.abs(prims.stopGradient(x)), axes),
    x.shape.map((n, axis) => (axes.includes(axis) ? 1 : n)),
  );
  const extreme = logicalOr(less(greatest, small), logicalAnd(greater(greatest, big), isfinite(greatest)));
  return where(extreme, div(16, maximum(greatest, least)), 1);
}

/** √(Σ x² / n) over `axes`, which go. `x` is a float. */
export function rootMeanSquare(x: Tensor, axes: readonly number[], n: number): Tensor {
  const scale = scaleOfSquares(x, axes);
  const total = prims.sum(square(mul(x, scale)), axes);
  return div(rootOfSquares(div(total, n)), prims.reshape(scale, total.shape));
}
