// Floats of 16 bits, which JavaScript lacks: their bits from numbers and back.

/** A float of 16 bits: how its bits stand for numbers. */
export interface Half {
  /** The bits of `value` rounded to the nearest, halves to the even one; NaN is quiet, what is too great ∞. */
  encode(value: number): number;
  /** The number of each of the 65,536 patterns. */
  readonly numbers: Float32Array;
}

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

/** ⌊log₂ x⌋ of an f64 x > 0, and of those below 2⁻¹⁰²² less than it is of that. */
function exponentOf(x: number): number {
  double[0] = x;
  return ((words[1] >>> 20) & 0x7ff) - 1023;
}

/** `x`, less than 2⁵¹, to the nearest whole number, halves to the even one. */
const nearest = (x: number): number => x + 2 ** 52 - 2 ** 52;

/** The format with `fraction` bits behind the leading one; the rest but the sign is the exponent. */
function half(fraction: number): Half {
  const most = 2 ** (15 - fraction) - 1; // the exponent of infinities and NaN
  const bias = most >> 1;
  const infinity = most << fraction;
  const encode = (value: number): number => {
    const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
    const size = Math.abs(value);
    if (Number.isNaN(size)) return infinity | (1 << (fraction - 1));
    if (size >= 2 ** (bias + 1)) return sign | infinity;
    const exponent = Math.max(exponentOf(size), 1 - bias);
    // as a whole number of the last place; a carry goes on into the exponent, as it is to
    return sign | (((exponent + bias - 1) << fraction) + nearest(size * 2 ** (fraction - exponent)));
  };
  const decode = (bits: number): number => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> fraction) & most;
    const rest = bits & ((1 << fraction) - 1);
    if (exponent === most) return rest ? Number.NaN : sign * Infinity;
    const size = exponent ? rest + (1 << fraction) : rest;
    return sign * size * 2 ** (Math.max(exponent, 1) - bias - fraction);
  };
  let numbers: Float32Array | undefined;
  return {
    encode,
    get numbers() {
      numbers ??= Float32Array.from({ length: 65536 }, (_, bits) => decode(bits));
      return numbers;
    },
  };
}

/** The upper half of an f32. */
export const bf16 = half(7);
/** IEEE 754's binary16. */
export const f16 = half(10);
