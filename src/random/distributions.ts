// Distributions: what a key turns into.
import { prims } from '../graph/index.ts';
import * as arg from '../ops/arguments.ts';
import { add, argmax, argsort, cos, log, maximum, mul, neg, slice, sqrt, sub } from '../ops/index.ts';
import {
  checked,
  type DType,
  DTypeError,
  elementOf,
  isFloat,
  type Shape,
  ShapeError,
  showShape,
  type Tensor,
} from '../tensor/index.ts';
import { bits, split } from './key.ts';

/** `factor` times uniform multiples of 2⁻²⁴ (f32) or 2⁻⁵³ (f64) in [0, 1). */
function unit(k: Tensor, shape: Shape, dtype: DType, factor = 1): Tensor {
  if (!isFloat(dtype)) throw new DTypeError(`random: ${dtype} is not a float dtype; take f32 or f64`);
  if (dtype === 'f32') return mul(prims.cast(bits(k, shape, 24), 'f32'), factor * 2 ** -24);
  const keys = split(k);
  const high = prims.cast(bits(slice(keys, 0), shape, 26), 'f64');
  const low = prims.cast(bits(slice(keys, 1), shape, 27), 'f64');
  return mul(add(mul(high, 2 ** 27), low), factor * 2 ** -53);
}

/** Uniform on [low, high), to within rounding. */
export const uniform = checked(
  'uniform',
  [
    arg.key(),
    arg.shape(),
    arg.optional(arg.finite('low')),
    arg.optional(arg.finite('high')),
    arg.nullable(arg.dtype()),
  ],
  (k: Tensor, shape: Shape, low: number = 0, high: number = 1, dtype: DType = 'f32'): Tensor =>
    add(unit(k, shape, dtype, high - low), low),
);

/** Normal with mean 0 and standard deviation 1 (Box and Muller, 1958). */
export const normal = checked(
  'normal',
  [arg.key(), arg.shape(), arg.nullable(arg.dtype())],
  (k: Tensor, shape: Shape, dtype: DType = 'f32'): Tensor => {
    const keys = split(k);
    const radius = sqrt(mul(log(sub(1, unit(slice(keys, 0), shape, dtype))), -2));
    return mul(radius, cos(mul(unit(slice(keys, 1), shape, dtype), 2 * Math.PI)));
  },
);

const probability = arg.value(
  'p',
  'a number from 0 to 1',
  (given): given is number => typeof given === 'number' && given >= 0 && given <= 1,
);

/** True with probability `p`. */
export const bernoulli = checked(
  'bernoulli',
  [arg.key(), probability, arg.shape()],
  (k: Tensor, p: number, shape: Shape): Tensor =>
    prims.lt(unit(k, shape, 'f32'), prims.full(shape, p, 'f32')),
);

/** Whole numbers, i32, uniform on [low, high); high − low at most 2²⁴. */
export const randint = checked(
  'randint',
  [arg.key(), arg.shape(), arg.number('low'), arg.number('high')],
  (k: Tensor, shape: Shape, low: number, high: number): Tensor => {
    const count = high - low;
    if (!Number.isInteger(low) || !Number.isInteger(high) || count < 1 || count > 2 ** 24)
      throw new RangeError(`randint: [${low}, ${high}) is not a range of 1 to 2^24 whole numbers`);
    elementOf('randint', low, 'i32');
    elementOf('randint', high - 1, 'i32');
    // in f64, so that every value is equally likely to within 2⁻²⁹
    return add(prims.cast(mul(unit(k, shape, 'f64'), count), 'i32'), low);
  },
);

/** The numbers 0 … n − 1 in random order, i32 [n]. */
export const permutation = checked(
  'permutation',
  [arg.key(), arg.size('n')],
  (k: Tensor, n: number): Tensor => argsort(bits(k, [n])),
);

/** One index an entry of `shape`, i32, drawn with probability softmax(logits); logits have shape [n]. */
export const categorical = checked(
  'categorical',
  [arg.key(), arg.tensor('logits'), arg.optional(arg.shape())],
  (k: Tensor, logits: Tensor, shape: Shape = []): Tensor => {
    if (logits.ndim !== 1 || !isFloat(logits.dtype))
      throw new ShapeError(
        `categorical: logits ${logits.dtype}${showShape(logits.shape)} are not a float vector`,
      );
    const u = unit(k, [...shape, logits.shape[0]], logits.dtype);
    const open = maximum(u, logits.dtype === 'f64' ? 2 ** -54 : 2 ** -25); // neither 0 nor 1
    const gumbel = neg(log(neg(log(open))));
    return argmax(add(logits, gumbel), -1);
  },
);
