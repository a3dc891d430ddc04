// The values that pass between steps: on the host, with TensorFlow.js, or both, moved where they are asked for.
import { type Aval, fromTypedArray, sameShape, type Tensor, type TypedArray } from '../../tensor/index.ts';
import type { TfTensor } from './load.ts';
import { download, type Memory, onDevice, upload } from './memory.ts';
import { thicken } from './thin.ts';

export interface Value {
  /** With TensorFlow.js, perhaps thin; the value's to free. Only of bool, i32 and f32. */
  tensor(): TfTensor;
  /** On the host, every element. */
  array(): TypedArray;
  /** Frees what only this execution has. */
  free(): void;
  /** As a result, which outlives the execution. */
  result(): Tensor;
  /** As a constant, which later executions read. */
  constant(): Value;
}

const nowhere = (): never => {
  throw new TypeError('TensorFlow.js has but bool, i32 and f32');
};

/** A tensor that somebody else holds. */
export function borrowed(memory: Memory, given: Tensor): Value {
  const { storage, shape, dtype } = given;
  const value: Value = {
    tensor: () => (onDevice(dtype) ? memory.tensor(storage, shape, dtype) : nowhere()),
    array: () => storage.read(),
    free() {},
    result: () => given,
    constant: () => value,
  };
  return value;
}

/** What the host computed. */
export function onHost(memory: Memory, { shape, dtype }: Aval, array: TypedArray): Value {
  let copy: TfTensor | undefined;
  let given: Tensor | undefined;
  const free = (): void => {
    copy?.dispose();
    copy = undefined;
  };
  const result = (): Tensor => {
    free();
    given ??= fromTypedArray(array, shape, dtype);
    return given;
  };
  return {
    tensor() {
      copy ??= onDevice(dtype) ? upload(memory.tf, array, shape, dtype) : nowhere();
      return copy;
    },
    array: () => array,
    free,
    result,
    constant() {
      const value: Value = {
        ...borrowed(memory, result()),
        result: () => fromTypedArray(array.slice(), shape, dtype), // which its owner may give up
        constant: () => value,
      };
      return value;
    },
  };
}

/** What TensorFlow.js computed, perhaps thin. */
export function onTfjs(memory: Memory, aval: Aval, tensor: TfTensor): Value {
  const { shape, dtype } = aval;
  let given: Tensor | undefined;
  return {
    ...reader(memory, aval, () => tensor),
    free: () => tensor.dispose(),
    result() {
      given ??= memory.keep(whole(memory, tensor, shape), shape, dtype);
      return given;
    },
    constant() {
      const thin = memory.keep(tensor, tensor.shape, dtype);
      const kept = borrowed(memory, thin);
      const value: Value = {
        ...reader(memory, aval, kept.tensor),
        free() {},
        // its owner may give it up
        result: () => memory.keep(memory.tf.clone(whole(memory, kept.tensor(), shape)), shape, dtype),
        constant: () => value,
      };
      return value;
    },
  };
}

/** `tensor` itself, or if it is thin a new one that is not. */
const whole = ({ tf }: Memory, tensor: TfTensor, shape: Aval['shape']): TfTensor =>
  sameShape(tensor.shape, shape) ? tensor : tf.tidy(() => thicken(tf, tensor, shape));

/** How a value that may be thin is read. */
function reader(
  memory: Memory,
  { shape, dtype }: Aval,
  tensor: () => TfTensor,
): Pick<Value, 'tensor' | 'array'> {
  let copy: TypedArray | undefined;
  return {
    tensor,
    array() {
      if (copy) return copy;
      const all = whole(memory, tensor(), shape);
      copy = download(all, dtype);
      if (all !== tensor()) all.dispose();
      return copy;
    },
  };
}
