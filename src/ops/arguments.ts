// What the arguments of ops can be, tensors and what stands for them among it.
import { prims } from '../graph/index.ts';
import { callback } from '../tensor/arguments.ts';
import {
  type DType,
  DTypeError,
  fromTypedArray,
  isFloat,
  isI32,
  isInteger,
  type Nested,
  named,
  type Param,
  refused,
  ShapeError,
  show,
  showShape,
  Tensor,
} from '../tensor/index.ts';
import { fromValues, type Operand, type TensorLike } from './values.ts';

export * from '../tensor/arguments.ts';

const isBare = (given: unknown): given is number | boolean =>
  typeof given === 'number' || typeof given === 'boolean';

const isArray = (given: unknown): given is Exclude<Nested, number | boolean> =>
  Array.isArray(given) || ArrayBuffer.isView(given);

/** The tensor of an array literal; what is wrong with it goes by the name of the argument. */
function fromArray(given: Nested, name: string, op: string, dtype?: DType): Tensor {
  try {
    return fromValues(given, dtype);
  } catch (error) {
    throw named(`${op}: ${name}`, error);
  }
}

/** What makes a tensor, as it is. Throws DTypeError for the rest. */
export const values = (name = 'values'): Param<TensorLike> => ({
  ...operand(name),
  read(given, op) {
    if (given instanceof Tensor || isBare(given) || isArray(given)) return given;
    throw new DTypeError(`${op}: ${name} is ${show(given)}; it must be ${operand(name).takes}`);
  },
});

/** A tensor, or a bare value that takes on the dtype of the tensors it meets. */
export const operand = (name: string): Param<TensorLike, Operand> => ({
  name,
  takes: 'a tensor, a number, a boolean or an array of those',
  read(given, op) {
    if (given instanceof Tensor || isBare(given)) return given;
    return isArray(given) ? fromArray(given, name, op) : refused;
  },
});

/** A tensor: of a number f32 and of a boolean bool, with shape []. */
export const tensor = (name: string): Param<TensorLike, Tensor> => ({
  ...operand(name),
  read(given, op) {
    if (given instanceof Tensor) return given;
    if (isBare(given)) return prims.full([], Number(given), typeof given === 'boolean' ? 'bool' : 'f32');
    return isArray(given) ? fromArray(given, name, op) : refused;
  },
});

/** A key of random numbers. Throws DTypeError or ShapeError for other tensors. */
export const key = (name = 'key'): Param<TensorLike, Tensor> => ({
  ...tensor(name),
  takes: 'a key, as random.key(seed) makes one',
  read(given, op) {
    const k = tensor(name).read(given, op);
    if (k === refused) return refused;
    if (k.dtype !== 'i32')
      throw new DTypeError(`${op}: the key is ${k.dtype}; make one with random.key(seed)`);
    if (k.ndim !== 1 || k.shape[0] !== 2)
      throw new ShapeError(`${op}: a key has shape [2], not ${showShape(k.shape)}; map over keys with vmap`);
    return k;
  },
});

/** Positions or labels: a tensor of whole numbers, or such. Throws DTypeError for tensors of other dtypes. */
export const indices = (name: string): Param<TensorLike, Tensor> => ({
  ...tensor(name),
  takes: 'a tensor of whole numbers, or whole numbers',
  read(given, op) {
    const isLiteral = isBare(given) || isArray(given);
    if (!isLiteral && !(given instanceof Tensor)) return refused;
    const values = isLiteral ? fromArray(given, name, op) : given;
    if (isInteger(values.dtype)) return values;
    if (isLiteral && isFloat(values.dtype)) {
      const { data, shape } = fromArray(given, name, op, 'f64'); // whole numbers all the same, or none at all
      return data.every(isI32) ? fromTypedArray(Int32Array.from(data), shape, 'i32') : refused;
    }
    throw new DTypeError(
      `${op}: ${name} are ${show(values)}; they must be whole numbers: astype(${name}, 'i32')`,
    );
  },
});

/** A function of the caller's that gives a tensor. */
export const givesTensor = <F extends (...args: never[]) => Tensor>(name: string): Param<F> => ({
  ...callback<F>(name),
  read(given, op) {
    const f = callback<F>(name).read(given, op);
    if (f === refused) return refused;
    const tried = (...args: Parameters<F>): Tensor => {
      const result = f(...args);
      if (result instanceof Tensor) return result;
      throw new TypeError(`${op}: ${name} gave ${show(result)}; it must give a tensor`);
    };
    return tried as F;
  },
});
