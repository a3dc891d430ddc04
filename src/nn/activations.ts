// Activations.
import {
  abs,
  add,
  div,
  erfc,
  exp,
  floor,
  greater,
  lessEqual,
  logSigmoid,
  mul,
  neg,
  sigmoid,
  square,
  sub,
  where,
} from '../ops/index.ts';
import { checked, type Tensor } from '../tensor/index.ts';
import * as arg from './arguments.ts';

/** max(x, 0), with derivative 0 at 0; NaN stays. */
export const relu = checked('relu', [arg.tensor('x')], (x: Tensor): Tensor => where(lessEqual(x, 0), 0, x));

/** Where every part below is 0 or 1, in f64 too. */
const far = 1024;

/** x part(x), of a part that rises from 0 to 1. Far out it is the limit, since ∞ · 0 is no number. */
const gated = (op: string, part: (x: Tensor) => Tensor) =>
  checked(op, [arg.tensor('x')], (x: Tensor): Tensor => {
    const near = where(greater(abs(x), far), -far, x);
    return where(greater(x, far), x, mul(near, part(near)));
  });

/** √½ as a number of 11 bits, whose product with one of 13 is exact, and the rest of it. */
const [rootHead, rootTail] = [0.70703125, 7.55311865475244e-5];

/**
 * The normal distribution function, ½ erfc(−x / √2). The argument is taken in two parts, of which the lesser counts by the
 * slope: rounded to one number, it would cost x² units in the last place.
 */
function normalCdf(x: Tensor): Tensor {
  const root = mul(x, Math.SQRT1_2);
  const head = div(floor(add(mul(x, 128), 0.5)), 128);
  const rest = add(sub(mul(head, rootHead), root), add(mul(head, rootTail), mul(sub(x, head), Math.SQRT1_2)));
  const slope = mul(exp(neg(square(root))), 2 / Math.sqrt(Math.PI));
  return mul(add(erfc(neg(root)), mul(rest, slope)), 0.5);
}

/** x Φ(x), Φ the normal distribution function (Hendrycks & Gimpel, 2016). */
export const gelu = gated('gelu', normalCdf);

/** x sigmoid(x). */
export const silu = gated('silu', sigmoid);

/** log(1 + eˣ), without overflow and exact also where it is nearly 0. */
export const softplus = checked(
  'softplus',
  [arg.tensor('x')],
  (x: Tensor): Tensor => sub(0, logSigmoid(neg(x))),
);
