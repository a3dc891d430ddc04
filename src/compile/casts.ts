// Casts from and to dtypes that are for storage, on one lane or several, so that every engine has them at the speed of
// vectors. A value of such a dtype is held as an i32: a small integer as itself, a bf16 or f16 as its bits.
import { type DType, isFloat, isInteger, isStorage, rangeOf } from '../tensor/index.ts';
import { Arithmetic } from './arithmetic.ts';
import { type Expression, heldIn, type Statement } from './code.ts';

/** The number that bits are, as an f32. */
const decoders = new Map<DType, (m: Arithmetic, bits: Expression) => Expression>([
  ['bf16', (m, bits) => m.fromBits(m.shiftLeft(bits, 16))],
  [
    'f16',
    (m, bits) => {
      const size = m.and(bits, m.whole(0x7fff));
      const shifted = m.shiftLeft(size, 13);
      const finite = m.mul(m.fromBits(shifted), m.real(2 ** 112)); // from one bias to the other
      const whole = m.or(shifted, m.whole(0x7f800000));
      const unsigned = m.select(m.less(size, m.whole(0x7c00)), m.bits(finite), whole);
      return m.fromBits(m.or(unsigned, m.shiftLeft(m.and(bits, m.whole(0x8000)), 16)));
    },
  ],
]);

/** `x`, the bits of an f32, without the last `by`: rounded to the nearest, halves to the even one. */
const cut = (m: Arithmetic, x: Expression, by: number): Expression => {
  const odd = m.and(m.shiftRight(x, by), m.whole(1));
  return m.shiftRight(m.add(m.add(x, m.whole(2 ** (by - 1) - 1)), odd), by);
};

/** The bits of an f32 as those of the nearest number, halves to the even one. */
const encoders = new Map<DType, (m: Arithmetic, x: Expression) => Expression>([
  ['bf16', (m, x) => m.select(m.equal(x, x), cut(m, m.bits(x), 16), m.whole(0x7fc0))],
  [
    'f16',
    (m, x) => {
      const bits = m.bits(x);
      const size = m.and(bits, m.whole(0x7fffffff));
      const regular = cut(m, m.sub(size, m.whole(112 << 23)), 13);
      // beside ½ an f32 has the places of the f16 that are below 2⁻¹⁴
      const small = m.sub(m.bits(m.add(m.fromBits(size), m.real(0.5))), m.bits(m.real(0.5)));
      const finite = m.select(m.less(size, m.whole(113 << 23)), small, regular);
      const rounded = m.select(m.less(size, m.whole(143 << 23)), finite, m.whole(0x7c00));
      const signed = m.or(rounded, m.shiftRight(m.and(bits, m.whole(-(2 ** 31))), 16));
      return m.select(m.equal(x, x), signed, m.whole(0x7e00));
    },
  ],
]);

/**
 * `x` as an f32 that is not rounded to the even one of its neighbours but to the odd one, so that rounding it again to
 * fewer places is the same as rounding once.
 */
function toOdd(m: Arithmetic, x: Expression): Expression {
  const { kind } = x.type;
  const near = m.toReal(x);
  const back = m.cast(near, kind);
  const bits = m.bits(near);
  const even = m.equal(m.and(bits, m.whole(1)), m.whole(0));
  const wrong = m.and(even, m.not(m.equal(x, back)));
  const beyond = m.xor(m.less(x, back), m.less(x, m.constant(0, kind))); // it is farther from 0 than x
  const odd = m.add(bits, m.select(beyond, m.whole(-1), m.whole(1)));
  return m.fromBits(m.select(wrong, odd, bits));
}

/** A float as a small integer: what is beyond becomes the nearest there is. */
function clamped(m: Arithmetic, x: Expression, to: DType): Expression {
  const [least, greatest] = rangeOf(to);
  return m.max(m.min(m.toWhole(x), m.whole(greatest)), m.whole(least));
}

/** An i32 as a small integer: its lowest byte. */
function wrapped(m: Arithmetic, x: Expression, to: DType): Expression {
  const [least] = rangeOf(to);
  const byte = m.and(x, m.whole(255));
  return least === 0 ? byte : m.add(m.xor(byte, m.whole(-least)), m.whole(least));
}

/** `x`, held as of `from`, as a value of `to`, by statements that go to `push`. */
export function converted(
  x: Expression,
  from: DType,
  to: DType,
  push: (statement: Statement) => void,
): Expression {
  const m = new Arithmetic(x.type.lanes);
  const number = decoders.get(from)?.(m, x) ?? x;
  const encode = encoders.get(to);
  let result: Expression;
  if (encode) {
    const exact = number.type.kind === 'f32' || number.type.kind === 'bool' || isStorage(from);
    result = encode(m, exact ? m.toReal(number) : toOdd(m, number));
  } else if (!isStorage(to)) result = m.cast(number, heldIn(to));
  else if (isFloat(from)) result = clamped(m, number, to);
  else result = isInteger(from) ? wrapped(m, number, to) : m.toWhole(number);
  m.body.forEach(push);
  return result;
}
