// Tensors that live with TensorFlow.js between executions, and when each is freed.
//
// Nothing here needs dispose(), which frees at once: what JavaScript's collector finds unused is freed by finalisation.
// But finalisers only run when the program returns to its event loop, so a loop that never does would fill the
// memory. Hence tensors that no execution has touched for a while move to the host, where the collector needs
// no help; one that is used again comes back. (On tfjs-node even the copies on the host are only given back at
// the event loop, by Node itself: a long loop there should await something now and then.)
import {
  allocate,
  type DType,
  HeldStorage,
  holds,
  type Storage,
  sameShape,
  Tensor,
  type TypedArray,
} from '../../tensor/index.ts';
import type { Found, Tf, TfTensor } from './load.ts';

export const tfDType = { bool: 'bool', i32: 'int32', f32: 'float32' } as const;
export type DeviceDType = keyof typeof tfDType;

export const onDevice = (dtype: DType): dtype is DeviceDType => Object.hasOwn(tfDType, dtype);

/** The elements of `tensor` in the array type of `dtype`. */
export function download(tensor: TfTensor, dtype: DType): TypedArray {
  const data = tensor.dataSync();
  if (holds(data, dtype)) return data;
  const array = allocate(dtype, data.length); // a backend may keep small dtypes in the array of another
  array.set(data);
  return array;
}

const isTaken = (array: TypedArray): array is Uint8Array | Int32Array | Float32Array =>
  array instanceof Uint8Array || array instanceof Int32Array || array instanceof Float32Array;

/** `array` as a tensor that no tidy() frees. */
export function upload(tf: Tf, array: TypedArray, shape: readonly number[], dtype: DeviceDType): TfTensor {
  if (!isTaken(array)) throw new TypeError(`TensorFlow.js has no ${array.constructor.name}`);
  return tf.keep(tf.tensor(array, [...shape], tfDType[dtype]));
}

/** Where the elements of one storage are: with TensorFlow.js, on the host, or both. */
interface Cell {
  readonly dtype: DType;
  tensor?: TfTensor;
  /** For results; other storages have their own. */
  array?: TypedArray;
  readonly result: boolean;
  lastUse: number;
}

/** What an execution gave: read when somebody asks. */
class DeviceStorage extends HeldStorage {
  constructor(
    private readonly cell: Cell,
    /** As large as what it stands for, never touched: tells the collector what is at stake. */
    protected weight?: ArrayBuffer,
  ) {
    super();
  }
  protected numbers(): TypedArray {
    const { cell } = this;
    if (cell.tensor) cell.array ??= download(cell.tensor, cell.dtype);
    return cell.array as TypedArray;
  }
  protected forget(): void {
    this.cell.array = undefined;
    this.weight = undefined;
  }
}

export class Memory {
  private clock = 0;
  private bytes = 0;
  /** Everything with a tensor, the longest unused first. */
  private readonly resident = new Set<Cell>();
  private readonly cells = new WeakMap<Storage, Cell>();
  private readonly garbage = new FinalizationRegistry<Cell>((cell) => this.release(cell));

  constructor(
    private readonly found: Pick<Found, 'tf' | 'native'>,
    /** Executions that an unused tensor stays for, and bytes that all of them may take. */
    private readonly limits = { executions: 64, bytes: 2 ** 30 },
  ) {}

  get tf(): Tf {
    return this.found.tf;
  }

  /** To be called before each execution. */
  advance(): void {
    this.clock++;
    for (const cell of this.resident) {
      const old = this.clock - cell.lastUse > this.limits.executions;
      const full = this.bytes > this.limits.bytes && cell.lastUse < this.clock - 1;
      if (!old && !full) break;
      if (cell.result && cell.tensor) cell.array ??= download(cell.tensor, cell.dtype);
      this.release(cell);
    }
  }

  /** The tensor of a storage that holds `dtype`; TensorFlow.js gets it if it has not got it yet. */
  tensor(storage: Storage, shape: readonly number[], dtype: DeviceDType): TfTensor {
    const known = this.cells.get(storage);
    const cell = known ?? { dtype, result: false, lastUse: this.clock };
    if (!known) this.track(storage, cell);
    cell.tensor ??= this.admit(cell, upload(this.tf, cell.array ?? storage.read(), shape, dtype));
    this.touch(cell);
    return sameShape(cell.tensor.shape, shape) ? cell.tensor : this.tf.reshape(cell.tensor, [...shape]);
  }

  /** `tensor`, which is now this memory's to free, as a value. */
  keep(tensor: TfTensor, shape: readonly number[], dtype: DType): Tensor {
    const cell: Cell = { dtype, result: true, lastUse: this.clock };
    cell.tensor = this.admit(cell, this.tf.keep(tensor));
    const storage = new DeviceStorage(cell, this.found.native ? new ArrayBuffer(size(tensor)) : undefined);
    this.track(storage, cell);
    return new Tensor(dtype, shape, storage);
  }

  private track(storage: Storage, cell: Cell): void {
    this.cells.set(storage, cell);
    this.garbage.register(storage, cell);
    storage.whenGivenUp(() => this.release(cell));
  }

  private admit(cell: Cell, tensor: TfTensor): TfTensor {
    this.resident.add(cell);
    this.bytes += size(tensor);
    return tensor;
  }

  private touch(cell: Cell): void {
    if (cell.lastUse === this.clock) return;
    cell.lastUse = this.clock;
    this.resident.delete(cell);
    this.resident.add(cell);
  }

  private release(cell: Cell): void {
    if (!cell.tensor) return;
    this.resident.delete(cell);
    this.bytes -= size(cell.tensor);
    cell.tensor.dispose();
    cell.tensor = undefined;
  }
}

const size = ({ size, dtype }: TfTensor): number => size * (dtype === 'bool' ? 1 : 4);
