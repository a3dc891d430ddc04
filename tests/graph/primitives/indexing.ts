// gather, the scatters, and parts whose starts are data: definitions and cases.

import type { ScatterBy } from '../../../src/graph/index.ts';
import { type DType, dtypes } from '../../../src/tensor/index.ts';
import { at, everyIndex, type Grid, makeGrid } from '../../helpers/grids.ts';
import type { Given, Suites } from '../../helpers/primitive.ts';

const numeric: readonly DType[] = ['f64', 'f32', 'i32'];
const indices = (shape: number[], values: number[]): Given => ({ shape, dtype: 'i32', values });

const picks = {
  plain: indices([4], [3, 0, 4, 1]),
  repeated: indices([5], [1, 1, 0, 1, 0]),
  outside: indices([6], [-1, 5, 2, 2 ** 31 - 1, -(2 ** 31), 0]),
  one: indices([], [2]),
  square: indices([2, 2], [1, 0, 2, 1]),
  none: indices([0], []),
  batched: indices([2, 3], [1, 3, -1, 0, 0, 4]),
  batchedOne: indices([2], [1, 2]),
  twice: indices([2, 2, 1], [2, 0, 1, 1]),
};

const merge: { readonly [K in ScatterBy]: (a: number, b: number) => number } = {
  set: (_, b) => b,
  add: (a, b) => a + b,
  max: Math.max,
  min: Math.min,
};

/** Where in x the entry `index` of a part lies, whose starts are moved so that all of it is inside. */
function placeIn(index: readonly number[], x: readonly number[], part: readonly number[], starts: Grid) {
  const batch = starts.shape.length - 1;
  return index.map((i, axis) => {
    if (axis < batch) return i;
    const start = at(starts, [...index.slice(0, batch), axis - batch]);
    return i + Math.max(0, Math.min(start, x[axis] - part[axis]));
  });
}

