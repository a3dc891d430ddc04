// Functions of f32 as polynomials, on one lane or several, so that every engine has them at the speed of vectors.
// Coefficients and reductions are those of Cephes (Moshier, 1992), single precision.
import { Arithmetic } from './arithmetic.ts';
import { type Expression, read, type Subroutine, type as typeOf, variable } from './code.ts';
import type { ScalarOp } from './scalar.ts';
import { subroutine } from './subroutines.ts';

/** Added to a number within ±2²², it leaves the nearest whole number in the last bits of the sum. */
const rounder = 1.5 * 2 ** 23;
const rounderBits = 0x4b400000;

/** eˣ = 2ⁿ eʳ with |r| ≤ ½ ln 2. */
function exp(m: Arithmetic, given: Expression): Expression {
  const x = m.min(m.max(given, m.real(-105)), m.real(89)); // beyond lie 0 and ∞
  const rounded = m.fma(x, m.real(Math.LOG2E), m.real(rounder));
  const n = m.sub(rounded, m.real(rounder));
  const r = m.fma(n, m.real(2.1219444e-4), m.fma(n, m.real(-0.693359375), x));
  const p = m.polynomial(
    r,
    [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1],
  );
  const y = m.add(m.fma(p, m.mul(r, r), r), m.real(1));
  // 2ⁿ itself may be out of range, so it is 2ᵏ 2ⁿ⁻ᵏ with k about n/2; exponents in bits are 127 more than they are
  const biased = m.sub(m.bits(rounded), m.whole(rounderBits - 254)); // n + 254, above 0
  const half = m.shiftRight(biased, 1);
  const power = (exponent: Expression): Expression => m.fromBits(m.shiftLeft(exponent, 23));
  return m.mul(m.mul(y, power(half)), power(m.sub(biased, half)));
}

/** log x = n log 2 + log(1 + r) with √½ ≤ 1 + r < √2. */
function log(m: Arithmetic, given: Expression): Expression {
  const small = m.less(given, m.real(2 ** -126));
  const x = m.select(small, m.mul(given, m.real(2 ** 25)), given);
  const bits = m.bits(x);
  const exponent = m.toReal(m.sub(m.shiftRight(bits, 23), m.whole(126)));
  const scaled = m.sub(exponent, m.select(small, m.real(25), m.real(0)));
  const fraction = m.fromBits(m.or(m.and(bits, m.whole(0x007fffff)), m.whole(0x3f000000))); // in [½, 1)
  const low = m.less(fraction, m.real(Math.SQRT1_2));
  const n = m.sub(scaled, m.select(low, m.real(1), m.real(0)));
  const r = m.add(m.sub(fraction, m.real(1)), m.select(low, fraction, m.real(0)));
  const p = m.polynomial(
    r,
    [
      7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
      2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
    ],
  );
  const z = m.mul(r, r);
  const y = m.fma(m.real(-0.5), z, m.fma(n, m.real(-2.1219444e-4), m.mul(m.mul(p, z), r)));
  const finite = m.fma(n, m.real(0.693359375), m.add(r, y));
  const zero = m.equal(given, m.real(0));
  const regular = m.less(given, m.real(Infinity));
  const positive = m.select(regular, finite, given); // ∞, and NaN
  return m.select(zero, m.real(-Infinity), m.select(m.less(given, m.real(0)), m.real(Number.NaN), positive));
}

/** tanh x = 1 − 2 / (e²ˣ + 1), and an odd polynomial where that would cancel. */
function tanh(m: Arithmetic, x: Expression): Expression {
  const size = m.abs(x);
  const power = exp(m, m.add(size, size));
  const far = m.sub(m.real(1), m.div(m.real(2), m.add(power, m.real(1))));
  const z = m.mul(x, x);
  const p = m.polynomial(
    z,
    [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1],
  );
  const near = m.fma(m.mul(p, z), size, size);
  const y = m.select(m.less(size, m.real(0.625)), near, far);
  const sign = m.and(m.bits(x), m.whole(-(2 ** 31))); // that of −0 too
  return m.fromBits(m.or(m.bits(y), sign));
}

const functions = new Map<ScalarOp, (m: Arithmetic, x: Expression) => Expression>([
  ['exp', exp],
  ['log', log],
  ['tanh', tanh],
]);

/** The subroutine that computes `op` of an f32 on `lanes` lanes; none where engines have their own. */
export function functionFor(op: ScalarOp, lanes: number): Subroutine | undefined {
  const write = functions.get(op);
  if (!write) return undefined;
  return subroutine(`${op}_${lanes}`, () => {
    const x = variable(typeOf('f32', lanes));
    const m = new Arithmetic(lanes);
    const result = write(m, read(x));
    return { parameters: [x], body: m.body, result };
  });
}
