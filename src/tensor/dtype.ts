// The element types: one table that says all there is to say of each, and what follows from it.
import { DTypeError, MemoryError } from './errors.ts';
import { bf16, f16, type Half } from './halves.ts';
import { type Shape, showShape, sizeOf } from './shape.ts';

interface ArrayType {
  new (length: number): TypedArray;
  new (buffer: ArrayBufferLike, at: number, length: number): TypedArray;
  readonly BYTES_PER_ELEMENT: number;
  readonly name: string;
}

interface Row {
  /** The typed array that holds it: an element each, or the bits of one where that is a `half`. */
  readonly array: ArrayType;
  readonly class: 'bool' | 'integer' | 'float';
  /** The dtype that arithmetic on it is done in: its own, unless it is for storage only. */
  readonly computes: string;
  /** Its name in safetensors files. */
  readonly file: string;
  /** Those next above it in promotion. */
  readonly above: readonly string[];
  /** What no element is below or above, NaN aside. */
  readonly range: readonly [least: number, greatest: number];
  readonly half?: Half;
}

export type TypedArray = Uint8Array | Int8Array | Uint16Array | Int32Array | Float32Array | Float64Array;

const all: readonly [number, number] = [-Infinity, Infinity];

// biome-ignore format: a table
const table = {
  bool: { array: Uint8Array, class: 'bool', computes: 'bool', file: 'BOOL', above: ['u8', 'i8'], range: [0, 1] },
  u8: { array: Uint8Array, class: 'integer', computes: 'i32', file: 'U8', above: ['i32'], range: [0, 255] },
  i8: { array: Int8Array, class: 'integer', computes: 'i32', file: 'I8', above: ['i32'], range: [-128, 127] },
  i32: { array: Int32Array, class: 'integer', computes: 'i32', file: 'I32', above: ['bf16', 'f16'], range: [-(2 ** 31), 2 ** 31 - 1] },
  f16: { array: Uint16Array, class: 'float', computes: 'f32', file: 'F16', above: ['f32'], range: all, half: f16 },
  bf16: { array: Uint16Array, class: 'float', computes: 'f32', file: 'BF16', above: ['f32'], range: all, half: bf16 },
  f32: { array: Float32Array, class: 'float', computes: 'f32', file: 'F32', above: ['f64'], range: all },
  f64: { array: Float64Array, class: 'float', computes: 'f64', file: 'F64', above: [], range: all },
} as const satisfies Record<string, Row>;

/**
 * Element type. `bool` is stored one byte an element, 0 or 1. `u8`, `i8`, `bf16` and `f16` are for storage: they are
 * moved, gathered, chosen and cast, and arithmetic on them is done in i32 or f32.
 */
export type DType = keyof typeof table;

/** A dtype that arithmetic is done in. */
export type ComputeDType = (typeof table)[DType]['computes'];

const rows: { readonly [K in DType]: Row & { readonly computes: ComputeDType } } = table;

export const dtypes = Object.keys(table) as readonly DType[];

/** Bytes an element. */
export const itemSize = (dtype: DType): number => rows[dtype].array.BYTES_PER_ELEMENT;

/** Its name in safetensors files. */
export const fileName = (dtype: DType): string => rows[dtype].file;

/** The dtype that arithmetic on `dtype` is done in. */
export const computeDType = (dtype: DType): ComputeDType => rows[dtype].computes;

/** Whether arithmetic is done in `dtype` itself. */
export const isCompute = (dtype: DType): dtype is ComputeDType => rows[dtype].computes === dtype;

/** Whether `dtype` is for storage only: what computes with it casts it first. */
export const isStorage = (dtype: DType): boolean => !isCompute(dtype);

/** How the bits of `dtype` stand for numbers, where they are not numbers themselves. */
export const halfOf = (dtype: DType): Half | undefined => rows[dtype].half;

/** The element that `stored` in an array of `dtype` stands for: of a bf16 or f16 those are its bits. */
export const numberIn = (dtype: DType, stored: number): number => halfOf(dtype)?.numbers[stored] ?? stored;

/** The elements of `data`, an array of `dtype`, as numbers: those of bf16 and f16 as f32. */
export function numbersOf(dtype: DType, data: TypedArray): TypedArray {
  const numbers = halfOf(dtype)?.numbers;
  return numbers ? Float32Array.from(data, (bits) => numbers[bits]) : data;
}

