// Elementwise kernels: one loop a primitive, so that each is compiled for its own arithmetic.
import type { TypedArray } from '../../tensor/index.ts';
import { erf, erfc, floorMod, integerPower, power } from '../math.ts';

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
  erfc: (o, x) => { for (let i = 0; i < o.length; i++) o[i] = erfc(x[i]); },
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