export const indexing = {
  scatter: {
    dtypes,
    oracle: ([x, picked, updates], { by, axis, batch }) => {
      const own = picked.shape.length - batch;
      const found = new Map(everyIndex(x.shape).map((index) => [String(index), at(x, index)]));
      for (const index of everyIndex(updates.shape)) {
        const i = at(picked, [...index.slice(0, batch), ...index.slice(axis, axis + own)]);
        const place = String([...index.slice(0, axis), i, ...index.slice(axis + own)]);
        const before = found.get(place);
        if (before !== undefined) found.set(place, merge[by](before, at(updates, index)));
      }
      return makeGrid(x.dtype, x.shape, (index) => {
        const value = found.get(String(index)) ?? 0;
        return x.dtype === 'i32' ? value | 0 : value;
      });
    },
    ulps: 8,
    accumulates: true,
    cases: [
      { inputs: [{ shape: [5] }, picks.plain, { shape: [4] }], params: { by: 'set', axis: 0, batch: 0 } },
      {
        inputs: [{ shape: [2, 5, 3] }, picks.plain, { shape: [2, 4, 3] }],
        params: { by: 'set', axis: 1, batch: 0 },
      },
      {
        inputs: [{ shape: [3, 2] }, picks.repeated, { shape: [3, 5] }],
        params: { by: 'set', axis: 1, batch: 0 },
        note: 'of repeated ones the last',
      },
      {
        inputs: [{ shape: [5, 2] }, picks.outside, { shape: [6, 2] }],
        params: { by: 'set', axis: 0, batch: 0 },
        note: 'outside writes nothing',
      },
      { inputs: [{ shape: [3] }, picks.one, { shape: [] }], params: { by: 'set', axis: 0, batch: 0 } },
      {
        inputs: [{ shape: [3, 2] }, picks.none, { shape: [0, 2] }],
        params: { by: 'set', axis: 0, batch: 0 },
        note: 'no updates',
      },
      {
        inputs: [{ shape: [2, 3, 4, 2] }, picks.batched, { shape: [2, 3, 3, 2] }],
        params: { by: 'set', axis: 2, batch: 1 },
      },
      {
        inputs: [{ shape: [2, 3] }, picks.repeated, { shape: [2, 5] }],
        params: { by: 'add', axis: 1, batch: 0 },
        dtypes: numeric,
      },
      {
        inputs: [{ shape: [2, 2, 4] }, picks.twice, { shape: [2, 2, 1] }],
        params: { by: 'add', axis: 2, batch: 2 },
        dtypes: numeric,
      },
      {
        inputs: [{ shape: [3, 2] }, picks.square, { shape: [2, 2, 2] }],
        params: { by: 'max', axis: 0, batch: 0 },
        dtypes: ['bool', ...numeric],
      },
      {
        inputs: [{ shape: [4] }, picks.repeated, { shape: [5] }],
        params: { by: 'min', axis: 0, batch: 0 },
        dtypes: ['bool', ...numeric],
      },
    ],
  },
  dynamicSlice: {
    dtypes,
    oracle: ([x, starts], { sizes }) => {
      const shape = [...x.shape.slice(0, x.shape.length - sizes.length), ...sizes];
      return makeGrid(x.dtype, shape, (index) => at(x, placeIn(index, x.shape, shape, starts)));
    },
    cases: [
      { inputs: [{ shape: [5] }, indices([1], [2])], params: { sizes: [2] } },
      { inputs: [{ shape: [3, 4] }, indices([2], [1, 0])], params: { sizes: [2, 3] } },
      {
        inputs: [{ shape: [3, 4] }, indices([2], [7, -3])],
        params: { sizes: [2, 1] },
        note: 'starts outside are moved',
      },
      { inputs: [{ shape: [2, 5] }, indices([2, 1], [3, 9])], params: { sizes: [2] }, note: 'batched' },
      { inputs: [{ shape: [3] }, indices([1], [1])], params: { sizes: [0] }, note: 'nothing' },
      { inputs: [{ shape: [] }, indices([0], [])], params: { sizes: [] }, note: 'no axes' },
    ],
  },
  dynamicUpdate: {
    dtypes,
    oracle: ([x, update, starts]) => {
      const put = new Map(
        everyIndex(update.shape).map((index) => [
          String(placeIn(index, x.shape, update.shape, starts)),
          at(update, index),
        ]),
      );
      return makeGrid(x.dtype, x.shape, (index) => put.get(String(index)) ?? at(x, index));
    },
    cases: [
      { inputs: [{ shape: [5] }, { shape: [2] }, indices([1], [2])], params: {} },
      { inputs: [{ shape: [3, 4] }, { shape: [2, 3] }, indices([2], [1, 0])], params: {} },
      {
        inputs: [{ shape: [3, 4] }, { shape: [2, 1] }, indices([2], [7, -3])],
        params: {},
        note: 'starts outside are moved',
      },
      {
        inputs: [{ shape: [2, 5] }, { shape: [2, 2] }, indices([2, 1], [3, 9])],
        params: {},
        note: 'batched',
      },
      { inputs: [{ shape: [3] }, { shape: [0] }, indices([1], [1])], params: {}, note: 'nothing' },
      {
        inputs: [{ shape: [3, 2] }, { shape: [1, 0] }, indices([2], [1, 0])],
        params: {},
        note: 'no columns',
      },
      { inputs: [{ shape: [2] }, { shape: [2] }, indices([1], [1])], params: {}, note: 'all of it' },
      { inputs: [{ shape: [] }, { shape: [] }, indices([0], [])], params: {}, note: 'no axes' },
    ],
  },
  gather: {
    dtypes,
    oracle: ([x, picked], { axis, batch }) => {
      const own = picked.shape.slice(batch);
      const shape = [...x.shape.slice(0, axis), ...own, ...x.shape.slice(axis + 1)];
      return makeGrid(x.dtype, shape, (index) => {
        const k = index.slice(axis, axis + own.length);
        const i = at(picked, [...index.slice(0, batch), ...k]);
        const source = [...index.slice(0, axis), i, ...index.slice(axis + own.length)];
        return i >= 0 && i < x.shape[axis] ? at(x, source) : 0;
      });
    },
    cases: [
      { inputs: [{ shape: [5] }, picks.plain], params: { axis: 0, batch: 0 } },
      { inputs: [{ shape: [2, 5, 3] }, picks.plain], params: { axis: 1, batch: 0 } },
      { inputs: [{ shape: [3, 2] }, picks.repeated], params: { axis: 1, batch: 0 }, note: 'repeated' },
      { inputs: [{ shape: [5, 2] }, picks.outside], params: { axis: 0, batch: 0 }, note: 'outside reads 0' },
      { inputs: [{ shape: [3, 4] }, picks.one], params: { axis: 0, batch: 0 }, note: 'one position' },
      { inputs: [{ shape: [2, 3] }, picks.square], params: { axis: 1, batch: 0 } },
      { inputs: [{ shape: [3, 2] }, picks.none], params: { axis: 0, batch: 0 }, note: 'no positions' },
      { inputs: [{ shape: [0, 2] }, picks.square], params: { axis: 0, batch: 0 }, note: 'out of nothing' },
      { inputs: [{ shape: [2, 4] }, picks.batched], params: { axis: 1, batch: 1 } },
      { inputs: [{ shape: [2, 3, 4, 2] }, picks.batched], params: { axis: 2, batch: 1 } },
      { inputs: [{ shape: [2, 3] }, picks.batchedOne], params: { axis: 1, batch: 1 } },
      { inputs: [{ shape: [2, 2, 3] }, picks.twice], params: { axis: 2, batch: 2 } },
      { inputs: [{ shape: [0, 3] }, indices([0, 2], [])], params: { axis: 1, batch: 1 }, note: 'no batch' },
    ],
  },
  scatterAdd: {
    dtypes: numeric,
    oracle: ([updates, picked], { axis, batch, size }) => {
      const own = picked.shape.slice(batch);
      const shape = [...updates.shape.slice(0, axis), size, ...updates.shape.slice(axis + own.length)];
      const sums = new Map<string, number>();
      for (const index of everyIndex(updates.shape)) {
        const i = at(picked, [...index.slice(0, batch), ...index.slice(axis, axis + own.length)]);
        const target = String([...index.slice(0, axis), i, ...index.slice(axis + own.length)]);
        sums.set(target, (sums.get(target) ?? 0) + at(updates, index));
      }
      return makeGrid(updates.dtype, shape, (index) => {
        const sum = sums.get(String(index)) ?? 0;
        return updates.dtype === 'i32' ? sum | 0 : sum;
      });
    },
    ulps: 8,
    accumulates: true,
    cases: [
      { inputs: [{ shape: [4] }, picks.plain], params: { axis: 0, batch: 0, size: 5 } },
      { inputs: [{ shape: [2, 4, 3] }, picks.plain], params: { axis: 1, batch: 0, size: 6 } },
      {
        inputs: [{ shape: [3, 5] }, picks.repeated],
        params: { axis: 1, batch: 0, size: 2 },
        note: 'repeated',
      },
      {
        inputs: [{ shape: [6, 2] }, picks.outside],
        params: { axis: 0, batch: 0, size: 5 },
        note: 'outside adds nothing',
      },
      { inputs: [{ shape: [4] }, picks.one], params: { axis: 0, batch: 0, size: 3 }, note: 'one position' },
      { inputs: [{ shape: [3, 2, 2] }, picks.square], params: { axis: 1, batch: 0, size: 3 } },
      { inputs: [{ shape: [0, 2] }, picks.none], params: { axis: 0, batch: 0, size: 3 }, note: 'no updates' },
      {
        inputs: [{ shape: [2, 2] }, picks.square],
        params: { axis: 0, batch: 0, size: 0 },
        note: 'into nothing',
      },
      { inputs: [{ shape: [2, 3] }, picks.batched], params: { axis: 1, batch: 1, size: 4 } },
      { inputs: [{ shape: [2, 2, 3, 2] }, picks.batched], params: { axis: 2, batch: 1, size: 4 } },
      { inputs: [{ shape: [2, 3] }, picks.batchedOne], params: { axis: 1, batch: 1, size: 3 } },
      { inputs: [{ shape: [2, 2, 1] }, picks.twice], params: { axis: 2, batch: 2, size: 3 } },
      {
        inputs: [{ shape: [3], values: [2 ** 31 - 1, 1, 1] }, indices([3], [0, 0, 1])],
        params: { axis: 0, batch: 0, size: 2 },
        dtypes: ['i32'],
        expected: [-(2 ** 31), 1],
        note: 'i32 wraps around',
      },
    ],
  },
} satisfies Partial<Suites>;
