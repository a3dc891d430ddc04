// The movement primitives: definitions and cases. All of them are exact, on every dtype.
import { dtypes } from '../../../src/tensor/index.ts';
import { at, type Grid, makeGrid } from '../../helpers/grids.ts';
import type { Suites } from '../../helpers/primitive.ts';

const [x5, x23, x234, x203] = [[5], [2, 3], [2, 3, 4], [2, 0, 3]].map((shape) => [{ shape }]);
const scalar = [{ shape: [] }];
const odd = (shape: number[]) => [{ shape, values: [NaN, -0, -Infinity, 0] }];

/** The entry of the concatenation of `parts` at position `i` of `axis`. */
function concatenated(parts: readonly Grid[], axis: number, index: readonly number[]): number {
  let i = index[axis];
  for (const part of parts) {
    if (i < part.shape[axis]) return at(part, index.with(axis, i));
    i -= part.shape[axis];
  }
  throw new RangeError('beyond the parts');
}

export const movement = {
  reshape: {
    dtypes,
    oracle: ([x], { shape }) => ({ ...x, shape }),
    cases: [
      { inputs: x23, params: { shape: [6] } },
      { inputs: x234, params: { shape: [4, 6] } },
      { inputs: x23, params: { shape: [1, 3, 1, 2] } },
      { inputs: scalar, params: { shape: [1, 1] } },
      { inputs: [{ shape: [1] }], params: { shape: [] } },
      { inputs: x203, params: { shape: [0] } },
      { inputs: odd([4]), params: { shape: [2, 2] }, dtypes: ['f16', 'f32', 'f64'], note: 'every bit' },
    ],
  },
  transpose: {
    dtypes,
    oracle: ([x], { perm }) =>
      makeGrid(
        x.dtype,
        perm.map((axis) => x.shape[axis]),
        (index) => {
          const source = x.shape.map(() => 0);
          perm.forEach((axis, i) => {
            source[axis] = index[i];
          });
          return at(x, source);
        },
      ),
    cases: [
      { inputs: x23, params: { perm: [1, 0] } },
      { inputs: x23, params: { perm: [0, 1] } },
      { inputs: x234, params: { perm: [1, 2, 0] } },
      { inputs: x234, params: { perm: [2, 0, 1] } },
      { inputs: [{ shape: [2, 1, 3, 2] }], params: { perm: [3, 1, 0, 2] } },
      { inputs: scalar, params: { perm: [] } },
      { inputs: x203, params: { perm: [2, 1, 0] } },
      { inputs: odd([2, 2]), params: { perm: [1, 0] }, dtypes: ['f16', 'f32', 'f64'], note: 'every bit' },
    ],
  },
  broadcast: {
    dtypes,
    oracle: ([x], { shape, axes }) =>
      makeGrid(x.dtype, shape, (index) =>
        at(
          x,
          axes.map((axis) => index[axis]),
        ),
      ),
    cases: [
      { inputs: scalar, params: { shape: [2, 3], axes: [] } },
      { inputs: scalar, params: { shape: [], axes: [] } },
      { inputs: [{ shape: [3] }], params: { shape: [2, 3], axes: [1] } },
      { inputs: [{ shape: [3] }], params: { shape: [3, 2], axes: [0] } },
      { inputs: x23, params: { shape: [2, 4, 3], axes: [0, 2] } },
      { inputs: x23, params: { shape: [2, 3], axes: [0, 1] } },
      { inputs: [{ shape: [1] }], params: { shape: [1, 1, 1], axes: [1] } },
      { inputs: [{ shape: [3] }], params: { shape: [0, 3], axes: [1] }, note: 'no copies' },
      { inputs: [{ shape: [0] }], params: { shape: [2, 0], axes: [1] } },
    ],
  },
  slice: {
    dtypes,
    oracle: ([x], { start, stop, step }) => {
      const positions = x.shape.map((_, axis) => {
        const list: number[] = [];
        for (let i = start[axis]; i < stop[axis]; i += step[axis]) list.push(i);
        return list;
      });
      return makeGrid(
        x.dtype,
        positions.map((list) => list.length),
        (index) =>
          at(
            x,
            index.map((i, axis) => positions[axis][i]),
          ),
      );
    },
    cases: [
      { inputs: x5, params: { start: [1], stop: [4], step: [1] } },
      { inputs: x5, params: { start: [0], stop: [5], step: [2] } },
      { inputs: x5, params: { start: [1], stop: [5], step: [3] } },
      { inputs: x5, params: { start: [1], stop: [2], step: [9] } },
      { inputs: x5, params: { start: [2], stop: [2], step: [1] }, note: 'nothing' },
      { inputs: x5, params: { start: [5], stop: [5], step: [2] }, note: 'nothing at the end' },
      { inputs: x234, params: { start: [0, 1, 0], stop: [2, 3, 4], step: [1, 1, 3] } },
      { inputs: x234, params: { start: [1, 0, 1], stop: [2, 3, 4], step: [1, 2, 2] } },
      { inputs: x203, params: { start: [0, 0, 1], stop: [2, 0, 3], step: [1, 1, 1] } },
      { inputs: scalar, params: { start: [], stop: [], step: [] } },
    ],
  },
  pad: {
    dtypes,
    oracle: ([x], { low, high, interior }) => {
      const shape = x.shape.map((n, i) => {
        const gaps = n > 0 ? n - 1 : 0;
        return low[i] + n + gaps * interior[i] + high[i];
      });
      return makeGrid(x.dtype, shape, (index) => {
        const source = index.map((i, axis) => (i - low[axis]) / (interior[axis] + 1));
        const inside = source.every((i, axis) => Number.isInteger(i) && i >= 0 && i < x.shape[axis]);
        return inside ? at(x, source) : 0;
      });
    },
    cases: [
      { inputs: x5, params: { low: [2], high: [1], interior: [0] } },
      { inputs: x5, params: { low: [0], high: [0], interior: [2] } },
      { inputs: x5, params: { low: [1], high: [2], interior: [1] } },
      { inputs: x23, params: { low: [0, 1], high: [2, 0], interior: [1, 3] } },
      { inputs: x23, params: { low: [0, 0], high: [0, 0], interior: [0, 0] } },
      { inputs: [{ shape: [1] }], params: { low: [1], high: [1], interior: [5] } },
      { inputs: [{ shape: [0] }], params: { low: [2], high: [1], interior: [3] }, note: 'zeros alone' },
      { inputs: [{ shape: [0, 2] }], params: { low: [0, 1], high: [0, 0], interior: [1, 1] } },
      { inputs: scalar, params: { low: [], high: [], interior: [] } },
    ],
  },
  flip: {
    dtypes,
    oracle: ([x], { axes }) =>
      makeGrid(x.dtype, x.shape, (index) =>
        at(
          x,
          index.map((i, axis) => (axes.includes(axis) ? x.shape[axis] - 1 - i : i)),
        ),
      ),
    cases: [
      { inputs: x5, params: { axes: [0] } },
      { inputs: x234, params: { axes: [1] } },
      { inputs: x234, params: { axes: [0, 2] } },
      { inputs: x23, params: { axes: [] } },
      { inputs: x203, params: { axes: [0, 1] } },
      { inputs: scalar, params: { axes: [] } },
    ],
  },
  concat: {
    dtypes,
    oracle: (parts, { axis }) => {
      const total = parts.reduce((n, part) => n + part.shape[axis], 0);
      return makeGrid(parts[0].dtype, parts[0].shape.with(axis, total), (index) =>
        concatenated(parts, axis, index),
      );
    },
    cases: [
      { inputs: [{ shape: [2] }, { shape: [3] }], params: { axis: 0 } },
      { inputs: [{ shape: [2, 3] }, { shape: [1, 3] }, { shape: [2, 3] }], params: { axis: 0 } },
      { inputs: [{ shape: [2, 1] }, { shape: [2, 3] }], params: { axis: 1 } },
      { inputs: [{ shape: [2, 3, 2] }, { shape: [2, 1, 2] }], params: { axis: 1 } },
      { inputs: [{ shape: [2] }], params: { axis: 0 }, note: 'one alone' },
      { inputs: [{ shape: [0] }, { shape: [2] }, { shape: [0] }], params: { axis: 0 }, note: 'empty parts' },
      { inputs: [{ shape: [0, 2] }, { shape: [0, 1] }], params: { axis: 1 } },
    ],
  },
} satisfies Partial<Suites>;
