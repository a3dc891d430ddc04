// Reductions over axes, with keepdims; NumPy's names and defaults.
import { prims } from '../graph/index.ts';
import {
  checked,
  computeDType,
  isFloat,
  normalizeAxes,
  normalizeAxis,
  range,
  ShapeError,
  showShape,
  sizeOf,
  type Tensor,
  toFloat,
  toNumber,
} from '../tensor/index.ts';
import * as arg from './arguments.ts';
import { slice } from './at.ts';
import {
  type Closeness,
  div,
  equal,
  isclose,
  isfinite,
  logicalNot,
  logicalOr,
  mul,
  notEqual,
  pow,
  square,
  sub,
  where,
} from './elementwise.ts';
import { moveaxis } from './movement.ts';
import { rootMeanSquare } from './roots.ts';
import type { Operand } from './values.ts';

/** The axis or axes to reduce; all of them where it is not given. */
export type Axis = number | readonly number[];

const kept = (x: Tensor, axes: readonly number[]): number[] =>
  x.shape.map((n, i) => (axes.includes(i) ? 1 : n));

/** What `reduce` makes of `x`, with the axes that it drops kept at size 1 where they are to be. */
function reduced(
  op: string,
  x: Tensor,
  axis: Axis | undefined,
  keepdims: boolean,
  reduce: (x: Tensor, axes: number[]) => Tensor,
): Tensor {
  const axes = normalizeAxes(op, axis, x.ndim);
  const result = reduce(x, axes);
  return keepdims ? prims.reshape(result, kept(x, axes)) : result;
}

const over = [arg.tensor('x'), arg.nullable(arg.axes()), arg.optional(arg.boolean('keepdims'))] as const;
const ddof = arg.optional(arg.finite('ddof'));

/** A reduction from one that drops the reduced axes. */
const reduction = (op: string, reduce: (x: Tensor, axes: number[]) => Tensor) =>
  checked(
    op,
    over,
    (x: Tensor, axis?: Axis, keepdims: boolean = false): Tensor => reduced(op, x, axis, keepdims, reduce),
  );

function checkNotEmpty(op: string, x: Tensor, axes: readonly number[]): void {
  if (axes.some((axis) => x.shape[axis] === 0))
    throw new ShapeError(
      `${op}: ${showShape(x.shape)} has nothing to reduce over; concat the value that nothing is to give`,
    );
}

/** `x` in falling order of what it was: −x, or on i32 −1 − x, which has no overflow. */
const reversed = (x: Tensor): Tensor => (isFloat(x.dtype) ? prims.neg(x) : sub(-1, x));

/** Bools and small integers count as i32. */
export const sum = reduction('sum', (x, axes) => prims.sum(prims.cast(x, toNumber(x.dtype)), axes));

export const mean = reduction('mean', (x, axes) => {
  const total = prims.sum(prims.cast(x, toFloat(x.dtype)), axes);
  return div(total, sizeOf(axes.map((axis) => x.shape[axis])));
});

/** Throws ShapeError over nothing. */
export const max = reduction('max', (x, axes) => {
  checkNotEmpty('max', x, axes);
  return prims.reduceMax(prims.cast(x, computeDType(x.dtype)), axes);
});

/** Throws ShapeError over nothing. */
export const min = reduction('min', (x, axes) => {
  checkNotEmpty('min', x, axes);
  if (x.dtype === 'bool') return logicalNot(prims.reduceMax(logicalNot(x), axes));
  const numbers = prims.cast(x, toNumber(x.dtype));
  return reversed(prims.reduceMax(reversed(numbers), axes));
});

