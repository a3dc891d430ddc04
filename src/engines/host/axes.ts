// Kernels along axes: reductions, scans, sorting, and indexing.
import type { Apply } from '../../graph/index.ts';
import { allocate, leastOf, range, sizeOf, type TypedArray, without } from '../../tensor/index.ts';
import { lostIn, settled } from './panels.ts';
import { contiguous, copy } from './strided.ts';

/** `x` laid out with `axes` innermost, so that each output element owns a run of neighbours. */
function innermost(x: TypedArray, shape: readonly number[], axes: readonly number[]): TypedArray {
  const order = [...without(range(shape.length), axes), ...axes];
  if (order.every((axis, i) => axis === i)) return x;
  const permuted = order.map((axis) => shape[axis]);
  const { strides } = contiguous(x, shape);
  const out = x.slice();
  copy(
    permuted,
    { array: x, offset: 0, strides: order.map((axis) => strides[axis]) },
    contiguous(out, permuted),
  );
  return out;
}

function lowerReduction(
  node: Apply<'sum'> | Apply<'reduceMax'>,
  reduce: (run: TypedArray, start: number, end: number) => number,
): (x: TypedArray) => TypedArray {
  const [{ shape }] = node.inputs;
  const { axes } = node.params;
  const length = sizeOf(axes.map((axis) => shape[axis]));
  return (x) => {
    const runs = innermost(x, shape, axes);
    const out = allocate(node.dtype, node.shape, node.op);
    for (let i = 0; i < out.length; i++) out[i] = reduce(runs, i * length, (i + 1) * length);
    return out;
  };
}

/** By halves, so that the error grows with the logarithm of how many there are; few as four sums side by side. */
function sumFloats(x: TypedArray, start: number, end: number): number {
  if (end - start > 128) {
    const middle = (start + end) >> 1;
    return sumFloats(x, start, middle) + sumFloats(x, middle, end);
  }
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = start;
  for (; i + 3 < end; i += 4) {
    a += x[i];
    b += x[i + 1];
    c += x[i + 2];
    d += x[i + 3];
  }
  for (; i < end; i++) a += x[i];
  return a + b + (c + d);
}

function sumIntegers(x: TypedArray, start: number, end: number): number {
  let sum = 0;
  for (let i = start; i < end; i++) sum = (sum + x[i]) | 0;
  return sum;
}

export const lowerSum = (node: Apply<'sum'>) =>
  lowerReduction(node, node.dtype === 'i32' ? sumIntegers : sumFloats);

export const lowerReduceMax = (node: Apply<'reduceMax'>) =>
  lowerReduction(node, (x, start, end) => {
    let greatest = leastOf(node.dtype);
    for (let i = start; i < end; i++) greatest = Math.max(greatest, x[i]);
    return greatest;
  });

/** Calls `visit` with the first offset of every line of `shape` along `axis`, and the step along it. */
function forEachLine(
  shape: readonly number[],
  axis: number,
  visit: (offset: number, step: number, line: number) => void,
): void {
  const n = shape[axis];
  const step = sizeOf(shape.slice(axis + 1));
  const outer = sizeOf(shape.slice(0, axis));
  for (let i = 0; i < outer; i++) for (let j = 0; j < step; j++) visit(i * n * step + j, step, i * step + j);
}

export function lowerArgMax({ inputs: [{ shape }], params: { axis }, ...node }: Apply<'argMax'>) {
  return (x: TypedArray): TypedArray => {
    const out = new Int32Array(sizeOf(node.shape));
    forEachLine(shape, axis, (offset, step, line) => {
      let best = 0;
      for (let i = 1; i < shape[axis]; i++) {
        const greatest = x[offset + best * step];
        const value = x[offset + i * step];
        if (value > greatest || (Number.isNaN(value) && !Number.isNaN(greatest))) best = i;
      }
      out[line] = best;
    });
    return out;
  };
}

