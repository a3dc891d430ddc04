// Parts whose places the data says: what stays the same for all of them is their size.
import { prims } from '../graph/index.ts';
import { checked, DTypeError, type Param, refused, ShapeError, showShape, Tensor } from '../tensor/index.ts';
import * as arg from './arguments.ts';

type Start = number | Tensor;

/** Positions, one an axis, as an i32 tensor of them. */
export const startsOf = (starts: readonly Start[]): Tensor =>
  starts.length === 0
    ? prims.full([0], 0, 'i32')
    : prims.concat(
        starts.map((one) =>
          typeof one === 'number' ? prims.full([1], one, 'i32') : prims.reshape(one, [1]),
        ),
        0,
      );

const isStart = (given: unknown): given is Start => Number.isInteger(given) || given instanceof Tensor;

/** An i32 tensor with a position for each axis, or a list of whole numbers and i32 tensors of shape []. */
const starts: Param<Tensor | readonly Start[], Tensor> = {
  name: 'starts',
  takes: 'an i32 tensor of a position an axis, or a list of whole numbers and i32 tensors of shape []',
  read(given, op) {
    if (given instanceof Tensor) return given;
    if (!arg.isArrayOf(given, isStart)) return refused;
    for (const one of given) {
      if (!(one instanceof Tensor)) continue;
      if (one.dtype !== 'i32') throw new DTypeError(`${op}: a start is ${one.dtype}; it must be i32`);
      if (one.ndim !== 0) throw new ShapeError(`${op}: a start has shape ${showShape(one.shape)}, not []`);
    }
    return startsOf(given);
  },
};

/**
 * As many entries of `x` as `sizes` say, from `starts` on, one a position for each axis: an i32 tensor of shape [x.ndim],
 * or a list of numbers and i32 tensors. Starts are moved so that the part lies inside `x`. Throws ShapeError where it
 * cannot.
 */
export const dynamicSlice = checked(
  'dynamicSlice',
  [arg.tensor('x'), starts, arg.shape('sizes')],
  (x: Tensor, starts: Tensor, sizes: readonly number[]): Tensor => prims.dynamicSlice(x, starts, { sizes }),
);

/**
 * `x` with `update` in place of its entries from `starts` on, as `dynamicSlice` has them. Where x is needed no more, as a
 * donated argument or what a loop carries, only the update is moved.
 */
export const dynamicUpdate = checked(
  'dynamicUpdate',
  [arg.tensor('x'), arg.tensor('update'), starts],
  (x: Tensor, update: Tensor, starts: Tensor): Tensor =>
    prims.dynamicUpdate(x, prims.cast(update, x.dtype), starts),
);