/** By halving, so that its derivative is right also where factors are 0. */
export const prod = reduction('prod', (x, axes) => {
  let result = prims.cast(x, toNumber(x.dtype));
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

/** Whether all of `isclose`, as one bool. */
export const allclose = checked(
  'allclose',
  [arg.operand('x'), arg.operand('y'), arg.optional(arg.handedOn<Closeness>())],
  (x: Operand, y: Operand, options?: Closeness): Tensor => all(isclose(x, y, options)),
);

/** What a variance divides by. */
const freedom = (x: Tensor, axes: readonly number[], ddof: number): number =>
  Math.max(0, sizeOf(axes.map((axis) => x.shape[axis])) - ddof);

/** Mean squared distance from the mean, over n − `ddof`. */
export const variance = checked(
  'variance',
  [...over, ddof],
  (x: Tensor, axis?: Axis, keepdims: boolean = false, ddof: number = 0): Tensor => {
    const axes = normalizeAxes('variance', axis, x.ndim);
    return div(sum(square(sub(x, mean(x, axes, true))), axes, keepdims), freedom(x, axes, ddof));
  },
);

/** The square root of the variance, also where that overflows. Its derivative is 0 where all are equal. */
export const std = checked(
  'std',
  [...over, ddof],
  (x: Tensor, axis?: Axis, keepdims: boolean = false, ddof: number = 0): Tensor =>
    reduced('std', x, axis, keepdims, (given, axes) =>
      rootMeanSquare(sub(given, mean(given, axes, true)), axes, freedom(given, axes, ddof)),
    ),
);

/**
 * Vector norm of order `ord` ≥ 1 (2: Euclidean; Infinity: greatest magnitude) over the axes, at any scale. Its derivative
 * is 0 where all are 0.
 */
export const norm = checked(
  'norm',
  [...over, arg.optional(arg.number('ord'))],
  (x: Tensor, axis?: Axis, keepdims: boolean = false, ord: number = 2): Tensor => {
    if (!(ord >= 1)) throw new RangeError(`norm: order ${ord} is not a norm; take one ≥ 1`);
    return reduced('norm', x, axis, keepdims, (given, axes) => {
      const floats = prims.cast(given, toFloat(given.dtype));
      if (ord === 2) return rootMeanSquare(floats, axes, 1);
      const size = prims.abs(floats);
      if (ord === 1) return prims.sum(size, axes);
      if (ord < Infinity) return powerMean(size, axes, ord);
      checkNotEmpty('norm', given, axes);
      return prims.reduceMax(size, axes);
    });
  },
);

/** (Σ xᵒ)^(1/o) of what is not negative, by parts of the greatest so that no power overflows. */
function powerMean(x: Tensor, axes: readonly number[], ord: number): Tensor {
  const greatest = prims.stopGradient(prims.reduceMax(x, axes));
  const scale = where(logicalOr(isfinite(greatest), notEqual(greatest, greatest)), greatest, 1);
  const unit = where(equal(scale, 0), 1, scale);
  const parts = div(x, prims.reshape(unit, kept(x, axes)));
  const total = prims.sum(pow(parts, ord), axes);
  const zero = equal(total, 0);
  return mul(where(zero, 0, pow(where(zero, 1, total), 1 / ord)), unit);
}

/** The position of the first greatest of what `order` makes of x, along an axis or in the ravelled tensor. */
const position = (op: string, order: (x: Tensor) => Tensor) =>
  checked(
    op,
    [arg.tensor('x'), arg.nullable(arg.axis()), arg.optional(arg.boolean('keepdims'))],
    (x: Tensor, axis?: number, keepdims: boolean = false): Tensor => {
      const axes = axis === undefined ? range(x.ndim) : [normalizeAxis(op, axis, x.ndim)];
      checkNotEmpty(op, x, axes);
      const source = order(prims.cast(x, toNumber(x.dtype)));
      const found =
        axis === undefined ? prims.argMax(prims.reshape(source, [x.size]), 0) : prims.argMax(source, axes[0]);
      return keepdims ? prims.reshape(found, kept(x, axes)) : found;
    },
  );

/** i32 position of the first greatest along `axis`, or in the ravelled tensor without it. Throws ShapeError over nothing. */
export const argmax = position('argmax', (x) => x);

/** i32 position of the first least along `axis`, or in the ravelled tensor without it. Throws ShapeError over nothing. */
export const argmin = position('argmin', reversed);

/** How many elements are not 0 (i32). */
export const countNonzero = checked(
  'countNonzero',
  over,
  (x: Tensor, axis?: Axis, keepdims: boolean = false): Tensor => sum(notEqual(x, 0), axis, keepdims),
);
