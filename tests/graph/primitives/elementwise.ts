// The elementwise primitives: definitions and cases.
import type { Params } from '../../../src/graph/index.ts';
import { type DType, dtypes, isCompute, isInteger, rangeOf } from '../../../src/tensor/index.ts';
import type { Draw } from '../../helpers/draws.ts';
import { at, makeGrid } from '../../helpers/grids.ts';
import type { Case, Oracle, Suites } from '../../helpers/primitive.ts';

const numeric: readonly DType[] = ['f64', 'f32', 'i32'];
const floats: readonly DType[] = ['f64', 'f32'];
const computing = dtypes.filter(isCompute);
const least = -(2 ** 31);
const greatest = 2 ** 31 - 1;
const shapes = [[], [5], [2, 1, 3], [2, 0]];

type Real = (...x: number[]) => number;
type Whole = (...x: bigint[]) => bigint;
type Plain = Params['neg'];

/** `real` at every index; on i32 `whole`, modulo 2³². */
const pointwise =
  (real: Real, whole?: Whole, result?: DType): Oracle<Plain> =>
  (inputs) =>
    makeGrid(result ?? inputs[0].dtype, inputs[0].shape, (index) => {
      const x = inputs.map((input) => at(input, index));
      if (!whole || inputs[0].dtype !== 'i32') return real(...x);
      return Number(BigInt.asIntN(32, whole(...x.map(BigInt))));
    });

const one = (draw?: Draw): Case<Plain>[] =>
  shapes.map((shape) => ({ inputs: [{ shape, draw }], params: {} }));
const two = (draw?: Draw): Case<Plain>[] =>
  shapes.map((shape) => ({
    inputs: [
      { shape, draw },
      { shape, draw },
    ],
    params: {},
  }));

/** Given values with their results: one argument list for each input. */
const table = (
  kinds: readonly DType[],
  inputs: number[][],
  expected: number[],
  note: string,
): Case<Plain> => ({
  inputs: inputs.map((values) => ({ shape: [values.length], values })),
  params: {},
  dtypes: kinds,
  expected,
  note,
});

const floatTable = (inputs: number[][], expected: number[]): Case<Plain> =>
  table(floats, inputs, expected, 'NaN, infinities and zeros');
const wholeTable = (inputs: number[][], expected: number[]): Case<Plain> =>
  table(['i32'], inputs, expected, 'the limits of i32');

const { abs, cos, exp, expm1, floor, log, log1p, sin, sqrt } = Math;

/** (e^2x − 1) / (e^2x + 1) */
const tanh = (x: number): number => (abs(x) > 20 ? Math.sign(x) : expm1(2 * x) / (expm1(2 * x) + 2));

const one200 = 1n << 200n;
/** 2/√π in multiples of 2^−200. */
const slope200 = 1813235411955051368075975534027907639852476658415964181376627n;

/** 2/√π Σ (−1)ⁿ x^(2n+1) / (n! (2n+1)), in whole multiples of 2^−200, so that nothing cancels. */
function erf200(x: number): bigint {
  const z = BigInt(Math.round(x * 2 ** 80)) << 120n;
  let sum = z;
  for (let n = 1n, term = z; term !== 0n && term !== -1n; n++) {
    term = (-term * z * z) / one200 / one200 / n;
    sum += term / (2n * n + 1n);
  }
  return (sum * slope200) / one200;
}
const erf = (x: number): number => (abs(x) < 6 ? Number(erf200(x)) / 2 ** 200 : Math.sign(x));
const erfc = (x: number): number => (abs(x) < 6 ? Number(one200 - erf200(x)) / 2 ** 200 : 1 - Math.sign(x));

const floorDivide = (x: bigint, y: bigint): bigint => {
  if (y === 0n) return 0n;
  return x / y - (x % y !== 0n && x < 0n !== y < 0n ? 1n : 0n);
};

const remainder = (x: bigint, y: bigint): bigint => (y === 0n ? 0n : x - floorDivide(x, y) * y);

/** The remainder of whole multiples of 2^−56, which floats of moderate size are. */
function exactRemainder(x: number, y: number): number {
  if (y === 0 || ![x, y].every(Number.isFinite)) return NaN;
  return Number(remainder(BigInt(x * 2 ** 56), BigInt(y * 2 ** 56))) / 2 ** 56;
}

