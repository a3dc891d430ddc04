// Order along an axis: sorting, ranking, running sums.
import { prims } from '../graph/index.ts';
import { checked, normalizeAxis, ShapeError, showShape, type Tensor, toNumber } from '../tensor/index.ts';
import * as arg from './arguments.ts';
import { slice } from './at.ts';
import { sub } from './elementwise.ts';
import { takeAlongAxis } from './indexing.ts';
import { moveaxis } from './movement.ts';

/** i32 positions that sort `x` along `axis`, stable; NaN is greatest. */
export const argsort = checked(
  'argsort',
  [arg.tensor('x'), arg.optional(arg.axis()), arg.optional(arg.boolean('descending'))],
  (x: Tensor, axis: number = -1, descending: boolean = false): Tensor => {
    const at = normalizeAxis('argsort', axis, x.ndim);
    const source = prims.cast(x, toNumber(x.dtype));
    if (!descending) return prims.argSort(source, at);
    // backwards twice, so that equals keep their order
    const backwards = prims.argSort(prims.flip(source, [at]), at);
    return sub(x.shape[at] - 1, prims.flip(backwards, [at]));
  },
);

/** `x` in order along `axis`; NaN is greatest. */
export const sort = checked(
  'sort',
  [arg.tensor('x'), arg.optional(arg.axis()), arg.optional(arg.boolean('descending'))],
  (x: Tensor, axis: number = -1, descending: boolean = false): Tensor =>
    takeAlongAxis(x, argsort(x, axis, descending), axis),
);

/** The `k` greatest along `axis` in falling order, and their positions. */
export const topK = checked(
  'topK',
  [arg.tensor('x'), arg.number('k'), arg.optional(arg.axis())],
  (x: Tensor, k: number, axis: number = -1): { values: Tensor; indices: Tensor } => {
    const at = normalizeAxis('topK', axis, x.ndim);
    if (!Number.isInteger(k) || k < 0 || k > x.shape[at])
      throw new ShapeError(`topK: ${k} of axis ${at} of ${showShape(x.shape)}`);
    const order = moveaxis(argsort(x, at, true), at, 0);
    const indices = moveaxis(slice(order, `:${k}`), 0, at);
    return { values: takeAlongAxis(x, indices, at), indices };
  },
);

/** Sums of the entries up to each one along `axis`. */
export const cumsum = checked(
  'cumsum',
  [arg.tensor('x'), arg.optional(arg.axis())],
  (x: Tensor, axis: number = -1): Tensor => {
    const at = normalizeAxis('cumsum', axis, x.ndim);
    return prims.cumSum(prims.cast(x, toNumber(x.dtype)), at);
  },
);
