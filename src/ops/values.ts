// What people write for a tensor: a tensor, a number, a boolean, typed arrays, nested arrays.
import { prims } from '../graph/index.ts';
import { type DType, fromNested, type Nested, Tensor } from '../tensor/index.ts';

/** A number or boolean takes on the dtype of the tensors it meets; arrays are tensors of their own, as in `tensor`. */
export type TensorLike = Tensor | Nested;

/** What an op is handed of it: bare values stay bare until they meet tensors. */
export type Operand = Tensor | number | boolean;

/** The tensor that `values` make; see `tensor`. */
export function fromValues(values: TensorLike, dtype?: DType): Tensor {
  if (values instanceof Tensor) return dtype ? prims.cast(values, dtype) : values;
  return fromNested(values, dtype);
}
