// What people write for a tensor: a tensor, a number, a boolean, nested arrays, typed arrays.
import { prims } from '../graph/index.ts';
import {
  type DType,
  fromNested,
  fromTypedArray,
  type NestedArray,
  Tensor,
  type TypedArray,
} from '../tensor/index.ts';

/** A number or boolean takes on the dtype of the tensors it meets; arrays are tensors of their own, as in `tensor`. */
export type TensorLike = Tensor | NestedArray | TypedArray;

/** What an op is handed of it: bare values stay bare until they meet tensors. */
export type Operand = Tensor | number | boolean;

const dtypeOf = (array: TypedArray): DType =>
  array instanceof Float32Array
    ? 'f32'
    : array instanceof Float64Array
      ? 'f64'
      : array instanceof Int32Array
        ? 'i32'
        : 'bool';

/** The tensor that `values` make; see `tensor`. */
export function fromValues(values: TensorLike, dtype?: DType): Tensor {
  if (values instanceof Tensor) return dtype ? prims.cast(values, dtype) : values;
  if (!ArrayBuffer.isView(values)) return fromNested(values, dtype);
  const shape = [values.length];
  const whole =
    values instanceof Uint8Array
      ? fromTypedArray(Int32Array.from(values), shape, 'i32')
      : fromTypedArray(values.slice(), shape, dtypeOf(values));
  return prims.cast(whole, dtype ?? dtypeOf(values));
}
