// Changing where elements are, not what they are: reshape, transpose, slice, join, pad.
import { prims } from '../graph/index.ts';
import {
  checked,
  checkShape,
  normalizeAxes,
  normalizeAxis,
  promote,
  range,
  type Shape,
  ShapeError,
  sameShape,
  showShape,
  sizeOf,
  type Tensor,
  without,
} from '../tensor/index.ts';
import * as arg from './arguments.ts';
import { type Index, slice } from './at.ts';
import { ones } from './creation.ts';
import { where } from './elementwise.ts';
import { asTensor, broadcastTo } from './operands.ts';

/** `x` in another shape of the same size; one size may be −1, for what is left. */
export const reshape = checked(
  'reshape',
  [arg.tensor('x'), arg.numbers('shape', 'a list of whole numbers', '[n, …]')],
  (x: Tensor, shape: Shape): Tensor => {
    const known = sizeOf(shape.filter((n) => n !== -1));
    const open = shape.filter((n) => n === -1).length;
    if (open > 1) throw new ShapeError(`reshape: shape ${showShape(shape)} has more than one −1`);
    const resolved = shape.map((n) => (n === -1 ? x.size / known : n));
    if (!resolved.every(Number.isInteger) || sizeOf(resolved) !== x.size)
      throw new ShapeError(
        `reshape: ${showShape(x.shape)} (${x.size} elements) does not fit ${showShape(shape)}`,
      );
    return prims.reshape(x, checkShape('reshape', resolved));
  },
);

/** `x` as one axis. */
export const ravel = checked('ravel', [arg.tensor('x')], (x: Tensor): Tensor => prims.reshape(x, [x.size]));

/** Axes in the order `perm`; reversed without it. */
export const transpose = checked(
  'transpose',
  [arg.tensor('x'), arg.nullable(arg.axes('perm'))],
  (x: Tensor, perm?: readonly number[]): Tensor => {
    if (perm === undefined) return prims.transpose(x, range(x.ndim).reverse());
    const order = perm.map((axis) => normalizeAxis('transpose', axis, x.ndim));
    if (order.length !== x.ndim || new Set(order).size !== x.ndim)
      throw new ShapeError(
        `transpose: ${showShape(perm)} is not an order of the axes of ${showShape(x.shape)}`,
      );
    return prims.transpose(x, order);
  },
);

/** `x` with axis `from` moved to position `to`. */
export const moveaxis = checked(
  'moveaxis',
  [arg.tensor('x'), arg.axis('from'), arg.axis('to')],
  (x: Tensor, from: number, to: number): Tensor => {
    const source = normalizeAxis('moveaxis', from, x.ndim);
    const rest = without(range(x.ndim), [source]);
    rest.splice(normalizeAxis('moveaxis', to, x.ndim), 0, source);
    return prims.transpose(x, rest);
  },
);

export const swapaxes = checked(
  'swapaxes',
  [arg.tensor('x'), arg.axis('a'), arg.axis('b')],
  (x: Tensor, a: number, b: number): Tensor => {
    const order = range(x.ndim);
    const [i, j] = [normalizeAxis('swapaxes', a, x.ndim), normalizeAxis('swapaxes', b, x.ndim)];
    [order[i], order[j]] = [order[j], order[i]];
    return prims.transpose(x, order);
  },
);

/** `x` with a new axis of size 1 at `axis`. */
export const expandDims = checked(
  'expandDims',
  [arg.tensor('x'), arg.axis()],
  (x: Tensor, axis: number): Tensor => {
    const at = normalizeAxis('expandDims', axis, x.ndim + 1);
    return prims.reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
  },
);

/** `x` without its axes of size 1, or without those of them that `axis` names. */
export const squeeze = checked(
  'squeeze',
  [arg.tensor('x'), arg.nullable(arg.axes())],
  (x: Tensor, axis?: number | readonly number[]): Tensor => {
    const axes =
      axis === undefined
        ? range(x.ndim).filter((i) => x.shape[i] === 1)
        : normalizeAxes('squeeze', axis, x.ndim);
    for (const i of axes)
      if (x.shape[i] !== 1)
        throw new ShapeError(`squeeze: axis ${i} of ${showShape(x.shape)} is not of size 1`);
    return prims.reshape(x, without(x.shape, axes));
  },
);

/** `x` backwards along `axis`, or along all axes. */
export const flip = checked(
  'flip',
  [arg.tensor('x'), arg.nullable(arg.axes())],
  (x: Tensor, axis?: number | readonly number[]): Tensor =>
    prims.flip(x, normalizeAxes('flip', axis, x.ndim)),
);

/**
 * `x` shifted by `shift` places along `axis`, or over all its elements in a row; what leaves one end enters at the other.
 */
export const roll = checked(
  'roll',
  [arg.tensor('x'), arg.whole('shift'), arg.optional(arg.axis())],
  (x: Tensor, shift: number, axis?: number): Tensor => {
    if (axis === undefined) return reshape(roll(reshape(x, [-1]), shift, 0), x.shape);
    const at = normalizeAxis('roll', axis, x.ndim);
    const n = x.shape[at];
    const cut = n === 0 ? 0 : ((-shift % n) + n) % n;
    const along = (text: string): Index[] => range(x.ndim).map((i) => (i === at ? text : ':'));
    return concat([slice(x, ...along(`${cut}:`)), slice(x, ...along(`:${cut}`))], at);
  },
);