export function lowerCumSum({ dtype, shape, params: { axis } }: Apply<'cumSum'>) {
  return (x: TypedArray): TypedArray => {
    const out = allocate(dtype, x.length);
    forEachLine(shape, axis, (offset, step) => {
      let sum = 0;
      let lost = 0;
      for (let i = 0; i < shape[axis]; i++) {
        const value = x[offset + i * step];
        lost += lostIn(sum, value);
        sum += value;
        if (dtype === 'i32') sum |= 0;
        out[offset + i * step] = settled(sum, lost);
      }
    });
    return out;
  };
}

const compare = (a: number, b: number): number => {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a - b || 0;
};

export function lowerArgSort({ shape, params: { axis } }: Apply<'argSort'>) {
  return (x: TypedArray): TypedArray => {
    const out = new Int32Array(x.length);
    forEachLine(shape, axis, (offset, step) => {
      const line = Float64Array.from({ length: shape[axis] }, (_, i) => x[offset + i * step]);
      const order = Int32Array.from(line.keys()).sort((i, j) => compare(line[i], line[j]) || i - j);
      for (let i = 0; i < order.length; i++) out[offset + i * step] = order[i];
    });
    return out;
  };
}

/**
 * Visits every pair of runs of `length` neighbours that an index connects, by their offsets in the whole
 * and in the picked array; indices outside connect nothing.
 */
function forEachPick(
  node: Apply<'gather'> | Apply<'scatterAdd'> | Apply<'scatter'>,
  whole: readonly number[],
  indices: TypedArray,
  visit: (inWhole: number, inPicked: number, length: number) => void,
): void {
  const { axis, batch } = node.params;
  const n = whole[axis];
  const length = sizeOf(whole.slice(axis + 1));
  const pre = sizeOf(whole.slice(batch, axis));
  const picks = sizeOf(node.inputs[1].shape.slice(batch));
  for (let line = 0; line < sizeOf(whole.slice(0, axis)); line++)
    for (let k = 0; k < picks; k++) {
      const index = indices[Math.floor(line / pre) * picks + k];
      if (index >= 0 && index < n) visit((line * n + index) * length, (line * picks + k) * length, length);
    }
}

export function lowerGather(node: Apply<'gather'>) {
  return (x: TypedArray, indices: TypedArray): TypedArray => {
    const out = allocate(node.dtype, node.shape, node.op);
    forEachPick(node, node.inputs[0].shape, indices, (from, to, length) => {
      for (let i = 0; i < length; i++) out[to + i] = x[from + i];
    });
    return out;
  };
}

export function lowerScatterAdd(node: Apply<'scatterAdd'>) {
  return (updates: TypedArray, indices: TypedArray): TypedArray => {
    const out = allocate(node.dtype, node.shape, node.op);
    if (node.dtype === 'i32') {
      forEachPick(node, node.shape, indices, (to, from, length) => {
        for (let i = 0; i < length; i++) out[to + i] += updates[from + i];
      });
      return out;
    }
    const [sums, lost] = [0, 1].map(() => allocate('f64', node.shape, node.op));
    forEachPick(node, node.shape, indices, (to, from, length) => {
      for (let i = 0; i < length; i++) {
        lost[to + i] += lostIn(sums[to + i], updates[from + i]);
        sums[to + i] += updates[from + i];
      }
    });
    forEachPick(node, node.shape, indices, (to, _, length) => {
      for (let i = to; i < to + length; i++) out[i] = settled(sums[i], lost[i]);
    });
    return out;
  };
}

const merges = {
  add: (a: number, b: number) => a + b,
  max: Math.max,
  min: Math.min,
};

export function lowerScatter(node: Apply<'scatter'>) {
  const { by } = node.params;
  const merge = by === 'set' ? (_: number, update: number) => update : merges[by];
  return (x: TypedArray, indices: TypedArray, updates: TypedArray): TypedArray => {
    const out = x.slice();
    forEachPick(node, node.shape, indices, (to, from, length) => {
      for (let i = 0; i < length; i++) out[to + i] = merge(out[to + i], updates[from + i]);
    });
    return out;
  };
}
