// The immutable Tensor value: a dtype, a shape, and a storage that knows where the numbers are.
// Projects that use the library need the type of Symbol.dispose with it:
/// <reference lib="esnext.disposable" preserve="true" />
import * as arg from './arguments.ts';
import { arrayNames, type DType, dtypes, holds, numberIn, type TypedArray } from './dtype.ts';
import { DTypeError, givenUp, ShapeError, TraceError } from './errors.ts';
import { checked } from './front.ts';
import { formatTensor } from './print.ts';
import { type Shape, showShape, sizeOf } from './shape.ts';

/** Where a tensor's numbers are: host memory, an engine's memory, or (while tracing) nowhere yet. */
export interface Storage {
  /** Whether there are no numbers, only a place in a trace. */
  readonly traced: boolean;
  /** Whether the numbers were given up. */
  readonly given: boolean;
  /** The elements in row-major order. Throws TraceError where there are none. */
  read(): TypedArray;
  /** Lets go of the numbers: whoever reads or computes with them from now on gets a TraceError. */
  giveUp(): void;
  /** Has `free` called once the numbers are given up, by whoever holds a copy of them. */
  whenGivenUp(free: () => void): void;
}

/** A storage that has numbers until they are given up. */
export abstract class HeldStorage implements Storage {
  readonly traced = false;
  #given = false;
  #copies: (() => void)[] | undefined;

  get given(): boolean {
    return this.#given;
  }
  read(): TypedArray {
    return this.#given ? givenUp() : this.numbers();
  }
  giveUp(): void {
    if (this.#given) return;
    this.#given = true;
    this.forget();
    for (const free of this.#copies ?? []) free();
    this.#copies = undefined;
  }
  whenGivenUp(free: () => void): void {
    this.#copies ??= [];
    this.#copies.push(free);
  }

  /** The elements in row-major order. */
  protected abstract numbers(): TypedArray;
  /** Lets go of them; they are not asked for any more. */
  protected abstract forget(): void;
}

const nothing = new Uint8Array(0);

export class HostStorage extends HeldStorage {
  #array: TypedArray;
  constructor(array: TypedArray) {
    super();
    this.#array = array;
  }
  protected numbers(): TypedArray {
    return this.#array;
  }
  protected forget(): void {
    this.#array = nothing;
  }
}

export type NestedArray = number | boolean | NestedArray[];

/** What an abstract value is known by while tracing. */
export interface Aval {
  readonly dtype: DType;
  readonly shape: Shape;
}

type Part = (x: Tensor, i: number) => Tensor;

let partOf: Part = () => {
  throw new TraceError("an engine gives a tensor's parts; import from the library's front door");
};

/** Makes `part` give entry `i` along axis 0 of a tensor, which takes more than this folder knows. */
export function setPart(part: Part): void {
  partOf = part;
}

/** An n-dimensional array of one dtype. A value: no operation changes it. */
export class Tensor implements Aval {
  constructor(
    readonly dtype: DType,
    readonly shape: Shape,
    readonly storage: Storage,
  ) {
    if (storage === undefined) throw new TypeError('Tensor: tensors are made by tensor(values, dtype?)');
  }

  get ndim(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /**
   * The elements in row-major order; of bf16 and f16 their bits, which `astype(x, 'f32')` makes numbers. Shared, not
   * copied: read it, do not write to it.
   */
  get data(): TypedArray {
    return this.storage.read();
  }

  /** The only element of a tensor of size 1. Throws ShapeError for any other size. */
  item(): number {
    if (this.size !== 1)
      throw new ShapeError(`item: shape ${showShape(this.shape)} has ${this.size} elements, not one`);
    return numberIn(this.dtype, this.data[0]);
  }

  /** The parts along axis 0, as in `const [a, b] = split(key)`. Throws ShapeError for shape []. */
  *[Symbol.iterator](): Generator<Tensor, void> {
    if (this.ndim === 0)
      throw new ShapeError('a tensor of shape [] has no axis to go along; read its number with item()');
    for (let i = 0; i < this.shape[0]; i++) yield partOf(this, i);
  }

  /** Nested arrays in the tensor's shape (a bare number for shape []); booleans for dtype bool. */
  toArray(): NestedArray {
    const { data, dtype, shape } = this;
    let next = 0;
    const build = (axis: number): NestedArray => {
      if (axis < shape.length) return Array.from({ length: shape[axis] }, () => build(axis + 1));
      const value = numberIn(dtype, data[next++]);
      return dtype === 'bool' ? value !== 0 : value;
    };
    return build(0);
  }

  /**
   * Gives the numbers up now, where else the collector would some time after nobody has them: an engine's memory is free at
   * once. To read this tensor from then on, or one that shares its numbers, as a reshaped one may, is a TraceError.
   * Inside a transformation there are no numbers yet, and nothing happens.
   */
  dispose(): void {
    this.storage.giveUp();
  }

  /** The same at the end of the block, for `using x = …`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** What JSON.stringify writes: the nested arrays, where NaN and the infinities become null. */
  toJSON(): NestedArray {
    return this.toArray();
  }

  /** A tensor in a string is printed; JavaScript's own operators do not compute with tensors, and say so. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === 'string') return this.toString();
    throw new TypeError(
      `a tensor, ${this.dtype}${showShape(this.shape)}, is no number to JavaScript's operators: write add(x, 1) for x + 1, greater(x, 0) for x > 0, where(…) for a branch, x.item() for the number in it`,
    );
  }

  toString(): string {
    return formatTensor(this.dtype, this.shape, this.storage.traced ? undefined : this.data);
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

const typedArray = arg.value(
  'array',
  `a ${arrayNames.slice(0, -1).join(', ')} or ${arrayNames.at(-1)}`,
  (given): given is TypedArray => dtypes.some((dtype) => holds(given, dtype)),
);

/**
 * A tensor over `array`, which is kept, not copied: its elements, or the bits of bf16 and f16. Throws if its length or
 * type does not fit.
 */
export const fromTypedArray = checked(
  'fromTypedArray',
  [typedArray, arg.shape(), arg.dtype()],
  (array: TypedArray, shape: Shape, dtype: DType): Tensor => {
    if (array.length !== sizeOf(shape))
      throw new ShapeError(
        `fromTypedArray: ${array.length} values do not fill shape ${showShape(shape)}, which has ${sizeOf(shape)}`,
      );
    if (!holds(array, dtype))
      throw new DTypeError(`fromTypedArray: a ${array.constructor.name} does not hold ${dtype}`);
    return new Tensor(dtype, shape, new HostStorage(array));
  },
);

/**
 * Tensors of `avals` over `arrays`. Those over one array share its storage, also with an input that it came
 * from: if one is given up, all are.
 */
export function tensorsOver(
  arrays: readonly TypedArray[],
  avals: readonly Aval[],
  inputs: readonly Tensor[],
): Tensor[] {
  const storages = new Map<TypedArray, Storage>(
    inputs.filter(({ data }) => arrays.includes(data)).map(({ data, storage }) => [data, storage]),
  );
  return arrays.map((array, i) => {
    const storage = storages.get(array) ?? new HostStorage(array);
    storages.set(array, storage);
    return new Tensor(avals[i].dtype, avals[i].shape, storage);
  });
}
