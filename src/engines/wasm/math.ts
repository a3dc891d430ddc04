// What WebAssembly has no instruction for, from outside: the functions that a module imports.
import { erf } from '../erf.ts';

/** x^y by IEEE 754. JavaScript's 1^NaN, 1^∞ and (−1)^∞ are NaN instead of 1. */
function power(x: number, y: number): number {
  return x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y;
}

/** The remainder of x / y with the sign of y. */
function floorMod(x: number, y: number): number {
  const r = x % y;
  return r !== 0 && r < 0 !== y < 0 ? r + y : r;
}

/** x^n modulo 2³²; a negative n rounds 1 / x^|n| towards zero. */
function integerPower(x: number, n: number): number {
  if (n < 0) return x === 1 ? 1 : x === -1 ? (n % 2 === 0 ? 1 : -1) : 0;
  let result = 1;
  let base = x;
  for (let left = n; left > 0; left >>= 1) {
    if (left & 1) result = Math.imul(result, base);
    base = Math.imul(base, base);
  }
  return result;
}

// Functions of Math are passed as they are: V8 calls those without leaving compiled code.
const { exp, expm1, log, log1p, sin, cos, tanh } = Math;
export const math = { exp, expm1, log, log1p, sin, cos, tanh, erf, power, floorMod, integerPower };

export type MathName = keyof typeof math;

/** The same as source text, for threads that start from source. */
export const mathSource = `(() => {
  const __name = (f) => f; // some bundlers keep functions' names with it
  const { exp, expm1, log, log1p, sin, cos, tanh } = Math;
  return { exp, expm1, log, log1p, sin, cos, tanh, erf: ${erf}, power: ${power}, floorMod: ${floorMod}, integerPower: ${integerPower} };
})()`;
