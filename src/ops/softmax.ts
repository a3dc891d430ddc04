// The softmax family, safe from overflow.
import { prims } from '../graph/index.ts';
import type { Tensor } from '../tensor/index.ts';
import { add, div, exp, isfinite, log, sub, where } from './elementwise.ts';
import { type Axis, max, sum } from './reductions.ts';

/** What to subtract so that no exponential overflows; no derivative flows through it. */
function shift(x: Tensor, axis?: Axis): Tensor {
  const greatest = prims.stopGradient(max(x, axis, true));
  return where(isfinite(greatest), greatest, 0);
}

/** log Σ eˣ over the axes (all without `axis`). */
export function logsumexp(x: Tensor, axis?: Axis, keepdims = false): Tensor {
  const by = shift(x, axis);
  const total = log(sum(exp(sub(x, by)), axis, keepdims));
  return add(total, prims.reshape(by, total.shape));
}

/** eˣ / Σ eˣ along `axis`. */
export function softmax(x: Tensor, axis: Axis = -1): Tensor {
  const powers = exp(sub(x, shift(x, axis)));
  return div(powers, sum(powers, axis, true));
}

/** log softmax along `axis`, exact also where softmax is nearly 0. */
export function logSoftmax(x: Tensor, axis: Axis = -1): Tensor {
  const shifted = sub(x, shift(x, axis));
  return sub(shifted, log(sum(exp(shifted), axis, true)));
}
