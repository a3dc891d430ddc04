// Making tensors: from values, filled, counted.
import { prims } from '../graph/index.ts';
import {
  checked,
  checkShape,
  computeDType,
  type DType,
  DTypeError,
  elementOf,
  fromTypedArray,
  isFloat,
  isInteger,
  type Shape,
  ShapeError,
  type Tensor,
  toNumber,
} from '../tensor/index.ts';
import * as arg from './arguments.ts';
import { fromValues } from './values.ts';

/**
 * A tensor of `values`, copied: a number, a typed array, or arrays of these, whose nesting gives the shape. Numbers
 * make i32 where all of them are whole and i32 holds them, else f32; booleans make bool, typed arrays what holds them
 * (a Uint8Array u8, an Int16Array i32), unless `dtype` says otherwise. A tensor is itself. Throws RangeError for a
 * number that the dtype does not hold.
 */
export const tensor = checked('tensor', [arg.values(), arg.nullable(arg.dtype())], fromValues);

/** The same numbers in memory of their own, for what `x` is to outlive being donated. Inside a trace it is `x`. */
export const copy = checked(
  'copy',
  [arg.tensor('x')],
  (x: Tensor): Tensor => (x.storage.traced ? x : fromTypedArray(x.data.slice(), x.shape, x.dtype)),
);

const sized = [arg.shape(), arg.nullable(arg.dtype())] as const;
const filled = (shape: Shape, value: number, dtype: DType = 'f32'): Tensor =>
  prims.full(shape, elementOf('full', value, dtype), dtype);

/** `value` everywhere, without its fraction in an integer dtype. Throws RangeError where that does not hold it. */
export const full = checked('full', [arg.shape(), arg.element('value'), arg.nullable(arg.dtype())], filled);
export const zeros = checked(
  'zeros',
  sized,
  (shape: Shape, dtype?: DType): Tensor => filled(shape, 0, dtype),
);
export const ones = checked('ones', sized, (shape: Shape, dtype?: DType): Tensor => filled(shape, 1, dtype));
export const zerosLike = checked(
  'zerosLike',
  [arg.tensor('x')],
  (x: Tensor): Tensor => filled(x.shape, 0, x.dtype),
);
export const onesLike = checked(
  'onesLike',
  [arg.tensor('x')],
  (x: Tensor): Tensor => filled(x.shape, 1, x.dtype),
);

/**
 * start, start + step, … up to but without `stop`; `arange(n)` counts from 0. i32 where all are whole.
 * Throws RangeError where i32 does not hold each of them.
 */
export const arange = checked(
  'arange',
  [
    arg.number('start'),
    arg.nullable(arg.number('stop')),
    arg.optional(arg.number('step')),
    arg.nullable(arg.dtype()),
  ],
  (start: number, stop?: number, step: number = 1, dtype?: DType): Tensor => {
    const [from, to] = stop === undefined ? [0, start] : [start, stop];
    if (step === 0 || ![from, to, step].every(Number.isFinite))
      throw new ShapeError(`arange: from ${from} to ${to} by ${step} never ends`);
    const kind = dtype ?? ([from, to, step].every(Number.isInteger) ? 'i32' : 'f32');
    const counts = toNumber(kind);
    const n = Math.max(0, Math.ceil((to - from) / step));
    checkShape('arange', [n]);
    if (isInteger(kind)) {
      if (n > 0 && !(Number.isInteger(from) && Number.isInteger(step)))
        throw new RangeError(`arange: from ${from} by ${step} is not whole, as ${kind} is; take f32 or f64`);
      for (const end of [from, from + (n - 1) * step].slice(0, n)) elementOf('arange', end, kind);
    }
    // where i32 holds all elements but not the step, they wrap around twice
    const [first, by] = counts === 'i32' ? [from | 0, step | 0] : [from, step];
    const count = prims.iota([n], 0, counts);
    const numbers = prims.add(prims.mul(count, filled([n], by, counts)), filled([n], first, counts));
    return prims.cast(numbers, kind);
  },
);

/** `n` evenly spaced numbers from `start` to `stop`, both included. */
export const linspace = checked(
  'linspace',
  [arg.finite('start'), arg.finite('stop'), arg.size('n'), arg.nullable(arg.dtype())],
  (start: number, stop: number, n: number, dtype: DType = 'f32'): Tensor => {
    checkShape('linspace', [n]);
    if (!isFloat(dtype)) throw new DTypeError(`linspace: ${dtype} is not a float dtype; take f32 or f64`);
    const step = n > 1 ? (stop - start) / (n - 1) : 0;
    const counts = computeDType(dtype);
    const count = prims.iota([n], 0, counts);
    const rising = prims.add(prims.mul(count, filled([n], step, counts)), filled([n], start, counts));
    const last = prims.eq(count, filled([n], n - 1, counts));
    // exact at the end
    return prims.cast(n > 1 ? prims.select(last, filled([n], stop, counts), rising) : rising, dtype);
  },
);

/** Ones on the diagonal of [n, m], zeros elsewhere. */
export const eye = checked(
  'eye',
  [arg.size('n'), arg.nullable(arg.size('m')), arg.nullable(arg.dtype())],
  (n: number, m: number = n, dtype: DType = 'f32'): Tensor => {
    const shape = checkShape('eye', [n, m]);
    return prims.cast(prims.eq(prims.iota(shape, 0, 'i32'), prims.iota(shape, 1, 'i32')), dtype);
  },
);
