// Positions along an axis that a tensor says.
import { DTypeError, ShapeError, type Tensor } from '../tensor/index.ts';
import { add, less, where } from './elementwise.ts';

/** Indices as the primitives take them: i32, negative ones counted from the end, checked where known. */
export function resolve(op: string, indices: Tensor, n: number): Tensor {
  if (indices.dtype !== 'i32')
    throw new DTypeError(`${op}: indices are ${indices.dtype}; they must be i32 (astype(indices, 'i32'))`);
  if (!indices.storage.traced)
    for (const i of indices.data)
      if (i < -n || i >= n) throw new ShapeError(`${op}: index ${i} is outside an axis of size ${n}`);
  return where(less(indices, 0), add(indices, n), indices);
}
