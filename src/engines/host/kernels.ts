// From a primitive's application to the function that computes it: one row a primitive.
import type { AnyPlain, Apply, PlainOp } from '../../graph/index.ts';
import {
  allocate,
  type DType,
  halfOf,
  isFloat,
  isInteger,
  numbersOf,
  sizeOf,
  storedAs,
  stridesOf,
  type TypedArray,
  truncated,
} from '../../tensor/index.ts';
import {
  lowerArgMax,
  lowerArgSort,
  lowerCumSum,
  lowerGather,
  lowerReduceMax,
  lowerScatter,
  lowerScatterAdd,
  lowerSum,
} from './axes.ts';
import { lowerContraction, multiplyPanels } from './contraction.ts';
import { lowerDynamicSlice, lowerDynamicUpdate } from './dynamic.ts';
import { type Binary, binary, integer, type Unary, unary } from './elementwise.ts';
import { contiguous, copy, type View } from './strided.ts';
import { randomBits } from './threefry.ts';

/** Arrays of the inputs to an array of the output. Inputs are never written, and may be given back. */
export type Kernel = (...inputs: TypedArray[]) => TypedArray;

type Lowering<K extends PlainOp> = (node: Apply<K>) => Kernel;

const output = (node: Apply): TypedArray => allocate(node.dtype, node.shape, node.op);

const map1 =
  <K extends PlainOp>(kernel: Unary): Lowering<K> =>
  (node) =>
  (x) => {
    const out = output(node);
    kernel(out, x);
    return out;
  };

const map2 =
  <K extends PlainOp>(kernel: Binary, onIntegers: Binary = kernel): Lowering<K> =>
  (node) => {
    const chosen = node.inputs[0].dtype === 'i32' ? onIntegers : kernel;
    return (x, y) => {
      const out = output(node);
      chosen(out, x, y);
      return out;
    };
  };

/** A movement of the input: where in it each element of the output comes from. */
const view =
  <K extends PlainOp>(of: (node: Apply<K>, strides: number[]) => Omit<View, 'array'>): Lowering<K> =>
  (node) => {
    const source = of(node, stridesOf(node.inputs[0].shape));
    return (x) => {
      const out = output(node);
      copy(node.shape, { array: x, ...source }, contiguous(out, node.shape));
      return out;
    };
  };

const same: Kernel = (x) => x;

/** What makes numbers of `from` what an array of `to` takes; null where it takes them as they are. */
function conversion(from: DType, to: DType): ((value: number) => number) | null {
  if (to === 'bool') return (value) => Number(value !== 0);
  if (isInteger(to) && isFloat(from)) return (value) => truncated(value, to);
  return halfOf(to)?.encode ?? null;
}

const repeated = view<'broadcast'>(({ params: { shape, axes } }, strides) => ({
  offset: 0,
  strides: shape.map((_, axis) => (axes.includes(axis) ? strides[axes.indexOf(axis)] : 0)),
}));

const total = (terms: readonly number[]): number => terms.reduce((sum, term) => sum + term, 0);

/** A kernel for each function on arrays in `table`. */
function each<K extends string, F>(
  table: { readonly [P in K]: F },
  map: (f: F, op: K) => Lowering<PlainOp>,
): { readonly [P in K]: Lowering<PlainOp> } {
  const rows = Object.entries<F>(table).map(([op, f]) => [op, map(f, op as K)]);
  return Object.fromEntries(rows) as { readonly [P in K]: Lowering<PlainOp> };
}

const onIntegers: Partial<Record<PlainOp, Binary>> = integer;

const contraction = lowerContraction(multiplyPanels);

const kernels: { readonly [K in PlainOp]: Lowering<K> } = {
  ...each(unary, (f) => map1(f)),
  ...each(binary, (f, op) => map2(f, onIntegers[op])),
  cast: ({ dtype, inputs: [from], ...node }) => {
    const convert = conversion(from.dtype, dtype);
    return (x) => {
      const out = allocate(dtype, sizeOf(node.shape));
      const numbers = numbersOf(from.dtype, x);
      if (convert) for (let i = 0; i < out.length; i++) out[i] = convert(numbers[i]);
      else out.set(numbers);
      return out;
    };
  },
  stopGradient: () => same,
  select: (node) => (condition, yes, no) => {
    const out = output(node);
    for (let i = 0; i < out.length; i++) out[i] = condition[i] ? yes[i] : no[i];
    return out;
  },
  full: (node) => () => output(node).fill(storedAs(node.dtype, node.params.value)),
  iota: (node) => () => {
    const { shape, axis } = node.params;
    const counts = Float64Array.from({ length: shape[axis] }, (_, i) => i);
    const out = output(node);
    const strides = shape.map((_, i) => Number(i === axis));
    copy(shape, { array: counts, offset: 0, strides }, contiguous(out, shape));
    return out;
  },
  randomBits:
    ({ params: { shape, width } }) =>
    (keys) =>
      randomBits(keys as Int32Array, sizeOf(shape), width),
  sum: lowerSum,
  reduceMax: lowerReduceMax,
  argMax: lowerArgMax,
  cumSum: lowerCumSum,
  argSort: lowerArgSort,
  reshape: () => same,
  transpose: view(({ params: { perm } }, strides) => ({
    offset: 0,
    strides: perm.map((axis) => strides[axis]),
  })),
  broadcast: (node) => (sizeOf(node.inputs[0].shape) === 1 ? ([x]) => output(node).fill(x) : repeated(node)),
  slice: view(({ params: { start, step } }, strides) => ({
    offset: total(start.map((at, axis) => at * strides[axis])),
    strides: step.map((n, axis) => n * strides[axis]),
  })),
  flip: view(({ params: { axes }, shape }, strides) => ({
    offset: total(axes.map((axis) => (shape[axis] - 1) * strides[axis])),
    strides: strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride)),
  })),
  pad: (node) => {
    const { low, interior } = node.params;
    const [{ shape }] = node.inputs;
    const strides = stridesOf(node.shape);
    const offset = total(low.map((n, axis) => n * strides[axis]));
    const spread = strides.map((stride, axis) => stride * (interior[axis] + 1));
    return (x) => {
      const out = output(node);
      copy(shape, contiguous(x, shape), { array: out, offset, strides: spread });
      return out;
    };
  },
  concat: (node) => {
    const { axis } = node.params;
    const strides = stridesOf(node.shape);
    return (...parts) => {
      const out = output(node);
      let begin = 0;
      node.inputs.forEach(({ shape }, i) => {
        copy(shape, contiguous(parts[i], shape), { array: out, offset: begin * strides[axis], strides });
        begin += shape[axis];
      });
      return out;
    };
  },
  gather: lowerGather,
  scatterAdd: lowerScatterAdd,
  scatter: lowerScatter,
  dynamicSlice: lowerDynamicSlice,
  dynamicUpdate: lowerDynamicUpdate,
  dot: contraction,
  conv: contraction,
};

function applyLowering<K extends PlainOp>(node: Apply<K>): Kernel {
  const lowering: Lowering<K> = kernels[node.op];
  return lowering(node);
}

/** The kernel of `node`. */
export const lower = (node: AnyPlain): Kernel => applyLowering<PlainOp>(node);