/** What stands for `value`, an element of `dtype`, in an array of it. */
export const storedAs = (dtype: DType, value: number): number => halfOf(dtype)?.encode(value) ?? value;

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
    return new rows[dtype].array(length);
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

/** The array of `length` elements of `dtype` that lies at byte `at` of `buffer`. */
export const viewOf = (dtype: DType, buffer: ArrayBufferLike, at: number, length: number): TypedArray =>
  new rows[dtype].array(buffer, at, length);

/** Whether `array` is the array type that stores `dtype`. */
export const holds = (array: unknown, dtype: DType): boolean => array instanceof rows[dtype].array;

/** The names of the array types that hold some dtype. */
export const arrayNames = [...new Set(dtypes.map((dtype) => rows[dtype].array.name))];

/** What no element of the dtype is below and above, NaN aside. */
export const rangeOf = (dtype: DType): readonly [least: number, greatest: number] => rows[dtype].range;

/** What no element of the dtype is below: where a maximum starts. */
export const leastOf = (dtype: DType): number => rows[dtype].range[0];

/** Whether `value` is a whole number that i32 holds. */
export const isI32 = (value: number): boolean => value === (value | 0);

/**
 * `value` as an element of `dtype`, given to `op`: in bool whether it is not 0, in integers without its fraction.
 * Floats take any number, and round it when it is stored. Throws RangeError where an integer dtype cannot hold it.
 */
export function elementOf(op: string, value: number, dtype: DType): number {
  const { class: kind, range } = rows[dtype];
  if (kind === 'bool') return Number(value !== 0);
  if (kind === 'float') return value;
  const whole = Math.trunc(value);
  const [least, greatest] = range;
  if (!(whole >= least && whole <= greatest)) {
    const wider = isI32(whole) ? 'i32' : 'f64';
    throw new RangeError(
      `${op}: ${dtype} holds whole numbers from ${least} to ${greatest}, not ${value}; take dtype '${wider}', for a tensor by astype(x, '${wider}')`,
    );
  }
  return whole | 0; // 0 for −0
}

/** An element of a float dtype, as one of the integers in [least, greatest]: truncated, NaN as 0. */
export function truncated(value: number, dtype: DType): number {
  const [least, greatest] = rows[dtype].range;
  return Number.isNaN(value) ? 0 : Math.trunc(Math.min(Math.max(value, least), greatest));
}

export const isFloat = (dtype: DType): boolean => rows[dtype].class === 'float';

/** Whether elements are whole numbers; those of bool are not numbers. */
export const isInteger = (dtype: DType): boolean => rows[dtype].class === 'integer';

/** `dtype` and all that it promotes to. */
function upwards(dtype: DType): Set<DType> {
  const above: readonly DType[] = table[dtype].above;
  return new Set([dtype, ...above.flatMap((next) => [...upwards(next)])]);
}

/** The least that both promote to. */
function join(a: DType, b: DType): DType {
  const common = [...upwards(a)].filter((dtype) => upwards(b).has(dtype));
  return common.find((least) => common.every((dtype) => upwards(least).has(dtype))) as DType;
}

const joins = new Map(dtypes.map((a) => [a, new Map(dtypes.map((b) => [b, join(a, b)]))]));

/** The dtype that two operands meet at: bool < u8, i8 < i32 < bf16, f16 < f32 < f64. */
export const promote = (a: DType, b: DType): DType => joins.get(a)?.get(b) as DType;

/** The dtype of arithmetic on numbers of `dtype`: what it computes in, and i32 for bool. */
export const toNumber = (dtype: DType): ComputeDType => computeDType(promote(dtype, 'u8'));

/** The dtype of arithmetic that leaves the integers, such as division: f32 unless `dtype` is f64. */
export const toFloat = (dtype: DType): ComputeDType => (dtype === 'f64' ? 'f64' : 'f32');

/** The dtype of tangents and cotangents of values of `dtype`: what a float computes in; f32 for what does not move. */
export const tangentDType = (dtype: DType): ComputeDType => (isFloat(dtype) ? computeDType(dtype) : 'f32');

export function checkDType(dtype: unknown): DType {
  const known = dtypes.find((d) => d === dtype);
  if (!known) throw new DTypeError(`unknown dtype ${String(dtype)}; one of ${dtypes.join(', ')}`);
  return known;
}
