// The four element types, how they promote, and the typed arrays that hold them.
import { DTypeError } from './errors.ts';

export const dtypes = ['bool', 'i32', 'f32', 'f64'] as const;
/** Element type. `bool` is stored one byte an element, 0 or 1. */
export type DType = (typeof dtypes)[number];

export type TypedArray = Uint8Array | Int32Array | Float32Array | Float64Array;

const arrays = {
  bool: Uint8Array,
  i32: Int32Array,
  f32: Float32Array,
  f64: Float64Array,
} satisfies Record<DType, unknown>;

/** Bytes an element. */
export const itemSize = (dtype: DType): number => arrays[dtype].BYTES_PER_ELEMENT;

/** A zero-filled array of `length` elements of `dtype`. */
export function allocate(dtype: DType, length: number): TypedArray {
  return new arrays[dtype](length);
}

/** Whether `array` is the array type that stores `dtype`. */
export const holds = (array: TypedArray, dtype: DType): boolean => array instanceof arrays[dtype];

/** What no element of the dtype is below, NaN aside: where a maximum starts. */
export const least = { bool: 0, i32: -(2 ** 31), f32: -Infinity, f64: -Infinity } satisfies Record<
  DType,
  number
>;

export const isFloat = (dtype: DType): boolean => dtype === 'f32' || dtype === 'f64';

/** The dtype that two operands meet at: bool < i32 < f32 < f64. */
export const promote = (a: DType, b: DType): DType => dtypes[Math.max(dtypes.indexOf(a), dtypes.indexOf(b))];

/** The dtype of arithmetic that leaves the integers, such as division: f32 unless `dtype` is f64. */
export const toFloat = (dtype: DType): DType => (dtype === 'f64' ? 'f64' : 'f32');

export function checkDType(dtype: unknown): DType {
  const known = dtypes.find((d) => d === dtype);
  if (!known) throw new DTypeError(`unknown dtype ${String(dtype)}; one of ${dtypes.join(', ')}`);
  return known;
}
