// Making tensors: from values, filled, counted.
import { prims } from '../graph/index.ts';
import {
  checkDType,
  checkShape,
  type DType,
  DTypeError,
  elementOf,
  fromNested,
  fromTypedArray,
  isFloat,
  type Nested,
  type Shape,
  ShapeError,
  type Tensor,
} from '../tensor/index.ts';

/**
 * A tensor of `values`, copied: a number, a typed array, or arrays of these, whose nesting gives the shape. Numbers
 * make f32, booleans and bytes (≠ 0) make bool, other typed arrays what holds them (whole numbers i32), unless `dtype`
 * says otherwise. Throws RangeError for a number that the dtype does not hold.
 */
export const tensor = (values: Nested, dtype?: DType): Tensor =>
  fromNested(values, dtype === undefined ? undefined : checkDType(dtype));

/** The same numbers in memory of their own, for what `x` is to outlive being donated. Inside a trace it is `x`. */
export const copy = (x: Tensor): Tensor =>
  x.storage.traced ? x : fromTypedArray(x.data.slice(), x.shape, x.dtype);

/** `value` everywhere, without its fraction in i32. Throws RangeError where i32 does not hold it. */
export const full = (shape: Shape, value: number, dtype: DType = 'f32'): Tensor =>
  prims.full(checkShape('full', shape), elementOf('full', value, checkDType(dtype)), dtype);

export const zeros = (shape: Shape, dtype: DType = 'f32'): Tensor => full(shape, 0, dtype);
export const ones = (shape: Shape, dtype: DType = 'f32'): Tensor => full(shape, 1, dtype);
export const zerosLike = (x: Tensor): Tensor => zeros(x.shape, x.dtype);
export const onesLike = (x: Tensor): Tensor => ones(x.shape, x.dtype);

/**
 * start, start + step, … up to but without `stop`; `arange(n)` counts from 0. i32 where all are whole.
 * Throws RangeError where i32 does not hold each of them.
 */
export function arange(start: number, stop?: number, step = 1, dtype?: DType): Tensor {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  if (step === 0 || ![from, to, step].every(Number.isFinite))
    throw new ShapeError(`arange: from ${from} to ${to} by ${step} never ends`);
  const kind = dtype ?? ([from, to, step].every(Number.isInteger) ? 'i32' : 'f32');
  const n = Math.max(0, Math.ceil((to - from) / step));
  checkShape('arange', [n]);
  if (kind === 'i32') {
    if (n > 0 && !(Number.isInteger(from) && Number.isInteger(step)))
      throw new RangeError(`arange: from ${from} by ${step} is not whole, as i32 is; take f32 or f64`);
    for (const end of [from, from + (n - 1) * step].slice(0, n)) elementOf('arange', end, kind);
  }
  // where i32 holds all elements but not the step, they wrap around twice
  const [first, by] = kind === 'i32' ? [from | 0, step | 0] : [from, step];
  const count = prims.iota([n], 0, kind);
  return prims.add(prims.mul(count, full([n], by, kind)), full([n], first, kind));
}

/** `n` evenly spaced numbers from `start` to `stop`, both included. */
export function linspace(start: number, stop: number, n: number, dtype: DType = 'f32'): Tensor {
  checkShape('linspace', [n]);
  if (!isFloat(dtype)) throw new DTypeError(`linspace: ${dtype} is not a float dtype; take f32 or f64`);
  const step = n > 1 ? (stop - start) / (n - 1) : 0;
  const count = prims.iota([n], 0, dtype);
  const rising = prims.add(prims.mul(count, full([n], step, dtype)), full([n], start, dtype));
  const last = prims.eq(count, full([n], n - 1, dtype));
  return n > 1 ? prims.select(last, full([n], stop, dtype), rising) : rising; // exact at the end
}

/** Ones on the diagonal of [n, m], zeros elsewhere. */
export function eye(n: number, m: number = n, dtype: DType = 'f32'): Tensor {
  const shape = checkShape('eye', [n, m]);
  return prims.cast(prims.eq(prims.iota(shape, 0, 'i32'), prims.iota(shape, 1, 'i32')), dtype);
}
