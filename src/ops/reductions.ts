// Reductions over axes, with keepdims; NumPy's names and defaults.
import { prims } from '../graph/index.ts';
import {
  isFloat,
  normalizeAxes,
  normalizeAxis,
  promote,
  ShapeError,
  showShape,
  sizeOf,
  type Tensor,
  toFloat,
} from '../tensor/index.ts';
import { abs, div, logicalNot, notEqual, pow, sqrt, square, sub } from './elementwise.ts';
import { moveaxis, slice } from './movement.ts';

/** The axis or axes to reduce; all of them where it is not given. */
export type Axis = number | readonly number[];

const kept = (x: Tensor, axes: readonly number[]): number[] =>
  x.shape.map((n, i) => (axes.includes(i) ? 1 : n));

/** A reduction from one that drops the reduced axes. */
const reduction =
  (op: string, reduce: (x: Tensor, axes: number[]) => Tensor) =>
  (x: Tensor, axis?: Axis, keepdims = false): Tensor => {
    const axes = normalizeAxes(op, axis, x.ndim);
    const reduced = reduce(x, axes);
    return keepdims ? prims.reshape(reduced, kept(x, axes)) : reduced;
  };

function checkNotEmpty(op: string, x: Tensor, axes: readonly number[]): void {
  if (axes.some((axis) => x.shape[axis] === 0))
    throw new ShapeError(`${op}: ${showShape(x.shape)} has nothing to reduce over`);
}

/** Bools count as i32. */
export const sum = reduction('sum', (x, axes) => prims.sum(prims.cast(x, promote(x.dtype, 'i32')), axes));

export const mean = reduction('mean', (x, axes) => {
  const total = prims.sum(prims.cast(x, toFloat(x.dtype)), axes);
  return div(total, sizeOf(axes.map((axis) => x.shape[axis])));
});

/** Throws ShapeError over nothing. */
export const max = reduction('max', (x, axes) => {
  checkNotEmpty('max', x, axes);
  return prims.reduceMax(x, axes);
});

/** Throws ShapeError over nothing. */
export const min = reduction('min', (x, axes) => {
  checkNotEmpty('min', x, axes);
  if (x.dtype === 'bool') return logicalNot(prims.reduceMax(logicalNot(x), axes));
  // i32 is reversed by −1 − x, which has no overflow
  const reverse = (t: Tensor): Tensor => (isFloat(t.dtype) ? prims.neg(t) : sub(-1, t));
  return reverse(prims.reduceMax(reverse(x), axes));
});

/** By halving, so that its derivative is right also where factors are 0. */
export const prod = reduction('prod', (x, axes) => {
  let result = prims.cast(x, promote(x.dtype, 'i32'));
  for (const axis of axes.toReversed()) {
    result = moveaxis(result, axis, 0);
    if (result.shape[0] === 0) result = prims.full([1, ...result.shape.slice(1)], 1, result.dtype);
    while (result.shape[0] > 1) {
      const half = Math.floor(result.shape[0] / 2);
      const product = prims.mul(slice(result, `:${half}`), slice(result, `${half}:${2 * half}`));
      result = result.shape[0] % 2 ? prims.concat([product, slice(result, `${2 * half}:`)], 0) : product;
    }
    result = slice(result, 0);
  }
  return result;
});

export const any = reduction('any', (x, axes) => prims.reduceMax(prims.cast(x, 'bool'), axes));
export const all = reduction('all', (x, axes) => logicalNot(prims.reduceMax(logicalNot(x), axes)));

/** Mean squared distance from the mean, over n − `ddof`. */
export function variance(x: Tensor, axis?: Axis, keepdims = false, ddof = 0): Tensor {
  const axes = normalizeAxes('variance', axis, x.ndim);
  const n = sizeOf(axes.map((i) => x.shape[i]));
  return div(sum(square(sub(x, mean(x, axes, true))), axes, keepdims), n - ddof);
}

/** The square root of the variance. */
export const std = (x: Tensor, axis?: Axis, keepdims = false, ddof = 0): Tensor =>
  sqrt(variance(x, axis, keepdims, ddof));

/** Vector norm of order `ord` ≥ 1 (2: Euclidean; Infinity: greatest magnitude) over the axes. */
export function norm(x: Tensor, axis?: Axis, keepdims = false, ord = 2): Tensor {
  if (!(ord >= 1)) throw new RangeError(`norm: order ${ord} is not a norm; take one ≥ 1`);
  if (ord === Infinity) return max(abs(x), axis, keepdims);
  if (ord === 1) return sum(abs(x), axis, keepdims);
  if (ord === 2) return sqrt(sum(square(x), axis, keepdims));
  return pow(sum(pow(abs(x), ord), axis, keepdims), 1 / ord);
}

/** i32 position of the first greatest along `axis`, or in the ravelled tensor without it. */
export function argmax(x: Tensor, axis?: number, keepdims = false): Tensor {
  const source = prims.cast(x, promote(x.dtype, 'i32'));
  if (axis === undefined) {
    const found = prims.argMax(prims.reshape(source, [x.size]), 0);
    return keepdims
      ? prims.reshape(
          found,
          x.shape.map(() => 1),
        )
      : found;
  }
  const at = normalizeAxis('argmax', axis, x.ndim);
  const found = prims.argMax(source, at);
  return keepdims ? prims.reshape(found, kept(x, [at])) : found;
}

/** i32 position of the first least along `axis`, or in the ravelled tensor without it. */
export const argmin = (x: Tensor, axis?: number, keepdims = false): Tensor =>
  argmax(isFloat(x.dtype) ? prims.neg(x) : sub(-1, x), axis, keepdims);

/** How many elements are not 0 (i32). */
export const countNonzero = (x: Tensor, axis?: Axis, keepdims = false): Tensor =>
  sum(notEqual(x, 0), axis, keepdims);
