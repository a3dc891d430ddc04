// The greatest of several values and where it stands: the first NaN before all, of equals the first.
import { apply, type Expression, number, splat } from './code.ts';

const isNumber = (it: Expression): Expression => apply('eq', [it, it], 'bool');
const not = (it: Expression): Expression => apply('xor', [it, splat(number(1, 'bool'), it.type.lanes)]);

/** Whether `x` is greater than `old`, or the first NaN. */
export const isBetter = (x: Expression, old: Expression): Expression =>
  apply('or', [apply('lt', [old, x], 'bool'), apply('and', [not(isNumber(x)), isNumber(old)])]);

/** A value, and where it stands. */
export interface Found {
  readonly value: Expression;
  readonly at: Expression;
}

/** Whether `x` is better than `y`, or as good and before it. */
export function isBefore(x: Found, y: Found): Expression {
  const worse = isBetter(y.value, x.value);
  const first = apply('lt', [x.at, y.at], 'bool');
  return apply('or', [isBetter(x.value, y.value), apply('and', [not(worse), first])]);
}
