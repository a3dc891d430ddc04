// From a primitive's application to TensorFlow.js: one row a primitive, or why the host computes it instead.
import { type AnyPlain, type Apply, type PlainOp, summedOver } from '../../graph/index.ts';
import { allocate, isFloat, sizeOf, type TypedArray } from '../../tensor/index.ts';
import { lowerConv, lowerDot, unfoldedShape } from './dot.ts';
import type { Tf, TfTensor } from './load.ts';
import { onDevice, tfDType } from './memory.ts';
import { lowerGather, lowerScatterAdd } from './picks.ts';
import { broadcastThin, common, thicken, withoutLeadingOnes } from './thin.ts';
import type { Value } from './values.ts';

/** The output, perhaps thin. What else a kernel makes is freed after it. */
type Run = (...inputs: Pick<Value, 'tensor' | 'array'>[]) => TfTensor;

export type Lowered =
  | { readonly where: 'tfjs'; readonly run: Run }
  | { readonly where: 'host'; readonly why: string };

type Lowering<K extends PlainOp> = (node: Apply<K>, tf: Tf) => Lowered;

const host = (why: string): Lowered => ({ where: 'host', why });
const onHost =
  <K extends PlainOp>(why: string): Lowering<K> =>
  () =>
    host(why);
const device = (run: Run): Lowered => ({ where: 'tfjs', run });

const highestRank = 6;
const tooManyAxes = 'TensorFlow.js ends at six axes';

const wraps = 'i32 arithmetic wraps around, which TensorFlow.js does not promise';

const inARow = 'TensorFlow.js adds up in f32 one after the other, which loses the more the longer it takes';

/** Whether entries of a product sum over so many that it shows: the pure JavaScript backend adds up blocks of 48. */
const isLong = (node: Apply<'dot'> | Apply<'conv'>): boolean => summedOver(node) > 1024;

/** How many updates may go to one position there. */
const fewUpdates = 16;

/** Elementwise: what is repeated in all inputs is repeated in the output. */
const pointwise =
  <K extends PlainOp>(f: (tf: Tf, ...x: TfTensor[]) => TfTensor): Lowering<K> =>
  (_, tf) =>
    device((...inputs) => f(tf, ...inputs.map((x) => x.tensor())));

/** Elementwise arithmetic of floats; `onBools` where bools are taken. */
const arithmetic =
  <K extends PlainOp>(
    onFloats: (tf: Tf, ...x: TfTensor[]) => TfTensor,
    onBools: (tf: Tf, ...x: TfTensor[]) => TfTensor = onFloats,
  ): Lowering<K> =>
  (node, tf) => {
    const { dtype } = node.inputs[0];
    return dtype === 'i32' ? host(wraps) : pointwise<K>(dtype === 'bool' ? onBools : onFloats)(node, tf);
  };

/** Kernels that read every element of their inputs. */
const whole =
  <K extends PlainOp>(f: (tf: Tf, node: Apply<K>, ...x: TfTensor[]) => TfTensor): Lowering<K> =>
  (node, tf) =>
    device((...inputs) =>
      f(tf, node, ...inputs.map((x, i) => thicken(tf, x.tensor(), node.inputs[i].shape))),
    );

/** Reductions and scans of floats. */
const wholeFloats =
  <K extends PlainOp>(f: (tf: Tf, node: Apply<K>, ...x: TfTensor[]) => TfTensor): Lowering<K> =>
  (node, tf) =>
    node.dtype === 'i32' ? host(wraps) : whole(f)(node, tf);

/** Movement along axes; most of TensorFlow.js's functions refuse a tensor that has none. */
const alongAxes = <K extends PlainOp>(f: (tf: Tf, node: Apply<K>, x: TfTensor) => TfTensor): Lowering<K> =>
  whole((tf, node, x) => (x.rank === 0 ? tf.clone(x) : f(tf, node, x)));

