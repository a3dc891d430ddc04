// The softmax family, safe from overflow.
import { prims } from '../graph/index.ts';
import { checked, computeDType, normalizeAxes, type Tensor, toFloat, without } from '../tensor/index.ts';
import * as arg from './arguments.ts';
import { add, div, equal, exp, isfinite, log, sub, where } from './elementwise.ts';
import { type Axis, sum } from './reductions.ts';

/** The greatest over the axes, which stay with size 1; −∞ over nothing. */
function greatest(op: string, x: Tensor, axis?: Axis): Tensor {
  const axes = normalizeAxes(op, axis, x.ndim);
  return prims.reshape(
    prims.reduceMax(prims.cast(x, computeDType(x.dtype)), axes),
    x.shape.map((n, i) => (axes.includes(i) ? 1 : n)),
  );
}

/** What to subtract so that no exponential overflows; no derivative flows through it. */
function shift(op: string, x: Tensor, axis?: Axis): Tensor {
  const top = prims.stopGradient(greatest(op, x, axis));
  return where(isfinite(top), top, 0);
}

/**
 * log Σ eˣ over the axes (all without `axis`), −∞ over nothing. Its derivative is softmax: 0 where all are −∞, and shared
 * among those that are +∞.
 */
export const logsumexp = checked(
  'logsumexp',
  [arg.tensor('x'), arg.nullable(arg.axes()), arg.optional(arg.boolean('keepdims'))],
  (x: Tensor, axis?: Axis, keepdims: boolean = false): Tensor => {
    const floats = prims.cast(x, toFloat(x.dtype));
    const top = greatest('logsumexp', floats, axis);
    const regular = isfinite(top);
    const by = prims.stopGradient(where(regular, top, 0));
    const total = log(sum(exp(sub(where(regular, floats, 0), by)), axis, true));
    const limit = where(equal(top, -Infinity), prims.stopGradient(top), top);
    const result = where(regular, add(total, by), limit);
    return keepdims
      ? result
      : prims.reshape(result, without(x.shape, normalizeAxes('logsumexp', axis, x.ndim)));
  },
);

/** eˣ / Σ eˣ along `axis`. */
export const softmax = checked(
  'softmax',
  [arg.tensor('x'), arg.optional(arg.axes())],
  (x: Tensor, axis: Axis = -1): Tensor => {
    const powers = exp(sub(x, shift('softmax', x, axis)));
    return div(powers, sum(powers, axis, true));
  },
);

/** log softmax along `axis`, exact also where softmax is nearly 0. */
export const logSoftmax = checked(
  'logSoftmax',
  [arg.tensor('x'), arg.optional(arg.axes())],
  (x: Tensor, axis: Axis = -1): Tensor => {
    const shifted = sub(x, shift('logSoftmax', x, axis));
    return sub(shifted, log(sum(exp(shifted), axis, true)));
  },
);
