// Activations.
import { abs, add, div, erf, exp, greater, log1p, maximum, mul, neg, sigmoid, where } from '../ops/index.ts';
import type { Tensor } from '../tensor/index.ts';

/** max(x, 0), with derivative 0 at 0. */
export const relu = (x: Tensor): Tensor => where(greater(x, 0), x, 0);

/** x Φ(x), Φ the normal distribution function (Hendrycks & Gimpel, 2016). */
export const gelu = (x: Tensor): Tensor => mul(mul(x, 0.5), add(erf(div(x, Math.SQRT2)), 1));

/** x sigmoid(x). */
export const silu = (x: Tensor): Tensor => mul(x, sigmoid(x));

/** log(1 + eˣ), without overflow. */
export const softplus = (x: Tensor): Tensor => add(maximum(x, 0), log1p(exp(neg(abs(x)))));