/** x^n; for negative n the reciprocal without its fraction, and 0 where that divides by 0. */
function wholePower(x: bigint, n: bigint): bigint {
  if (n < 0n) return x === 1n || x === -1n ? wholePower(x, -n) : 0n;
  let result = 1n;
  for (let i = 0n; i < n; i++) result = BigInt.asIntN(32, result * x);
  return result;
}

const quotients = [
  [7, -7, 7, -7, 6, -6, 0, 5, least, least, greatest],
  [2, 2, -2, -2, 3, 3, 5, 0, -1, 0, least],
];

/** Arrays into which numbers are stored by their lowest byte. */
const bytes = new Map<DType, Uint8ArrayConstructor | Int8ArrayConstructor>([
  ['u8', Uint8Array],
  ['i8', Int8Array],
]);

const saturating: Case<Params['cast']>[] = [
  {
    inputs: [{ shape: [9], values: [NaN, Infinity, -Infinity, 127.9, -128.9, 255.9, -0.9, 3e9, 1.5] }],
    params: { dtype: 'i8' },
    dtypes: floats,
    expected: [0, 127, -128, 127, -128, 127, 0, 127, 1],
    note: 'saturates',
  },
  {
    inputs: [{ shape: [9], values: [NaN, Infinity, -Infinity, 127.9, -128.9, 255.9, -0.9, 3e9, 1.5] }],
    params: { dtype: 'u8' },
    dtypes: floats,
    expected: [0, 255, 0, 127, 0, 255, 0, 255, 1],
    note: 'saturates',
  },
  ...(['i8', 'u8'] as const).map(
    (dtype): Case<Params['cast']> => ({
      inputs: [{ shape: [6], values: [127, 128, 255, 256, -129, least] }],
      params: { dtype },
      dtypes: ['i32'],
      expected: dtype === 'i8' ? [127, -128, -1, 0, 127, 0] : [127, 128, 255, 0, 127, 0],
      note: 'wraps around',
    }),
  ),
  ...(['bf16', 'f16'] as const).map(
    (dtype): Case<Params['cast']> => ({
      inputs: [
        {
          shape: [12],
          values: [NaN, Infinity, -0, 1 / 3, 65519, 65520, -1e39, 257, 259, 2049, 2 ** -25, 3 * 2 ** -26],
        },
      ],
      params: { dtype },
      dtypes: floats,
      note: 'rounds to the nearest, halves to even',
    }),
  ),
  {
    inputs: [{ shape: [2], values: [1 + 2 ** -8 + 2 ** -40, 1 + 2 ** -8] }],
    params: { dtype: 'bf16' },
    dtypes: ['f64'],
    expected: [1 + 2 ** -7, 1],
    note: 'rounds once',
  },
  {
    inputs: [{ shape: [4], values: [2 ** 30 + 2 ** 22 + 1, 2 ** 30 + 2 ** 22, greatest, least] }],
    params: { dtype: 'bf16' },
    dtypes: ['i32'],
    expected: [2 ** 30 + 2 ** 23, 2 ** 30, 2 ** 31, least],
    note: 'rounds once',
  },
  {
    inputs: [
      { shape: [10], values: [NaN, Infinity, -Infinity, 2.9, -2.9, 3e9, -3e9, -0.5, 2147483520, 0.5] },
    ],
    params: { dtype: 'i32' },
    dtypes: floats,
    expected: [0, greatest, least, 2, -2, greatest, least, 0, 2147483520, 0],
    note: 'truncates and saturates',
  },
  {
    inputs: [{ shape: [7], values: [NaN, Infinity, 0, -0, 0.25, -3, 1] }],
    params: { dtype: 'bool' },
    dtypes: floats,
    expected: [1, 1, 0, 0, 1, 1, 1],
    note: 'is ≠ 0',
  },
  {
    inputs: [{ shape: [4], values: [greatest, least, 16777217, -16777219] }],
    params: { dtype: 'f32' },
    dtypes: ['i32', 'f64'],
    expected: [2 ** 31, least, 16777216, -16777220],
    note: 'rounds to even',
  },
  {
    inputs: [{ shape: [5], values: [1e300, -1e300, 1e-300, NaN, -0] }],
    params: { dtype: 'f32' },
    dtypes: ['f64'],
    expected: [Infinity, -Infinity, 0, NaN, -0],
    note: 'overflows to infinity',
  },
];

