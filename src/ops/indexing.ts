// Reading and adding at positions given by a tensor of whole numbers.
import { prims } from '../graph/index.ts';
import {
  broadcastShapes,
  checked,
  type DType,
  normalizeAxis,
  promote,
  ShapeError,
  showShape,
  type Tensor,
  toNumber,
} from '../tensor/index.ts';
import * as arg from './arguments.ts';
import { astype, equal } from './elementwise.ts';
import { expandDims, moveaxis } from './movement.ts';
import { broadcastTo } from './operands.ts';
import { resolve } from './positions.ts';

/**
 * The entries of `x` along `axis` at `indices` (whole numbers, any shape, negative from the end): the axis is
 * replaced by the indices' axes. Out of range throws ShapeError; inside a transformation, where indices
 * are not known yet, it reads 0.
 */
export const take = checked(
  'take',
  [arg.tensor('x'), arg.indices('indices'), arg.optional(arg.axis())],
  (x: Tensor, indices: Tensor, axis: number = 0): Tensor => {
    const at = normalizeAxis('take', axis, x.ndim);
    return prims.gather(x, resolve('take', indices, x.shape[at]), { axis: at, batch: 0 });
  },
);

/** For each line of `x` along `axis`, the entries at the line of `indices`; the other axes broadcast. */
export const takeAlongAxis = checked(
  'takeAlongAxis',
  [arg.tensor('x'), arg.indices('indices'), arg.optional(arg.axis())],
  (x: Tensor, indices: Tensor, axis: number = -1): Tensor => {
    if (indices.ndim !== x.ndim)
      throw new ShapeError(
        `takeAlongAxis: ${showShape(x.shape)} and indices ${showShape(indices.shape)} differ in axes`,
      );
    const at = normalizeAxis('takeAlongAxis', axis, x.ndim);
    const lines = moveaxis(x, at, -1);
    const picks = moveaxis(resolve('takeAlongAxis', indices, x.shape[at]), at, -1);
    const shared = broadcastShapes('takeAlongAxis', lines.shape.slice(0, -1), picks.shape.slice(0, -1));
    const last = (t: Tensor): number => t.shape[t.ndim - 1];
    const found = prims.gather(
      broadcastTo(lines, [...shared, last(lines)]),
      broadcastTo(picks, [...shared, last(picks)]),
      { axis: shared.length, batch: shared.length },
    );
    return moveaxis(found, -1, at);
  },
);

/**
 * `x` with `updates` added at `indices` along `axis`; repeated indices add up. `updates` has x's shape
 * with the axis replaced by the indices' axes. Out of range as in `take`: throws, or adds nothing.
 */
export const scatterAdd = checked(
  'scatterAdd',
  [arg.tensor('x'), arg.indices('indices'), arg.tensor('updates'), arg.optional(arg.axis())],
  (x: Tensor, indices: Tensor, updates: Tensor, axis: number = 0): Tensor => {
    const at = normalizeAxis('scatterAdd', axis, x.ndim);
    const shape = [...x.shape.slice(0, at), ...indices.shape, ...x.shape.slice(at + 1)];
    const dtype = toNumber(promote(x.dtype, updates.dtype));
    const added = prims.scatterAdd(
      broadcastTo(prims.cast(updates, dtype), shape),
      resolve('scatterAdd', indices, x.shape[at]),
      { axis: at, batch: 0, size: x.shape[at] },
    );
    return prims.add(prims.cast(x, dtype), added);
  },
);

/** 1 at each label, 0 elsewhere, along a new last axis of size `n`; a label outside is all 0. */
export const oneHot = checked(
  'oneHot',
  [arg.indices('labels'), arg.size('n'), arg.nullable(arg.dtype())],
  (labels: Tensor, n: number, dtype: DType = 'f32'): Tensor => {
    return astype(equal(expandDims(labels, -1), prims.iota([n], 0, 'i32')), dtype);
  },
);
