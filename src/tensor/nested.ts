// Tensors from what people have: numbers, booleans, typed arrays of every kind, and arrays of these, nested.
import { allocate, type DType, elementOf, isI32, promote, storedAs, type TypedArray } from './dtype.ts';
import { DTypeError, ShapeError } from './errors.ts';
import { show } from './front.ts';
import { maxRank, showShape } from './shape.ts';
import { fromTypedArray, type Tensor } from './tensor.ts';

/** An array of numbers in memory, of whatever kind. */
export type AnyTypedArray =
  | TypedArray
  | Uint8ClampedArray
  | Int16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** What a tensor can be made of. */
export type Nested = number | boolean | AnyTypedArray | readonly Nested[];

/** The kind of a typed array, also of one from another window or context. */
const kindOf = (array: unknown): string => Object.prototype.toString.call(array).slice('[object '.length, -1);

const isTyped = (value: unknown): value is AnyTypedArray =>
  ArrayBuffer.isView(value) && kindOf(value) !== 'DataView';

type Leaf = number | boolean | AnyTypedArray;

/** What typed arrays make; the others, of whole numbers, i32. */
const ofArrays: Readonly<Record<string, DType>> = {
  Uint8Array: 'u8',
  Uint8ClampedArray: 'u8',
  Int8Array: 'i8',
  Float16Array: 'f16',
  Float32Array: 'f32',
  Float64Array: 'f64',
};

function dtypeOf(leaf: Leaf): DType {
  if (typeof leaf === 'boolean') return 'bool';
  if (typeof leaf === 'number') return isI32(leaf) && !Object.is(leaf, -0) ? 'i32' : 'f32';
  return ofArrays[kindOf(leaf)] ?? 'i32';
}

/**
 * A tensor of `values`, copied: of the shape that the nesting has, a typed array being one axis. Without `dtype`
 * booleans make bool, numbers i32 where each is whole and an i32 (−0 is none) and else f32, typed arrays the dtype that
 * holds them, and what stands together is promoted. Throws ShapeError for ragged nesting, DTypeError for what is no
 * number, RangeError for a number that the dtype does not hold.
 */
export function fromNested(values: Nested, dtype?: DType): Tensor {
  const shape: number[] = [];
  for (let level = values; Array.isArray(level) || isTyped(level); level = level[0] as Nested) {
    shape.push(level.length);
    if (level.length === 0) break;
    if (shape.length > maxRank)
      throw new ShapeError(`tensor: nesting deeper than ${maxRank} arrays; does one contain itself?`);
  }
  const leaves: Leaf[] = [];
  const collect = (level: Nested, axis: number): void => {
    const isList = Array.isArray(level) || isTyped(level);
    if ((isList ? level.length : undefined) !== shape[axis] || (isTyped(level) && axis !== shape.length - 1))
      throw new ShapeError(
        `tensor: ragged nesting, a part of shape ${showShape(shape)} has ${isList ? level.length : 'no'} entries`,
      );
    if (Array.isArray(level)) for (const part of level as readonly Nested[]) collect(part, axis + 1);
    else leaves.push(level as Leaf);
  };
  collect(values, 0);
  for (const leaf of leaves)
    if (typeof leaf !== 'number' && typeof leaf !== 'boolean' && !isTyped(leaf))
      throw new DTypeError(
        ArrayBuffer.isView(leaf)
          ? 'tensor: a DataView has no dtype; give a typed array over its buffer'
          : `tensor: ${typeof leaf === 'object' || typeof leaf === 'function' ? show(leaf) : String(leaf)} is not a number or a boolean`,
      );
  const kind = dtype ?? (leaves.length ? [...new Set(leaves.map(dtypeOf))].reduce(promote) : 'f32');
  const array = allocate(kind, shape);
  const element = (value: number | bigint | boolean): number =>
    storedAs(kind, elementOf('tensor', Number(value), kind));
  let at = 0;
  for (const leaf of leaves) {
    const isList = isTyped(leaf);
    if (isList && dtypeOf(leaf) === kind && kindOf(leaf) === kindOf(array)) array.set(leaf as TypedArray, at);
    else if (isList) for (let i = 0; i < leaf.length; i++) array[at + i] = element(leaf[i]);
    else array[at] = element(leaf);
    at += isList ? leaf.length : 1;
  }
  return fromTypedArray(array, shape, kind);
}
