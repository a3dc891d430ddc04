// Reductions, and primitives along one axis: definitions and cases.
import { type DType, dtypes, isCompute, without } from '../../../src/tensor/index.ts';
import { at, everyIndex, type Grid, type Index, makeGrid } from '../../helpers/grids.ts';
import type { Case, Suites } from '../../helpers/primitive.ts';

const numeric: readonly DType[] = ['f64', 'f32', 'i32'];
const floats: readonly DType[] = ['f64', 'f32'];
const least = -(2 ** 31);
const greatest = 2 ** 31 - 1;

/** Folds everything whose index without `axes` is an output's. */
const reduce = (
  x: Grid,
  axes: readonly number[],
  start: number,
  f: (a: number, b: number) => number,
): Grid => {
  const totals = new Map<string, number>();
  for (const index of everyIndex(x.shape)) {
    const key = String(without(index, axes));
    totals.set(key, f(totals.get(key) ?? start, at(x, index)));
  }
  return makeGrid(x.dtype, without(x.shape, axes), (index) => totals.get(String(index)) ?? start);
};

const plus =
  (dtype: DType) =>
  (a: number, b: number): number =>
    dtype === 'i32' ? Number(BigInt.asIntN(32, BigInt(a) + BigInt(b))) : a + b;

/** The line of `x` along `axis` through `index`. */
const line = (x: Grid, axis: number, index: Index): number[] =>
  Array.from({ length: x.shape[axis] }, (_, i) => at(x, index.with(axis, i)));

/** Positions in rising order: each time the first of the least that are left, NaN after all else. */
function order(values: readonly number[]): number[] {
  const left = values.map((_, i) => i);
  const found: number[] = [];
  while (left.length) {
    let best = left[0];
    for (const i of left) {
      const [a, b] = [values[i], values[best]];
      if (a < b || (Number.isNaN(b) && !Number.isNaN(a))) best = i;
    }
    found.push(best);
    left.splice(left.indexOf(best), 1);
  }
  return found;
}

function greatestAt(values: readonly number[]): number {
  const nan = values.findIndex(Number.isNaN);
  return nan >= 0 ? nan : values.indexOf(Math.max(...values));
}

type Reduction = Case<{ axes: readonly number[] }>;
const reductions: Reduction[] = [
  { inputs: [{ shape: [5] }], params: { axes: [0] } },
  { inputs: [{ shape: [2, 3, 4] }], params: { axes: [0] } },
  { inputs: [{ shape: [2, 3, 4] }], params: { axes: [1] } },
  { inputs: [{ shape: [2, 3, 4] }], params: { axes: [0, 2] } },
  { inputs: [{ shape: [2, 3, 2] }], params: { axes: [0, 1, 2] } },
  { inputs: [{ shape: [2, 3] }], params: { axes: [] }, note: 'nothing reduced' },
  { inputs: [{ shape: [] }], params: { axes: [] } },
  { inputs: [{ shape: [1, 3, 1] }], params: { axes: [0, 2] } },
  { inputs: [{ shape: [0, 2] }], params: { axes: [1] }, note: 'nothing left' },
];
const overNothing: Reduction[] = [
  { inputs: [{ shape: [2, 0] }], params: { axes: [1] }, note: 'over nothing' },
  { inputs: [{ shape: [0] }], params: { axes: [0] }, note: 'over nothing' },
];

const along = [
  { inputs: [{ shape: [6] }], params: { axis: 0 } },
  { inputs: [{ shape: [3, 4] }], params: { axis: 0 } },
  { inputs: [{ shape: [3, 4] }], params: { axis: 1 } },
  { inputs: [{ shape: [2, 3, 2] }], params: { axis: 1 } },
  { inputs: [{ shape: [2, 1] }], params: { axis: 1 } },
  { inputs: [{ shape: [0, 2] }], params: { axis: 1 }, note: 'no lines' },
];
const alongNothing = { inputs: [{ shape: [2, 0] }], params: { axis: 1 }, note: 'empty lines' };

