// The inverse of the normal distribution function (Wichura, 1988: AS 241, the shorter of its two).
import {
  add,
  div,
  erfc,
  exp,
  lessEqual,
  log,
  minimum,
  mul,
  neg,
  sqrt,
  square,
  sub,
  where,
  zerosLike,
} from '../ops/index.ts';
import type { Tensor } from '../tensor/index.ts';

/** The polynomial with `coefficients`, the constant first, at `x`. */
const polynomial = (x: Tensor, coefficients: readonly number[]): Tensor =>
  coefficients.reduceRight((sum, c) => add(mul(sum, x), c), zerosLike(x));
const ratio = (x: Tensor, above: readonly number[], below: readonly number[]): Tensor =>
  div(polynomial(x, above), polynomial(x, below));

/** ½ erfc(−x / √2). */
export const normalCdf = (x: Tensor): Tensor => mul(erfc(mul(x, -Math.SQRT1_2)), 0.5);

/** Where the normal distribution function is `p`, from 0 to 1 without either; to the precision of its dtype. */
export function normalQuantile(p: Tensor): Tensor {
  const q = sub(p, 0.5);
  const middle = mul(
    q,
    ratio(
      sub(0.180625, square(q)),
      [3.3871327179, 50.434271938, 159.29113202, 59.10937472],
      [1, 17.895169469, 78.757757664, 67.1875636],
    ),
  );
  const r = sqrt(neg(log(minimum(p, sub(1, p)))));
  const tail = where(
    lessEqual(r, 5),
    ratio(
      sub(r, 1.6),
      [1.4234372777, 2.75681539, 1.3067284816, 0.17023821103],
      [1, 0.7370016425, 0.12021132975],
    ),
    ratio(
      sub(r, 5),
      [6.657905115, 3.081226386, 0.42868294337, 0.017337203997],
      [1, 0.24197894225, 0.012258202635],
    ),
  );
  const x = where(lessEqual(square(q), 0.425 ** 2), middle, where(lessEqual(q, 0), neg(tail), tail));
  if (p.dtype !== 'f64') return x;
  // seven figures become all of them by one step of Halley's
  const off = mul(sub(normalCdf(x), p), mul(exp(mul(square(x), 0.5)), Math.sqrt(2 * Math.PI)));
  return sub(x, div(off, add(mul(mul(x, off), 0.5), 1)));
}
