// The primitives as functions on tensors. Exact about shapes and dtypes: `ops` has the friendly ones.
import {
  allocate,
  type DType,
  HostStorage,
  range,
  type Shape,
  sameShape,
  setPart,
  storedAs,
  Tensor,
} from '../tensor/index.ts';
import { bind } from './eager.ts';
import type { Params } from './primitives.ts';
import { inferShapes } from './shapes.ts';
import { isTracing } from './trace.ts';

export const neg = (x: Tensor) => bind('neg', {}, x);
export const abs = (x: Tensor) => bind('abs', {}, x);
export const floor = (x: Tensor) => bind('floor', {}, x);
export const exp = (x: Tensor) => bind('exp', {}, x);
export const expm1 = (x: Tensor) => bind('expm1', {}, x);
export const log = (x: Tensor) => bind('log', {}, x);
export const log1p = (x: Tensor) => bind('log1p', {}, x);
export const sqrt = (x: Tensor) => bind('sqrt', {}, x);
export const sin = (x: Tensor) => bind('sin', {}, x);
export const cos = (x: Tensor) => bind('cos', {}, x);
export const tanh = (x: Tensor) => bind('tanh', {}, x);
export const erf = (x: Tensor) => bind('erf', {}, x);
export const erfc = (x: Tensor) => bind('erfc', {}, x);
export const cast = (x: Tensor, dtype: DType) => (x.dtype === dtype ? x : bind('cast', { dtype }, x));
export const stopGradient = (x: Tensor) => bind('stopGradient', {}, x);
export const add = (x: Tensor, y: Tensor) => bind('add', {}, x, y);
export const sub = (x: Tensor, y: Tensor) => bind('sub', {}, x, y);
export const mul = (x: Tensor, y: Tensor) => bind('mul', {}, x, y);
export const div = (x: Tensor, y: Tensor) => bind('div', {}, x, y);
export const mod = (x: Tensor, y: Tensor) => bind('mod', {}, x, y);
export const pow = (x: Tensor, y: Tensor) => bind('pow', {}, x, y);
export const max = (x: Tensor, y: Tensor) => bind('max', {}, x, y);
export const min = (x: Tensor, y: Tensor) => bind('min', {}, x, y);
export const eq = (x: Tensor, y: Tensor) => bind('eq', {}, x, y);
export const lt = (x: Tensor, y: Tensor) => bind('lt', {}, x, y);
export const select = (condition: Tensor, yes: Tensor, no: Tensor) => bind('select', {}, condition, yes, no);
/** Outside a trace the value is an input, so that each new one needs no program of its own. */
export function full(shape: Shape, value: number, dtype: DType): Tensor {
  const params = { value, shape, dtype };
  if (isTracing()) return bind('full', params);
  inferShapes('full', [], params); // throws where it is no element
  return broadcast(
    new Tensor(dtype, [], new HostStorage(allocate(dtype, 1).fill(storedAs(dtype, value)))),
    shape,
    [],
  );
}
export const iota = (shape: Shape, axis: number, dtype: DType) => bind('iota', { shape, axis, dtype });
export const randomBits = (key: Tensor, shape: Shape, width: number) =>
  bind('randomBits', { shape, width }, key);
export const sum = (x: Tensor, axes: readonly number[]) => (axes.length ? bind('sum', { axes }, x) : x);
export const reduceMax = (x: Tensor, axes: readonly number[]) =>
  axes.length ? bind('reduceMax', { axes }, x) : x;
export const argMax = (x: Tensor, axis: number) => bind('argMax', { axis }, x);
export const cumSum = (x: Tensor, axis: number) => bind('cumSum', { axis }, x);
export const argSort = (x: Tensor, axis: number) => bind('argSort', { axis }, x);

export const reshape = (x: Tensor, shape: Shape) =>
  sameShape(x.shape, shape) ? x : bind('reshape', { shape }, x);
export const transpose = (x: Tensor, perm: readonly number[]) =>
  perm.every((axis, i) => axis === i) && perm.length === x.ndim ? x : bind('transpose', { perm }, x);
export const broadcast = (x: Tensor, shape: Shape, axes: readonly number[]) =>
  sameShape(x.shape, shape) ? x : bind('broadcast', { shape, axes }, x);
export const slice = (x: Tensor, params: Params['slice']) => bind('slice', params, x);
export const pad = (x: Tensor, params: Params['pad']) => bind('pad', params, x);
export const flip = (x: Tensor, axes: readonly number[]) => bind('flip', { axes }, x);

/** Operands that one application takes at most: an element is looked for among them, and kernels name each. */
const mostOperands = 32;

/** Of many operands, a concatenation of concatenations. */
export function concat(xs: readonly Tensor[], axis: number): Tensor {
  if (xs.length <= mostOperands) return bind('concat', { axis }, ...xs);
  const parts = Math.ceil(xs.length / mostOperands);
  return concat(
    range(parts).map((i) => concat(xs.slice(i * mostOperands, (i + 1) * mostOperands), axis)),
    axis,
  );
}

export const gather = (x: Tensor, indices: Tensor, params: Params['gather']) =>
  bind('gather', params, x, indices);
export const scatterAdd = (updates: Tensor, indices: Tensor, params: Params['scatterAdd']) =>
  bind('scatterAdd', params, updates, indices);
export const scatter = (x: Tensor, indices: Tensor, updates: Tensor, params: Params['scatter']) =>
  bind('scatter', params, x, indices, updates);
export const dynamicSlice = (x: Tensor, starts: Tensor, params: Params['dynamicSlice']) =>
  bind('dynamicSlice', params, x, starts);
export const dynamicUpdate = (x: Tensor, update: Tensor, starts: Tensor) =>
  bind('dynamicUpdate', {}, x, update, starts);
export const dot = (x: Tensor, y: Tensor, params: Params['dot']) => bind('dot', params, x, y);
export const conv = (x: Tensor, y: Tensor, params: Params['conv']) => bind('conv', params, x, y);

setPart((x, i) => {
  const [, ...rest] = x.shape;
  const none = rest.map(() => 0);
  const part = slice(x, { start: [i, ...none], stop: [i + 1, ...rest], step: x.shape.map(() => 1) });
  return reshape(part, rest);
});
