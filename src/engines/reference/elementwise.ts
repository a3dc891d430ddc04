// Elementwise kernels: one loop a primitive, so that each is compiled for its own arithmetic.
import type { TypedArray } from '../../tensor/index.ts';
import { erf } from '../erf.ts';

export type Unary = (o: TypedArray, x: TypedArray) => void;
export type Binary = (o: TypedArray, x: TypedArray, y: TypedArray) => void;

// biome-ignore format: a table
export const unary = {
  neg: (o, x) => { for (let i = 0; i < o.length; i++) o[i] = -x[i]; },
  abs: (o, x) => { for (let i = 0; i < o.length; i++) o[i] = Math.abs(x[i]); },
  floor: (o, x) => { for (let i = 0; i < o.length; i++) o[i] = Math.floor(x[i]); },
  exp: (o, x) => { for (let i = 0; i < o.length; i++) o[i] = Math.exp(x[i]); },
  expm1: (o, x) => { for (let i = 0; i < o.length; i++) o[i] = Math.expm1(x[i]); },
  log: (o, x) => { for (let i = 0; i < o.length; i++) o[i] = Math.log(x[i]); },
  log1p: (o, x) => { for (let i = 0; i < o.length; i++) o[i] = Math.log1p(x[i]); },
  sqrt: (o, x) => { for (let i = 0; i < o.length; i++) o[i] = Math.sqrt(x[i]); },
  sin: (o, x) => { for (let i = 0; i < o.length; i++) o[i] = Math.sin(x[i]); },
  cos: (o, x) => { for (let i = 0; i < o.length; i++) o[i] = Math.cos(x[i]); },
  tanh: (o, x) => { for (let i = 0; i < o.length; i++) o[i] = Math.tanh(x[i]); },
  erf: (o, x) => { for (let i = 0; i < o.length; i++) o[i] = erf(x[i]); },
} satisfies Record<string, Unary>;

// biome-ignore format: a table
export const binary = {
  add: (o, x, y) => { for (let i = 0; i < o.length; i++) o[i] = x[i] + y[i]; },
  sub: (o, x, y) => { for (let i = 0; i < o.length; i++) o[i] = x[i] - y[i]; },
  mul: (o, x, y) => { for (let i = 0; i < o.length; i++) o[i] = x[i] * y[i]; },
  div: (o, x, y) => { for (let i = 0; i < o.length; i++) o[i] = x[i] / y[i]; },
  mod: (o, x, y) => { for (let i = 0; i < o.length; i++) o[i] = floorMod(x[i], y[i]); },
  pow: (o, x, y) => { for (let i = 0; i < o.length; i++) o[i] = power(x[i], y[i]); },
  max: (o, x, y) => { for (let i = 0; i < o.length; i++) o[i] = Math.max(x[i], y[i]); },
  min: (o, x, y) => { for (let i = 0; i < o.length; i++) o[i] = Math.min(x[i], y[i]); },
  eq: (o, x, y) => { for (let i = 0; i < o.length; i++) o[i] = x[i] === y[i] ? 1 : 0; },
  lt: (o, x, y) => { for (let i = 0; i < o.length; i++) o[i] = x[i] < y[i] ? 1 : 0; },
} satisfies Record<string, Binary>;

// biome-ignore format: a table
/** Where i32 arithmetic is not that of numbers rounded into an Int32Array. */
export const integer = {
  mul: (o, x, y) => { for (let i = 0; i < o.length; i++) o[i] = Math.imul(x[i], y[i]); },
  div: (o, x, y) => { for (let i = 0; i < o.length; i++) o[i] = y[i] === 0 ? 0 : Math.floor(x[i] / y[i]); },
  mod: (o, x, y) => { for (let i = 0; i < o.length; i++) o[i] = y[i] === 0 ? 0 : floorMod(x[i], y[i]); },
  pow: (o, x, y) => { for (let i = 0; i < o.length; i++) o[i] = integerPower(x[i], y[i]); },
} satisfies Record<string, Binary>;

/** x^y by IEEE 754. JavaScript's 1^NaN, 1^∞ and (−1)^∞ are NaN instead of 1. */
const power = (x: number, y: number): number =>
  x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y;

/** The remainder of x / y with the sign of y. */
function floorMod(x: number, y: number): number {
  const r = x % y;
  return r !== 0 && r < 0 !== y < 0 ? r + y : r;
}

/** x^n modulo 2³²; a negative n rounds 1 / x^|n| towards zero. */
function integerPower(x: number, n: number): number {
  if (n < 0) return x === 1 ? 1 : x === -1 ? (n % 2 === 0 ? 1 : -1) : 0;
  let result = 1;
  for (let base = x, left = n; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = Math.imul(result, base);
    base = Math.imul(base, base);
  }
  return result;
}

/** A float as i32: truncated, saturated, NaN as 0. */
export function truncate(x: number): number {
  if (Number.isNaN(x)) return 0;
  return Math.trunc(Math.min(Math.max(x, -(2 ** 31)), 2 ** 31 - 1));
}
