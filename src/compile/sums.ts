// Sums that keep what rounding loses of them, so that their error does not grow with how many numbers they add.
import type { DType } from '../tensor/index.ts';
import { apply, type Expression, type Name, number, splat } from './code.ts';

/**
 * x + y rounded, and what that loses, exactly, whichever is the greater (Knuth, The Art of Computer Programming 2,
 * 4.2.2, theorem B). x and y are read more than once.
 */
export function twoSum(
  x: Expression,
  y: Expression,
  name: Name,
): { readonly sum: Expression; readonly lost: Expression } {
  const minus = (a: Expression, b: Expression): Expression => apply('sub', [a, b]);
  const sum = name(apply('add', [x, y]));
  const own = name(minus(sum, x)); // what has become of y
  return { sum, lost: apply('add', [minus(x, minus(sum, own)), minus(y, own)]) };
}

/**
 * The sum that `total` and all that it has `lost` are, both of `dtype`: expressions or scalars, as `apply` makes them.
 * Where it is not finite nothing can be lost.
 */
export function settled<T>(
  total: T,
  lost: T,
  dtype: DType,
  zero: T,
  apply: (op: 'sub' | 'add' | 'eq' | 'select', inputs: readonly T[], dtype: DType) => T,
): T {
  const holds = apply('eq', [apply('sub', [lost, lost], dtype), zero], 'bool');
  return apply('select', [holds, apply('add', [total, lost], dtype), total], dtype);
}

/** A sum, and what it still lacks, which is less than its last digit. */
export interface Precise {
  readonly total: Expression;
  readonly lacks: Expression;
}

/** `value` added to `to` (Kahan, 1965); where the sum is not finite it lacks nothing. */
export function addTo({ total, lacks }: Precise, value: Expression, name: Name): Precise {
  const { sum, lost } = twoSum(total, name(apply('add', [value, lacks])), name);
  const rest = name(lost);
  const zero = splat(number(0, rest.type.kind), rest.type.lanes);
  const holds = apply('eq', [apply('sub', [rest, rest]), zero], 'bool');
  return { total: sum, lacks: apply('select', [holds, rest, zero], rest.type.kind) };
}

/** A sum that takes number after number: what is kept of it, and how. */
export interface Tally {
  /** The dtypes of its parts, which begin as 0: what is f32 is summed up in f64, f64 with what rounding loses. */
  readonly parts: readonly DType[];
  /** The parts with `value` added. */
  readonly add: (parts: readonly Expression[], value: Expression, name: Name) => readonly Expression[];
  readonly sum: (parts: readonly Expression[]) => Expression;
}

const plain = (dtype: DType): Tally => ({
  parts: [dtype],
  add: ([total], value) => [apply('add', [total, value])],
  sum: ([total]) => total,
});

const inF64: Tally = {
  parts: ['f64'],
  add: ([total], value) => [apply('add', [total, apply('cast', [value], 'f64')])],
  sum: ([total]) => apply('cast', [total], 'f32'),
};

const lossless: Tally = {
  parts: ['f64', 'f64'],
  add([total, lost], value, name) {
    const both = twoSum(total, value, name);
    return [both.sum, apply('add', [lost, both.lost])];
  },
  sum: ([total, lost]) => settled(total, lost, 'f64', number(0, 'f64'), apply),
};

/** How numbers of `dtype` are summed up one after the other. */
export const tallyOf = (dtype: DType): Tally =>
  dtype === 'f32' ? inF64 : dtype === 'f64' ? lossless : plain(dtype);
