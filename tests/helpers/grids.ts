// Naive n-dimensional arrays that oracles are written over: one number an index, no strides, no kernels.
import { expect } from 'vitest';
import {
  allocate,
  type DType,
  fromTypedArray,
  halfOf,
  holds,
  type Shape,
  showShape,
  type Tensor,
} from '../../src/tensor/index.ts';
import { bitsOf, numbersOfBits, roundedTo } from './halves.ts';

export interface Grid {
  readonly dtype: DType;
  readonly shape: Shape;
  /** In row-major order. */
  readonly data: readonly number[];
}

export type Index = readonly number[];

/** Every index of `shape`, the last axis fastest. */
export function everyIndex(shape: Shape): number[][] {
  let found: number[][] = [[]];
  for (const n of shape) found = found.flatMap((index) => Array.from({ length: n }, (_, i) => [...index, i]));
  return found;
}

/** What `value` gives at every index, rounded to `dtype`. */
export function makeGrid(dtype: DType, shape: Shape, value: (index: Index) => number): Grid {
  return { dtype, shape, data: everyIndex(shape).map((index) => roundedTo(dtype, value(index))) };
}

/** The number at `index`. */
export const at = (x: Grid, index: Index): number =>
  x.data[index.reduce((position, i, axis) => position * x.shape[axis] + i, 0)];

export const toGrid = ({ dtype, shape, data }: Tensor): Grid => ({
  dtype,
  shape,
  data: halfOf(dtype) ? Array.from(data, (bits) => numbersOfBits(dtype)[bits]) : Array.from(data),
});

export function toTensor({ dtype, shape, data }: Grid): Tensor {
  const array = allocate(dtype, data.length);
  array.set(halfOf(dtype) ? data.map((value) => bitsOf(dtype, value)) : data);
  return fromTypedArray(array, shape, dtype);
}

export const mapGrid = (x: Grid, f: (value: number) => number): Grid => ({ ...x, data: x.data.map(f) });

/** Grids of one shape joined along a new first axis. */
export const stackGrids = (parts: readonly Grid[]): Grid => ({
  dtype: parts[0].dtype,
  shape: [parts.length, ...parts[0].shape],
  data: parts.flatMap((part) => part.data),
});

/** The distance from 1 to the next float; of those for storage only what is exact is asked for. */
const epsilon = (dtype: DType): number => (dtype === 'f32' ? 2 ** -23 : dtype === 'f64' ? 2 ** -52 : 0);

/** How far a result may be from its oracle: 'bits' not at all, else in units of the last place. */
export type Ulps = number | 'bits';

/** Checks dtype, shape and values of `actual`; `magnitude` is what errors are relative to, if not the value. */
export function expectGrid(actual: Tensor, expected: Grid, ulps: Ulps = 'bits', magnitude = expected): void {
  expect(`${actual.dtype}${showShape(actual.shape)}`).toBe(`${expected.dtype}${showShape(expected.shape)}`);
  expect(holds(actual.data, actual.dtype)).toBe(true);
  const { data } = toGrid(actual);
  expect(data.length).toBe(expected.data.length);
  for (let i = 0; i < data.length; i++) {
    const [a, e] = [data[i], expected.data[i]];
    if (Object.is(a, e) || (ulps !== 'bits' && a === e)) continue;
    const scale = Math.max(Math.abs(e), Math.abs(magnitude.data[i]));
    if (ulps !== 'bits' && Math.abs(a - e) <= ulps * epsilon(actual.dtype) * scale) continue;
    expect.fail(`${a} where ${e} is right, at [${everyIndex(actual.shape)[i]}] of ${expected.dtype}`);
  }
}

/** Checks numbers against numbers: |a − e| ≤ tolerance · (1 + |e|), NaN and infinities in their places. */
export function expectNumbers(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 0): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i], expected[i]];
    if (a === e || (Number.isNaN(a) && Number.isNaN(e))) continue;
    if (!(Math.abs(a - e) <= tolerance * (1 + Math.abs(e)))) expect.fail(`${a} where ${e} is right, at ${i}`);
  }
}

/** Checks dtype, shape and numbers of one tensor against another's. */
export function expectSame(actual: Tensor, expected: Tensor, tolerance = 0): void {
  expect(`${actual.dtype}${showShape(actual.shape)}`).toBe(`${expected.dtype}${showShape(expected.shape)}`);
  expectNumbers(toGrid(actual).data, toGrid(expected).data, tolerance);
}
