// Sums that keep what rounding loses of them, so that their error does not grow with how many numbers they add.
import { apply, type Expression, number, splat } from './code.ts';

/**
 * x + y rounded, and what that loses, exactly, whichever is the greater (Knuth, The Art of Computer Programming 2,
 * 4.2.2, theorem B). `name` puts a value into a variable; x and y are read more than once.
 */
export function twoSum(
  x: Expression,
  y: Expression,
  name: (value: Expression) => Expression,
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
