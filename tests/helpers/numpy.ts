// NumPy's rules, written down naively: broadcasting, promotion, reduction, slices. Oracles of `ops`.
import { type DType, type Shape, without } from '../../src/tensor/index.ts';
import { at, everyIndex, type Grid, type Index, makeGrid } from './grids.ts';

/** The shape that `shapes` broadcast to, which they do. */
export function commonShape(...shapes: Shape[]): number[] {
  const ndim = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: ndim }, (_, i) => {
    const sizes = shapes
      .map((shape) => shape.at(i - ndim) ?? 1)
      .filter((_, k) => i - ndim + shapes[k].length >= 0);
    return sizes.find((n) => n !== 1) ?? 1;
  });
}

/** The element of `x` that stands at `index` of the shape it is broadcast to. */
export const spreadAt = (x: Grid, index: Index): number =>
  at(
    x,
    x.shape.map((n, i) => (n === 1 ? 0 : index[index.length - x.shape.length + i])),
  );

/** `x` broadcast to `shape`, in `dtype`. */
export const spread = (x: Grid, shape: Shape, dtype: DType = x.dtype): Grid =>
  makeGrid(dtype, shape, (index) => spreadAt(x, index));

/** Dtypes from the lowest to the highest; of two beside each other neither holds the other. */
const levels: readonly (readonly DType[])[] = [
  ['bool'],
  ['u8', 'i8'],
  ['i32'],
  ['f16', 'bf16'],
  ['f32'],
  ['f64'],
];

/** What dtypes meet at: the highest of them, or what is above where two stand beside each other. */
export function highest(...kinds: DType[]): DType {
  const levelOf = (kind: DType): number => levels.findIndex((level) => level.includes(kind));
  const most = Math.max(...kinds.map(levelOf));
  const there = new Set(kinds.filter((kind) => levelOf(kind) === most));
  return there.size === 1 ? [...there][0] : levels[most + 1][0];
}

/** What arithmetic on what they meet at is done in. */
export function computing(...kinds: DType[]): DType {
  const dtype = highest(...kinds);
  if (dtype === 'u8' || dtype === 'i8') return 'i32';
  return dtype === 'f16' || dtype === 'bf16' ? 'f32' : dtype;
}

/** Reduces the numbers over `axes` (all without), in row-major order, by `f`. */
export function reduceBy(
  x: Grid,
  axes: readonly number[] | undefined,
  keepdims: boolean,
  dtype: DType,
  f: (numbers: number[]) => number,
): Grid {
  const ndim = x.shape.length;
  const gone = (axes ?? x.shape.map((_, i) => i)).map((axis) => (axis < 0 ? axis + ndim : axis));
  const runs = new Map<string, number[]>();
  for (const index of everyIndex(x.shape)) {
    const key = String(without(index, gone));
    runs.set(key, [...(runs.get(key) ?? []), at(x, index)]);
  }
  const shape = keepdims ? x.shape.map((n, i) => (gone.includes(i) ? 1 : n)) : without(x.shape, gone);
  return makeGrid(dtype, shape, (index) =>
    f(runs.get(String(keepdims ? without(index, gone) : index)) ?? []),
  );
}

/** The positions that 'start:stop:step' picks from `n`, by the algorithm of Python's slice.indices. */
export function slicePositions(text: string, n: number): number[] {
  const [start, stop, step = 1] = text.split(':').map((part) => (part === '' ? undefined : Number(part)));
  const clamp = (i: number): number => {
    const fromStart = i < 0 ? i + n : i;
    if (fromStart < 0) return step < 0 ? -1 : 0;
    if (fromStart >= n) return step < 0 ? n - 1 : n;
    return fromStart;
  };
  const first = start === undefined ? (step < 0 ? n - 1 : 0) : clamp(start);
  const last = stop === undefined ? (step < 0 ? -1 : n) : clamp(stop);
  const found: number[] = [];
  for (let i = first; step < 0 ? i > last : i < last; i += step) found.push(i);
  return found;
}