const values = (list: number[], kinds: readonly DType[], note: string, expected?: number[]) => ({
  inputs: [{ shape: [list.length], values: list }],
  params: { axis: 0 },
  dtypes: kinds,
  note,
  expected,
});

const values2 = (list: number[], kinds: readonly DType[], expected: number[], note: string): Reduction => ({
  inputs: [{ shape: [1, list.length], values: list }],
  params: { axes: [1] },
  dtypes: kinds,
  expected,
  note,
});

export const reduction = {
  sum: {
    dtypes: numeric,
    oracle: ([x], { axes }) => reduce(x, axes, 0, plus(x.dtype)),
    ulps: 16,
    accumulates: true,
    cases: [
      ...reductions,
      ...overNothing,
      values2([greatest, 1, 5], ['i32'], [least + 5], 'i32 wraps around'),
      values2([1, Infinity, 2], floats, [Infinity], 'an infinity'),
      values2([Infinity, -Infinity], floats, [NaN], 'two infinities'),
      { inputs: [{ shape: [37, 129] }], params: { axes: [0] }, big: true },
      { inputs: [{ shape: [37, 129] }], params: { axes: [1] }, big: true },
    ],
  },
  reduceMax: {
    dtypes: dtypes.filter(isCompute),
    oracle: ([x], { axes }) => {
      return reduce(x, axes, x.dtype === 'bool' ? 0 : x.dtype === 'i32' ? least : -Infinity, (a, b) =>
        b > a || Number.isNaN(b) ? b : a,
      );
    },
    ulps: 0,
    cases: [
      ...reductions,
      ...overNothing.map((c) => ({ ...c, smooth: false })),
      values2([1, NaN, 2], floats, [NaN], 'NaN wins'),
      values2([-Infinity, -Infinity], floats, [-Infinity], 'nothing but −∞'),
      values2([least, least], ['i32'], [least], 'the least i32'),
    ],
  },
  argMax: {
    dtypes: numeric,
    oracle: ([x], { axis }) =>
      makeGrid('i32', without(x.shape, [axis]), (index) =>
        greatestAt(line(x, axis, index.toSpliced(axis, 0, 0))),
      ),
    cases: [
      ...along,
      values([3, 7, 7, 1], numeric, 'the first of equals', [1]),
      values([3, NaN, 9, NaN], floats, 'the first NaN', [1]),
      values([NaN, 1], floats, 'NaN to begin with', [0]),
      values([-Infinity, -Infinity], floats, 'nothing but −∞', [0]),
      values([0, -0], floats, 'zeros are equal', [0]),
    ],
  },
  cumSum: {
    dtypes: numeric,
    oracle: ([x], { axis }) =>
      makeGrid(x.dtype, x.shape, (index) =>
        line(x, axis, index)
          .slice(0, index[axis] + 1)
          .reduce(plus(x.dtype), 0),
      ),
    ulps: 16,
    accumulates: true,
    cases: [
      ...along,
      alongNothing,
      values([greatest, 1, 1], ['i32'], 'i32 wraps around', [greatest, least, least + 1]),
      values([1, NaN, 2], floats, 'NaN stays', [1, NaN, NaN]),
    ],
  },
  argSort: {
    dtypes: numeric,
    oracle: ([x], { axis }) => makeGrid('i32', x.shape, (index) => order(line(x, axis, index))[index[axis]]),
    cases: [
      ...along,
      alongNothing,
      values([3, 1, 3, 1, 2], numeric, 'stable', [1, 3, 4, 0, 2]),
      values([NaN, 1, NaN, -Infinity, Infinity], floats, 'NaN last', [3, 1, 4, 0, 2]),
      values([0, -0, 0], floats, 'zeros are equal', [0, 1, 2]),
      values([greatest, least, 0], ['i32'], 'the limits of i32', [1, 2, 0]),
    ],
  },
} satisfies Partial<Suites>;
