// The four element types, how they promote, and the typed arrays that hold them.
import { DTypeError, MemoryError } from './errors.ts';
import { type Shape, showShape, sizeOf } from './shape.ts';

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

/** `bytes` as people read them: 17.2 GB. */
export function showBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const unit = Math.max(0, Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3)));
  return `${(bytes / 1000 ** unit).toPrecision(3)} ${units[unit]}`;
}

/** Says that `bytes` bytes for `what` are not to be had; any `error` but the runtime's refusal is thrown on. */
function refuse(error: unknown, what: string, bytes: number): never {
  if (!(error instanceof RangeError)) throw error;
  throw new MemoryError(
    `${what} takes ${showBytes(bytes)}, and there is not that much memory; take smaller shapes or batches`,
  );
}

/**
 * A zero-filled array for a tensor of `dtype` and `shape` (or so many elements), the result of `op`.
 * Throws MemoryError where there is not enough memory.
 */
export function allocate(dtype: DType, shape: Shape | number, op = 'tensor'): TypedArray {
  const length = typeof shape === 'number' ? shape : sizeOf(shape);
  try {
    return new arrays[dtype](length);
  } catch (error) {
    const what = `${op}: ${dtype}${showShape(typeof shape === 'number' ? [shape] : shape)}`;
    return refuse(error, what, length * itemSize(dtype));
  }
}

/** Zeros for what an engine needs besides tensors; `what` says which. Throws MemoryError as `allocate` does. */
export function allocateBytes(bytes: number, what: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(bytes);
  } catch (error) {
    return refuse(error, what, bytes);
  }
}

/** Whether `array` is the array type that stores `dtype`. */
export const holds = (array: unknown, dtype: DType): boolean => array instanceof arrays[dtype];

/** What no element of the dtype is below, NaN aside: where a maximum starts. */
export const least = { bool: 0, i32: -(2 ** 31), f32: -Infinity, f64: -Infinity } satisfies Record<
  DType,
  number
>;

/** Whether `value` is a whole number that i32 holds. */
export const isI32 = (value: number): boolean => value === (value | 0);

/**
 * `value` as an element of `dtype`, given to `op`: in bool whether it is not 0, in i32 without its fraction.
 * Floats take any number, and round it when it is stored. Throws RangeError where i32 cannot hold it.
 */
export function elementOf(op: string, value: number, dtype: DType): number {
  if (dtype === 'bool') return Number(value !== 0);
  if (dtype !== 'i32') return value;
  const whole = Math.trunc(value);
  if (!isI32(whole))
    throw new RangeError(
      `${op}: i32 holds whole numbers from -2147483648 to 2147483647, not ${value}; take dtype 'f64', for a tensor by astype(x, 'f64')`,
    );
  return whole | 0; // 0 for −0
}

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