/** x^y by IEEE 754: JavaScript's 1^NaN, 1^∞ and (−1)^∞ are NaN instead of 1. */
function power(tf: Tf, x: TfTensor, y: TfTensor): TfTensor {
  const turns = tf.logicalAnd(tf.equal(x, -1), tf.equal(tf.abs(y), Infinity));
  const one = tf.logicalOr(tf.equal(x, 1), turns);
  const result = tf.pow(x, y);
  return tf.where(thicken(tf, one, result.shape), tf.onesLike(result), result);
}

function less(tf: Tf, x: TfTensor, y: TfTensor): TfTensor {
  return x.dtype === 'bool' ? tf.logicalAnd(tf.logicalNot(x), y) : tf.less(x, y);
}

function select(tf: Tf, ...inputs: TfTensor[]): TfTensor {
  const shape = common(inputs.map((x) => x.shape));
  const [condition, yes, no] = inputs.map((x) => thicken(tf, x, shape));
  return tf.where(condition, yes, no);
}

const padOutside: Lowering<'pad'> = alongAxes((tf, { params: { low, high } }, x) =>
  tf.pad(
    x,
    low.map((n, axis): [number, number] => [n, high[axis]]),
  ),
);

const kernels: { readonly [K in PlainOp]: Lowering<K> } = {
  neg: arithmetic((tf, x) => tf.neg(x)),
  abs: arithmetic((tf, x) => tf.abs(x)),
  floor: pointwise((tf, x) => tf.floor(x)),
  exp: pointwise((tf, x) => tf.exp(x)),
  expm1: pointwise((tf, x) => tf.expm1(x)),
  log: pointwise((tf, x) => tf.log(x)),
  log1p: pointwise((tf, x) => tf.log1p(x)),
  sqrt: pointwise((tf, x) => tf.sqrt(x)),
  sin: pointwise((tf, x) => tf.sin(x)),
  cos: pointwise((tf, x) => tf.cos(x)),
  tanh: pointwise((tf, x) => tf.tanh(x)),
  erf: onHost('TensorFlow.js approximates erf to 1e-7, not to the precision of f32'),
  erfc: onHost('TensorFlow.js has no erfc'),
  cast: ({ dtype, inputs: [from] }, tf) => {
    if (!onDevice(dtype)) return host('f64');
    if (dtype === 'i32' && isFloat(from.dtype)) return host('TensorFlow.js does not saturate');
    // where bits are kept as they are, an i32 would stay more precise than f32
    const rounded = from.dtype === 'i32' && dtype === 'f32';
    return device((x) => {
      const cast = tf.cast(x.tensor(), tfDType[dtype]);
      return rounded ? tf.add(cast, 0) : cast;
    });
  },
  stopGradient: pointwise((tf, x) => tf.clone(x)),
  add: arithmetic((tf, x, y) => tf.add(x, y)),
  sub: arithmetic((tf, x, y) => tf.sub(x, y)),
  mul: arithmetic((tf, x, y) => tf.mul(x, y)),
  div: arithmetic((tf, x, y) => tf.div(x, y)),
  mod: onHost("TensorFlow.js's backends disagree about signs and infinities"),
  pow: arithmetic(power),
  max: arithmetic(
    (tf, x, y) => tf.maximum(x, y),
    (tf, x, y) => tf.logicalOr(x, y),
  ),
  min: arithmetic(
    (tf, x, y) => tf.minimum(x, y),
    (tf, x, y) => tf.logicalAnd(x, y),
  ),
  eq: pointwise((tf, x, y) => tf.equal(x, y)),
  lt: pointwise(less),
  select: pointwise(select),
  full: ({ params: { value }, dtype }, tf) =>
    onDevice(dtype) ? device(() => tf.tensor(fill(dtype, value), [], tfDType[dtype])) : host('f64'),
  iota: ({ params: { shape, axis }, dtype }, tf) => {
    if (!onDevice(dtype)) return host('f64');
    const ones = shape.slice(axis + 1).map(() => 1);
    return device(() => {
      const counts = allocate(dtype, shape[axis]).map((_, i) => i);
      return tf.tensor(counts, withoutLeadingOnes([shape[axis], ...ones]), tfDType[dtype]);
    });
  },
  randomBits: onHost('TensorFlow.js has no exact arithmetic of 32 bits'),
  sum: wholeFloats((tf, { params: { axes } }, x) => tf.sum(x, [...axes])),
  reduceMax: wholeFloats((tf, { dtype, params: { axes } }, x) =>
    dtype === 'bool' ? tf.any(x, [...axes]) : tf.max(x, [...axes]),
  ),
  argMax: onHost('TensorFlow.js passes NaN over, and does not promise the first of equals'),
  cumSum: onHost(inARow),
  argSort: onHost('TensorFlow.js does not sort stably, nor NaN'),
  reshape: whole((tf, { shape }, x) => tf.reshape(x, [...shape])),
  transpose: alongAxes((tf, { params: { perm } }, x) => tf.transpose(x, [...perm])),
  broadcast: ({ inputs: [{ shape: from }], params }, tf) =>
    device((x) => broadcastThin(tf, x.tensor(), { from, ...params })),
  slice: alongAxes((tf, { params: { start, stop, step }, shape }, x) =>
    step.every((n) => n === 1)
      ? tf.slice(x, [...start], [...shape])
      : tf.stridedSlice(x, [...start], [...stop], [...step]),
  ),
  pad: (node, tf) =>
    node.params.interior.some((n) => n > 0)
      ? host('TensorFlow.js does not pad between neighbours')
      : padOutside(node, tf),
  flip: alongAxes((tf, { params: { axes } }, x) => (axes.length ? tf.reverse(x, [...axes]) : tf.clone(x))),
  concat: whole((tf, { params: { axis } }, ...parts) =>
    parts.length > 1 ? tf.concat(parts, axis) : tf.clone(parts[0]),
  ),
  gather: (node, tf) => {
    const run = lowerGather(tf, node);
    return device((x, indices) => run(thicken(tf, x.tensor(), node.inputs[0].shape), indices.array()));
  },
  scatterAdd: (node, tf) => {
    if (node.dtype === 'i32') return host(wraps);
    if (sizeOf(node.inputs[1].shape.slice(node.params.batch)) > fewUpdates) return host(inARow);
    const run = lowerScatterAdd(tf, node);
    return device((x, indices) => run(thicken(tf, x.tensor(), node.inputs[0].shape), indices.array()));
  },
  scatter: onHost('TensorFlow.js scatters without an order'),
  dynamicSlice: onHost('TensorFlow.js takes no starts from data'),
  dynamicUpdate: onHost('TensorFlow.js takes no starts from data'),
  dot: (node, tf) => {
    const [x, y] = node.inputs;
    if (isLong(node)) return host(inARow);
    const run = lowerDot(tf, node.params, [x.shape, y.shape]);
    return wholeFloats<'dot'>((_, __, left, right) => run(left, right))(node, tf);
  },
  conv: (node, tf) => {
    if (unfoldedShape(node).sizes.length > highestRank) return host(tooManyAxes);
    if (isLong(node)) return host(inARow);
    const run = lowerConv(tf, node);
    return wholeFloats<'conv'>((_, __, left, right) => run(left, right))(node, tf);
  },
};

const fill = (dtype: 'bool' | 'i32' | 'f32', value: number): TypedArray => allocate(dtype, 1).fill(value);

function applyLowering<K extends PlainOp>(node: Apply<K>, tf: Tf): Lowered {
  const lowering: Lowering<K> = kernels[node.op];
  return lowering(node, tf);
}

/** How `node` is computed. */
export function lower(node: AnyPlain, tf: Tf): Lowered {
  const values = [node, ...node.inputs];
  if (!values.every((x) => onDevice(x.dtype))) return host('TensorFlow.js has but bool, i32 and f32');
  if (values.some((x) => sizeOf(x.shape) === 0)) return host('backends disagree about what has no elements');
  if (values.some((x) => x.shape.length > highestRank)) return host(tooManyAxes);
  return applyLowering<PlainOp>(node, tf);
}
