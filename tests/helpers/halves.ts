// What bf16 and f16 are, from their definitions: every number of them in a list, and the nearest found by search.
import type { DType } from '../../src/tensor/index.ts';

interface Format {
  readonly exponent: number;
  readonly fraction: number;
}

const formats: { readonly [K in DType]?: Format } = {
  bf16: { exponent: 8, fraction: 7 },
  f16: { exponent: 5, fraction: 10 },
};

/** The number that `bits` stand for, digit by digit. */
export function decoded({ exponent, fraction }: Format, bits: number): number {
  const digits = bits.toString(2).padStart(16, '0');
  const sign = digits[0] === '1' ? -1 : 1;
  const power = Number.parseInt(digits.slice(1, 1 + exponent), 2);
  const rest = Number.parseInt(digits.slice(1 + exponent), 2) / 2 ** fraction;
  const bias = 2 ** (exponent - 1) - 1;
  if (power === 2 ** exponent - 1) return rest === 0 ? sign * Infinity : Number.NaN;
  return sign * (power === 0 ? rest * 2 ** (1 - bias) : (1 + rest) * 2 ** (power - bias));
}

const lists = new Map<DType, readonly number[]>();

/** The numbers of all bits of `dtype`. */
export function numbersOfBits(dtype: DType): readonly number[] {
  const format = formats[dtype];
  if (!format) throw new TypeError(`${dtype} has no such bits`);
  const known = lists.get(dtype) ?? Array.from({ length: 65536 }, (_, bits) => decoded(format, bits));
  lists.set(dtype, known);
  return known;
}

/** The bits of the number of `dtype` that is nearest to `value`: of two, those that end in 0. */
export function bitsOf(dtype: DType, value: number): number {
  const numbers = numbersOfBits(dtype);
  const { exponent, fraction } = formats[dtype] as Format;
  const infinity = (2 ** exponent - 1) * 2 ** fraction;
  if (Number.isNaN(value)) return infinity + 2 ** (fraction - 1);
  const size = Math.abs(value);
  let [low, high] = [0, infinity];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (numbers[middle] <= size) low = middle;
    else high = middle;
  }
  // beyond the greatest there is what would be the next
  const next = high === infinity ? 2 * numbers[low] - numbers[low - 1] : numbers[high];
  const [below, above] = [size - numbers[low], next - size];
  const nearest = size === Infinity || above < below || (above === below && low % 2 === 1) ? high : low;
  return nearest + (value < 0 || Object.is(value, -0) ? 0x8000 : 0);
}

/** `value` as it is stored in `dtype`. */
export function roundedTo(dtype: DType, value: number): number {
  if (formats[dtype]) return numbersOfBits(dtype)[bitsOf(dtype, value)];
  return dtype === 'f32' ? Math.fround(value) : value;
}
