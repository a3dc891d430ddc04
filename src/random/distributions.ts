// Distributions: what a key turns into.
import { prims } from '../graph/index.ts';
import * as arg from '../ops/arguments.ts';
import {
  add,
  argmax,
  argsort,
  clip,
  cos,
  log,
  log1p,
  maximum,
  moveaxis,
  mul,
  neg,
  reshape,
  slice,
  sqrt,
  sub,
  type TensorLike,
  take,
  tensor,
  zeros,
} from '../ops/index.ts';
import {
  broadcastShapes,
  checked,
  checkShape,
  computeDType,
  type DType,
  DTypeError,
  elementOf,
  isFloat,
  isStorage,
  normalizeAxis,
  numbersOf,
  type Param,
  type Shape,
  ShapeError,
  sameShape,
  showShape,
  sizeOf,
  Tensor,
  toFloat,
} from '../tensor/index.ts';
import { bits, split } from './key.ts';
import { normalCdf, normalQuantile } from './quantile.ts';

/** `factor` times uniform multiples of 2⁻²⁴ (f32) or 2⁻⁵³ (f64) in [0, 1). */
function unit(k: Tensor, shape: Shape, dtype: DType, factor = 1): Tensor {
  if (!isFloat(dtype) || isStorage(dtype))
    throw new DTypeError(
      `random: ${dtype} is no dtype to draw in; take f32 or f64, and astype(x, '${dtype}') of it`,
    );
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
  (given): given is number => arg.isNumber(given) && given >= 0 && given <= 1,
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

/** Uniform on (0, 1). */
const openUnit = (k: Tensor, shape: Shape, dtype: DType): Tensor =>
  maximum(unit(k, shape, dtype), dtype === 'f64' ? 2 ** -54 : 2 ** -25);

/** Standard Gumbel: −log(−log u). Added to logits, it is greatest at each with its softmax's probability. */
export const gumbel = checked(
  'gumbel',
  [arg.key(), arg.shape(), arg.nullable(arg.dtype())],
  (k: Tensor, shape: Shape, dtype: DType = 'f32'): Tensor => neg(log(neg(log(openUnit(k, shape, dtype))))),
);

/** Exponential with mean 1: −log(1 − u). */
export const exponential = checked(
  'exponential',
  [arg.key(), arg.shape(), arg.nullable(arg.dtype())],
  (k: Tensor, shape: Shape, dtype: DType = 'f32'): Tensor => neg(log1p(neg(unit(k, shape, dtype)))),
);

/**
 * Normal with mean 0 and standard deviation 1, given that it lies in [low, high], from −2 to 2 by default: the inverse of the
 * distribution function at uniform numbers. Throws RangeError unless low < high, and where both are more than 12 to one side.
 */
export const truncatedNormal = checked(
  'truncatedNormal',
  [
    arg.key(),
    arg.shape(),
    arg.optional(arg.number('low')),
    arg.optional(arg.number('high')),
    arg.nullable(arg.dtype()),
  ],
  (k: Tensor, shape: Shape, low: number = -2, high: number = 2, dtype: DType = 'f32'): Tensor => {
    if (!(low < high) || low > 12 || high < -12)
      throw new RangeError(
        `truncatedNormal: [${low}, ${high}] is no range to draw from; give low < high, with part of it between -12 and 12`,
      );
    // probabilities near 0 are finer than near 1
    const [from, to] = low > 0 ? [-high, -low] : [low, high];
    const [below, above] = [from, to].map((x) => prims.cast(normalCdf(prims.full([], x, 'f64')), dtype));
    const p = add(mul(openUnit(k, shape, dtype), sub(above, below)), below);
    const x = clip(normalQuantile(p), from, to);
    return low > 0 ? neg(x) : x;
  },
);

/**
 * Indices along `axis` of the logits, i32, drawn with probability softmax(logits): one for each of the other axes of
 * the logits, or where `shape` is given one an entry of it, to which those axes broadcast.
 */
export const categorical = checked(
  'categorical',
  [arg.key(), arg.tensor('logits'), arg.nullable(arg.shape()), arg.optional(arg.axis())],
  (k: Tensor, logits: Tensor, shape?: Shape, axis: number = -1): Tensor => {
    const lines = moveaxis(logits, normalizeAxis('categorical', axis, logits.ndim), -1);
    const [batch, n] = [lines.shape.slice(0, -1), lines.shape[lines.ndim - 1]];
    const drawn = shape ?? batch;
    if (!sameShape(broadcastShapes('categorical', batch, drawn), drawn))
      throw new ShapeError(
        `categorical: shape ${showShape(drawn)} is none that ${showShape(batch)}, the other axes of the logits, broadcasts to`,
      );
    return argmax(add(lines, gumbel(k, [...drawn, n], computeDType(toFloat(logits.dtype)))), -1);
  },
);

export interface ChoiceOptions {
  /** Whether an entry can be drawn again; true by default. */
  readonly replace?: boolean;
  /** What each entry's probability is proportional to, [n]: numbers ≥ 0; all the same by default. */
  readonly p?: Tensor | readonly number[];
  /** The axis along which entries are drawn; 0 by default. */
  readonly axis?: number;
}

/** log `p`, for [n] weights that are checked where they are known. */
function logitsOf(p: Tensor | readonly number[], n: number, atLeast: number): Tensor {
  const weights = p instanceof Tensor ? p : tensor(p);
  if (!sameShape(weights.shape, [n]))
    throw new ShapeError(`choice: p is ${showShape(weights.shape)} for ${n} entries; it must be [${n}]`);
  if (weights.storage.traced) return log(weights);
  const values = Array.from(numbersOf(weights.dtype, weights.data));
  const wrong = values.find((value) => !(value >= 0 && value < Infinity));
  if (wrong !== undefined) throw new RangeError(`choice: p holds ${wrong}; probabilities are numbers ≥ 0`);
  const possible = values.filter((value) => value > 0).length;
  if (possible < atLeast)
    throw new RangeError(`choice: ${atLeast} different entries asked for, but p is above 0 for ${possible}`);
  return log(weights);
}

const from: Param<TensorLike, number | Tensor> = {
  ...arg.tensor('from'),
  read: (given, op) => (arg.isNumber(given) ? given : arg.tensor('from').read(given, op)),
};
const choiceOptions = arg.options<ChoiceOptions>({
  replace: (name) => arg.optional(arg.boolean(name)),
  p: (name) => arg.optional(arg.tensor(name)),
  axis: (name) => arg.optional(arg.whole(name)),
});

/**
 * Entries drawn from 0 … n − 1, i32, or from those of a tensor along an axis, which `shape` replaces in the result.
 * Throws RangeError where there are too few to draw from, or where p is known and holds what is no probability.
 */
export const choice = checked(
  'choice',
  [arg.key(), from, arg.optional(arg.shape()), arg.optional(choiceOptions)],
  (
    k: Tensor,
    from: number | Tensor,
    shape: Shape = [],
    { replace = true, p, axis = 0 }: ChoiceOptions = {},
  ): Tensor => {
    const at = from instanceof Tensor ? normalizeAxis('choice', axis, from.ndim) : 0;
    const n = from instanceof Tensor ? from.shape[at] : from;
    checkShape('choice', [n]);
    const count = sizeOf(checkShape('choice', shape));
    const needed = replace ? Math.min(count, 1) : count;
    if (n < needed)
      throw new RangeError(
        `choice: ${count} entries out of ${n}${replace ? '' : ' without replacement'}; draw fewer, or replace them`,
      );
    const logits = p === undefined ? undefined : logitsOf(p, n, needed);
    const indices = (): Tensor => {
      if (count === 0) return zeros(shape, 'i32');
      if (replace) return logits ? categorical(k, logits, shape) : randint(k, shape, 0, n);
      const order = logits ? argsort(add(logits, gumbel(k, [n], logits.dtype)), -1, true) : permutation(k, n);
      return reshape(slice(order, `:${count}`), shape);
    };
    return from instanceof Tensor ? take(from, indices(), at) : indices();
  },
);