/** Tensors joined along an existing axis; dtypes promote. */
export const concat = checked(
  'concat',
  [arg.list('xs', 'x', arg.tensor), arg.optional(arg.axis())],
  (xs: readonly Tensor[], axis: number = 0): Tensor => {
    if (xs.length === 0) throw new ShapeError('concat: no tensors given');
    const at = normalizeAxis('concat', axis, xs[0].ndim);
    const dtype = xs.map((x) => x.dtype).reduce(promote);
    return prims.concat(
      xs.map((x) => prims.cast(x, dtype)),
      at,
    );
  },
);

/** Tensors of one shape joined along a new axis. */
export const stack = checked(
  'stack',
  [arg.list('xs', 'x', arg.tensor), arg.optional(arg.axis())],
  (xs: readonly Tensor[], axis: number = 0): Tensor => {
    if (xs.length === 0) throw new ShapeError('stack: no tensors given');
    const other = xs.find(({ shape }) => !sameShape(shape, xs[0].shape));
    if (other)
      throw new ShapeError(
        `stack: shapes ${showShape(xs[0].shape)} and ${showShape(other.shape)} differ; give tensors of one shape, or concat them`,
      );
    return concat(
      xs.map((x) => expandDims(x, axis)),
      normalizeAxis('stack', axis, xs[0].ndim + 1),
    );
  },
);

/** `x` cut along `axis` into `parts` equal pieces, or before each position in `parts`. */
export const split = checked(
  'split',
  [arg.tensor('x'), arg.numberOrList('parts'), arg.optional(arg.axis())],
  (x: Tensor, parts: number | readonly number[], axis: number = 0): Tensor[] => {
    const at = normalizeAxis('split', axis, x.ndim);
    const n = x.shape[at];
    if (typeof parts === 'number' && !(Number.isInteger(parts) && parts >= 1 && n % parts === 0))
      throw new ShapeError(`split: axis ${at} of ${showShape(x.shape)} does not divide into ${parts} parts`);
    const inner =
      typeof parts === 'number'
        ? range(parts)
            .slice(1)
            .map((i) => (i * n) / parts)
        : parts;
    const cuts = [0, ...inner, n];
    return cuts.slice(1).map((stop, i) => slice(x, ...range(at).map(() => ':'), `${cuts[i]}:${stop}`));
  },
);

/** How much to add before and after: one number for all, a pair for all, or a pair an axis. */
export type PadWidth = number | readonly [number, number] | readonly (readonly [number, number])[];

function widths(x: Tensor, width: PadWidth): (readonly [number, number])[] {
  if (typeof width === 'number') return x.shape.map(() => [width, width]);
  if (typeof width[0] === 'number') return x.shape.map(() => width as readonly [number, number]);
  if (width.length !== x.ndim)
    throw new ShapeError(
      `pad: ${width.length} pairs of widths for shape ${showShape(x.shape)}, which has ${x.ndim} axes`,
    );
  return [...(width as readonly (readonly [number, number])[])];
}

const isPair = (given: unknown): given is readonly [number, number] =>
  arg.isArrayOf(given, arg.isNumber) && given.length === 2;
const padWidth = arg.value(
  'width',
  'a whole number, a pair of such, or a pair an axis',
  (given): given is PadWidth => typeof given === 'number' || isPair(given) || arg.isArrayOf(given, isPair),
);

/** `x` with `width` elements of `value` around it, which become of x's dtype. */
export const pad = checked(
  'pad',
  [arg.tensor('x'), padWidth, arg.optional(arg.element('value'))],
  (x: Tensor, width: PadWidth, value: number = 0): Tensor => {
    const pairs = widths(x, width);
    const params = {
      low: pairs.map(([low]) => low),
      high: pairs.map(([, high]) => high),
      interior: pairs.map(() => 0),
    };
    const padded = prims.pad(x, params);
    if (value === 0) return padded;
    return where(prims.pad(ones(x.shape, 'bool'), params), padded, asTensor(value, x.dtype));
  },
);

/** `x` repeated `reps[i]` times along axis i. */
export const tile = checked(
  'tile',
  [arg.tensor('x'), arg.sizes('reps')],
  (x: Tensor, reps: readonly number[]): Tensor => {
    const ndim = Math.max(x.ndim, reps.length);
    const shape = [...new Array<number>(ndim - x.ndim).fill(1), ...x.shape];
    const counts = [...new Array<number>(ndim - reps.length).fill(1), ...reps];
    const spread = broadcastTo(
      prims.reshape(
        x,
        shape.flatMap((n) => [1, n]),
      ),
      shape.flatMap((n, i) => [counts[i], n]),
    );
    return prims.reshape(
      spread,
      shape.map((n, i) => n * counts[i]),
    );
  },
);

/** Every element repeated `count` times along `axis`. */
export const repeat = checked(
  'repeat',
  [arg.tensor('x'), arg.size('count'), arg.optional(arg.axis())],
  (x: Tensor, count: number, axis: number = 0): Tensor => {
    const at = normalizeAxis('repeat', axis, x.ndim);
    const shape = [...x.shape.slice(0, at + 1), count, ...x.shape.slice(at + 1)];
    const spread = broadcastTo(expandDims(x, at + 1), shape);
    return prims.reshape(
      spread,
      x.shape.map((n, i) => (i === at ? n * count : n)),
    );
  },
);
