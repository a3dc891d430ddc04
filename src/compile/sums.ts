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

/** The sum that `total` and all that was `lost` of it are; where it is not finite nothing can be lost. */
export function settled(total: Expression, lost: Expression): Expression {
  const { kind, lanes } = total.type;
  const finite = apply('eq', [apply('sub', [lost, lost]), splat(number(0, kind), lanes)], 'bool');
  return apply('select', [finite, apply('add', [total, lost]), total], kind);
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
  sum: ([total, lost]) => settled(total, lost),
};

/** How numbers of `dtype` are summed up one after the other. */
export const tallyOf = (dtype: DType): Tally =>
  dtype === 'f32' ? inF64 : dtype === 'f64' ? lossless : plain(dtype);
