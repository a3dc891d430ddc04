// What the primitives are like that give each element from those at the same place: a row each.
import type { DType } from '../tensor/index.ts';
import type { ElementwiseOp } from './primitives.ts';

/** Which dtypes inputs may be of, all of one: `computed` are those that are not for storage alone. */
export type Takes = 'floats' | 'numbers' | 'computed' | 'any';

export interface ElementwiseRow {
  readonly inputs: 1 | 2 | 3;
  readonly takes: Takes;
  /** The dtype of the result, where it is not that of the inputs. */
  readonly gives?: DType;
  /** Additions that take as long, roughly, as one element. */
  readonly weight: number;
  /** Whether it is arithmetic, which counts as an operation an element. */
  readonly computes: boolean;
}

const row = (inputs: 1 | 2 | 3, takes: Takes, weight: number, gives?: DType): ElementwiseRow => ({
  inputs,
  takes,
  weight,
  computes: true,
  ...(gives ? { gives } : {}),
});

// biome-ignore format: a table
export const elementwiseRows: { readonly [K in ElementwiseOp]: ElementwiseRow } = {
  neg: row(1, 'numbers', 1),
  abs: row(1, 'numbers', 1),
  floor: row(1, 'floats', 1),
  exp: row(1, 'floats', 10),
  expm1: row(1, 'floats', 15),
  log: row(1, 'floats', 10),
  log1p: row(1, 'floats', 15),
  sqrt: row(1, 'floats', 4),
  sin: row(1, 'floats', 15),
  cos: row(1, 'floats', 15),
  tanh: row(1, 'floats', 15),
  erf: row(1, 'floats', 20),
  erfc: row(1, 'floats', 20),
  cast: { ...row(1, 'any', 1), computes: false },
  stopGradient: { ...row(1, 'any', 0), computes: false },
  add: row(2, 'numbers', 1),
  sub: row(2, 'numbers', 1),
  mul: row(2, 'numbers', 1),
  div: row(2, 'numbers', 4),
  mod: row(2, 'numbers', 8),
  pow: row(2, 'numbers', 30),
  max: row(2, 'computed', 1),
  min: row(2, 'computed', 1),
  eq: row(2, 'computed', 1, 'bool'),
  lt: row(2, 'computed', 1, 'bool'),
  select: row(3, 'any', 1),
};