export const elementwise = {
  neg: {
    dtypes: numeric,
    oracle: pointwise(
      (x) => -x,
      (x) => -x,
    ),
    cases: [
      ...one(),
      floatTable([[NaN, Infinity, 0, -0]], [NaN, -Infinity, -0, 0]),
      wholeTable([[least, greatest, 0]], [least, least + 1, 0]),
    ],
  },
  abs: {
    dtypes: numeric,
    oracle: pointwise(abs, (x) => (x < 0n ? -x : x)),
    cases: [
      ...one(),
      floatTable([[NaN, -Infinity, -0, -2]], [NaN, Infinity, 0, 2]),
      wholeTable([[least, greatest]], [least, greatest]),
    ],
  },
  floor: {
    dtypes: floats,
    oracle: pointwise(floor),
    cases: [...one(), floatTable([[NaN, Infinity, -0, -0.5, 2, -2.5]], [NaN, Infinity, -0, -1, 2, -3])],
  },
  exp: {
    dtypes: floats,
    oracle: pointwise(exp),
    ulps: 4,
    cases: [
      ...one(),
      floatTable([[NaN, Infinity, -Infinity, 0, -0, 1000, -1000]], [NaN, Infinity, 0, 1, 1, Infinity, 0]),
    ],
  },
  expm1: {
    dtypes: floats,
    oracle: pointwise(expm1),
    ulps: 4,
    cases: [
      ...one(),
      floatTable([[NaN, Infinity, -Infinity, 0, -50, 1e-20]], [NaN, Infinity, -1, 0, -1, 1e-20]),
    ],
  },
  log: {
    dtypes: floats,
    oracle: pointwise(log),
    ulps: 4,
    cases: [
      ...one('positive'),
      floatTable([[NaN, Infinity, 0, -0, -1, 1]], [NaN, Infinity, -Infinity, -Infinity, NaN, 0]),
    ],
  },
  log1p: {
    dtypes: floats,
    oracle: pointwise(log1p),
    ulps: 4,
    cases: [
      ...one('positive'),
      floatTable([[NaN, Infinity, -1, -2, 0, 1e-20]], [NaN, Infinity, -Infinity, NaN, 0, 1e-20]),
    ],
  },
  sqrt: {
    dtypes: floats,
    oracle: pointwise(sqrt),
    ulps: 1,
    cases: [...one('positive'), floatTable([[NaN, Infinity, 0, -0, -1, 4]], [NaN, Infinity, 0, -0, NaN, 2])],
  },
  sin: {
    dtypes: floats,
    oracle: pointwise(sin),
    ulps: 4,
    cases: [...one(), floatTable([[NaN, Infinity, -Infinity, 0]], [NaN, NaN, NaN, 0])],
  },
  cos: {
    dtypes: floats,
    oracle: pointwise(cos),
    ulps: 4,
    cases: [...one(), floatTable([[NaN, Infinity, -Infinity, 0]], [NaN, NaN, NaN, 1])],
  },
  tanh: {
    dtypes: floats,
    oracle: pointwise(tanh),
    ulps: 8,
    cases: [
      ...one(),
      floatTable([[NaN, Infinity, -Infinity, 0, 40, -1000, 1e-20]], [NaN, 1, -1, 0, 1, -1, 1e-20]),
    ],
  },
  erf: {
    dtypes: floats,
    oracle: pointwise(erf),
    ulps: 8,
    cases: [
      ...one(),
      floatTable([[NaN, Infinity, -Infinity, 0, 7, -30]], [NaN, 1, -1, 0, 1, -1]),
      {
        inputs: [{ shape: [9], values: [0.001, 0.3, -0.5, 1, 1.7, -2.4, 2.5, 2.6, -4] }],
        params: {},
        smooth: true,
        note: 'on both sides of where the method changes',
      },
    ],
  },
  erfc: {
    dtypes: floats,
    oracle: pointwise(erfc),
    ulps: 8,
    cases: [
      ...one(),
      floatTable([[NaN, Infinity, -Infinity, 0, -7, 30]], [NaN, 0, 2, 1, 2, 0]),
      // by mpmath, with 40 digits
      table(
        floats,
        [[0.25, -0.5, 0.75, 1, 1.75, -2.5, 2.5, 4, 8, 9]],
        [
          0.7236736098317631, 1.5204998778130465, 0.28884436634648486, 0.15729920705028513,
          0.013328328780817557, 1.999593047982555, 0.0004069520174449589, 1.541725790028002e-8,
          1.1224297172982926e-29, 4.13703174651381e-37,
        ],
        'where it is nearly 0',
      ),
      table(
        ['f64'],
        [[1e-300, 15.5, 20, 26]],
        [1, 1.6632016400488723e-106, 5.395865611607901e-176, 5.663192408856143e-296],
        'as far as f64 goes',
      ),
    ],
  },
  cast: {
    dtypes,
    oracle: ([x], { dtype }) =>
      makeGrid(dtype, x.shape, (index) => {
        const value = at(x, index);
        if (dtype === 'bool') return Number(value !== 0);
        if (!isInteger(dtype)) return value;
        // a byte of whole numbers, or the nearest there is of floats
        if (isInteger(x.dtype)) return dtype === 'i32' ? value : (bytes.get(dtype)?.of(value)[0] ?? 0);
        const [low, high] = rangeOf(dtype);
        return Math.min(Math.max(Math.trunc(value), low), high) + 0;
      }),
    cases: [
      ...dtypes.map(
        (dtype): Case<Params['cast']> => ({ inputs: [{ shape: [2, 3] }], params: { dtype }, smooth: false }),
      ),
      { inputs: [{ shape: [3], dtype: 'f32' }], params: { dtype: 'f64' } },
      ...saturating,
    ],
  },
  stopGradient: {
    dtypes,
    oracle: ([x]) => x,
    cases: [
      ...one().map((c) => ({ ...c, smooth: false })),
      table(floats, [[NaN, -0, -Infinity]], [NaN, -0, -Infinity], 'every bit'),
    ],
  },
  add: {
    dtypes: numeric,
    oracle: pointwise(
      (x, y) => x + y,
      (x, y) => x + y,
    ),
    cases: [
      ...two(),
      floatTable(
        [
          [NaN, Infinity, Infinity, -0, 0],
          [1, 1, -Infinity, -0, -0],
        ],
        [NaN, Infinity, NaN, -0, 0],
      ),
      wholeTable(
        [
          [greatest, least, least],
          [1, -1, least],
        ],
        [least, greatest, 0],
      ),
    ],
  },
  sub: {
    dtypes: numeric,
    oracle: pointwise(
      (x, y) => x - y,
      (x, y) => x - y,
    ),
    cases: [
      ...two(),
      floatTable(
        [
          [NaN, Infinity, -0, 0],
          [1, Infinity, 0, 0],
        ],
        [NaN, NaN, -0, 0],
      ),
      wholeTable(
        [
          [greatest, least, 0],
          [-1, 1, least],
        ],
        [least, greatest, least],
      ),
    ],
  },
  mul: {
    dtypes: numeric,
    oracle: pointwise(
      (x, y) => x * y,
      (x, y) => x * y,
    ),
    cases: [
      ...two(),
      floatTable(
        [
          [NaN, Infinity, -0, 2],
          [0, 0, 3, -Infinity],
        ],
        [NaN, NaN, -0, -Infinity],
      ),
      wholeTable(
        [
          [greatest, least, 65536, 123456789],
          [greatest, -1, 65536, 987654321],
        ],
        [1, least, 0, -67153019],
      ),
    ],
  },
  div: {
    dtypes: numeric,
    oracle: pointwise((x, y) => x / y, floorDivide),
    ulps: 1,
    cases: [
      ...two(),
      floatTable(
        [
          [1, -1, 0, NaN, 1, Infinity],
          [0, 0, 0, 1, -Infinity, Infinity],
        ],
        [Infinity, -Infinity, NaN, NaN, -0, NaN],
      ),
      table(['i32'], quotients, [3, -4, -4, 3, 2, -2, 0, 0, least, 0, -1], 'rounds down, and 0 for / 0'),
    ],
  },
  mod: {
    dtypes: numeric,
    oracle: pointwise(exactRemainder, remainder),
    ulps: 1,
    cases: [
      ...two().map((c) => ({ ...c, smooth: false })),
      {
        inputs: [
          { shape: [2, 3], values: [5.3, -5.3, 5.3, -5.3, 0.2, 7.9] },
          { shape: [2, 3], values: [2, 2, -2, -2, 3.1, 0.75] },
        ],
        params: {},
        dtypes: floats,
        smooth: true,
        note: 'the sign of the divisor',
      },
      floatTable(
        [
          [NaN, 1, Infinity, 5, -5, 6, 4],
          [2, 0, 2, Infinity, Infinity, -4, 2],
        ],
        [NaN, NaN, NaN, 5, Infinity, -2, 0],
      ),
      table(
        ['i32'],
        quotients,
        [1, 1, -1, -1, 0, 0, 0, 0, 0, 0, -1],
        'the sign of the divisor, and 0 for / 0',
      ),
    ],
  },
  pow: {
    dtypes: numeric,
    oracle: pointwise((x, y) => (x < 0 ? x ** y : exp(y * log(x))), wholePower),
    ulps: 16,
    cases: [
      ...shapes.map(
        (shape): Case<Plain> => ({ inputs: [{ shape, draw: 'positive' }, { shape }], params: {} }),
      ),
      floatTable(
        [
          [0, 0, 0, -2, -2, -8, NaN, 2, 2, 0.5, Infinity],
          [0, 3, -1, 3, -2, 1 / 3, 0, Infinity, -Infinity, Infinity, -1],
        ],
        [1, 0, Infinity, -8, 0.25, NaN, 1, Infinity, 0, 0, 0],
      ),
      table(
        floats,
        [
          [1, 1, 1, -1, -1, -1, NaN, 2],
          [NaN, Infinity, -Infinity, Infinity, -Infinity, NaN, 2, NaN],
        ],
        [1, 1, 1, 1, 1, NaN, NaN, NaN],
        'as IEEE 754 has it, not JavaScript',
      ),
      table(
        ['i32'],
        [
          [2, 2, -3, 0, 0, 7, 1, -1, -1, 2, 3, least],
          [10, 31, 3, 0, -1, -1, -5, -5, -4, 32, 21, 1],
        ],
        [1024, least, -27, 1, 0, 0, 1, -1, 1, 0, 1870418611, least],
        'wraps around',
      ),
    ],
  },
  max: {
    dtypes: computing,
    oracle: pointwise(Math.max),
    ulps: 0,
    cases: [
      ...two(),
      floatTable(
        [
          [NaN, 1, NaN, -Infinity],
          [1, NaN, NaN, 3],
        ],
        [NaN, NaN, NaN, 3],
      ),
      wholeTable([[least], [greatest]], [greatest]),
    ],
  },
  min: {
    dtypes: computing,
    oracle: pointwise(Math.min),
    ulps: 0,
    cases: [
      ...two(),
      floatTable(
        [
          [NaN, 1, NaN, -Infinity],
          [1, NaN, NaN, 3],
        ],
        [NaN, NaN, NaN, -Infinity],
      ),
      wholeTable([[least], [greatest]], [least]),
    ],
  },
  eq: {
    dtypes: computing,
    oracle: pointwise((x, y) => Number(x === y), undefined, 'bool'),
    cases: [
      ...two(),
      floatTable(
        [
          [NaN, 0, Infinity, 1],
          [NaN, -0, Infinity, 2],
        ],
        [0, 1, 1, 0],
      ),
    ],
  },
  lt: {
    dtypes: computing,
    oracle: pointwise((x, y) => Number(x < y), undefined, 'bool'),
    cases: [
      ...two(),
      floatTable(
        [
          [NaN, 1, -0, -Infinity, 1],
          [1, NaN, 0, Infinity, 2],
        ],
        [0, 0, 0, 1, 1],
      ),
      wholeTable([[least], [greatest]], [1]),
    ],
  },
  select: {
    dtypes,
    oracle: ([condition, yes, no]) =>
      makeGrid(yes.dtype, yes.shape, (index) => at(at(condition, index) ? yes : no, index)),
    cases: [
      ...shapes.map((shape) => ({
        inputs: [{ shape, dtype: 'bool' as const }, { shape }, { shape }],
        params: {},
      })),
      {
        inputs: [
          { shape: [4], dtype: 'bool', values: [1, 0, 1, 0] },
          { shape: [4], values: [NaN, NaN, -0, 1] },
          { shape: [4], values: [1, -0, NaN, Infinity] },
        ],
        params: {},
        dtypes: floats,
        expected: [NaN, -0, -0, Infinity],
        note: 'what is not chosen leaves no trace',
      },
    ],
  },
} satisfies Partial<Suites>;
