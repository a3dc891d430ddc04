// Positions along an axis that a tensor says.
import { prims } from '../graph/index.ts';
import { ShapeError, type Tensor } from '../tensor/index.ts';
import { add, less, where } from './elementwise.ts';

/** Whole numbers as the primitives take indices: i32, negative ones counted from the end, checked where known. */
export function resolve(op: string, indices: Tensor, n: number): Tensor {
  if (!indices.storage.traced)
    for (const i of indices.data)
      if (i < -n || i >= n) throw new ShapeError(`${op}: index ${i} is outside an axis of size ${n}`);
  const whole = prims.cast(indices, 'i32');
  return where(less(whole, 0), add(whole, n), whole);
}
