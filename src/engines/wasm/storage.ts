// Tensors in the engine's memory. It is a cache over the collector's: what has not been used for a while goes
// back to arrays when room is needed, so that tensors which nobody frees in time do no harm.
import {
  allocate,
  type DType,
  HeldStorage,
  itemSize,
  MemoryError,
  type Storage,
  showBytes,
  type TypedArray,
} from '../../tensor/index.ts';
import { Heap } from './heap.ts';
import { type Linked, Queue } from './queue.ts';

/** Numbers in the engine's memory, or moved out of it. */
interface Cell extends Linked<Cell> {
  readonly dtype: DType;
  readonly length: number;
  address: number;
  /** The last run that used it. */
  run: number;
  /** Whether its storage has the same numbers in an array. */
  copied: boolean;
  /** The numbers, once they were moved out. Only the storage may keep them alive. */
  array?: TypedArray;
  readonly grave: Grave;
}

/** What the collector tells of a storage that is gone: the cell, unless that has moved out already. */
interface Grave {
  cell?: Cell;
}

/**
 * Memory of the same size that nobody touches: it costs nothing, and lets the collector, which does not see the
 * engine's memory, know how much a tensor keeps alive.
 */
function ballast(bytes: number): ArrayBuffer | undefined {
  if (bytes < 1024) return undefined;
  try {
    // a small one that is not resizable is cheaper; a big one would be filled with zeros
    return bytes < 65536 ? new ArrayBuffer(bytes) : new ArrayBuffer(bytes, { maxByteLength: bytes });
  } catch {
    return undefined; // then it does without
  }
}

/** Numbers that the engine computed. */
class WasmStorage extends HeldStorage {
  readonly store: Store;
  cell: Cell | undefined;
  #array: TypedArray | undefined;
  protected ballast: ArrayBuffer | undefined;

  constructor(store: Store, dtype: DType, length: number) {
    super();
    this.store = store;
    this.ballast = ballast(length * itemSize(dtype));
  }

  protected numbers(): TypedArray {
    const { cell } = this;
    if (this.#array) return this.#array;
    if (!cell) throw new Error('wasm: a result has no numbers yet');
    this.#array = cell.array ?? this.store.copy(cell);
    cell.array = undefined;
    cell.copied = true;
    return this.#array;
  }

  protected forget(): void {
    if (this.cell) this.store.drop(this.cell);
    this.cell = undefined;
    this.#array = undefined;
    this.ballast = undefined;
  }
}

/** Below this size, memory that is needed is asked for rather than taken from what was not used lately. */
const roomy = 2 ** 28;

/** Bytes that WebAssembly can address. */
export const most = 2 ** 32;

/** The engine's memory and the tensors in it. */
export class Store {
  readonly heap = new Heap();
  /** Those used longest ago first. */
  readonly #cells = new Queue<Cell>();
  /** Cells of arrays from elsewhere. */
  readonly #uploaded = new WeakMap<Storage, Cell>();
  readonly #finished = new FinalizationRegistry<Grave>(({ cell }) => cell && this.drop(cell));
  readonly #blocks = new FinalizationRegistry<{ address: number }>(({ address }) => this.heap.give(address));
  #run = 0;
  #evictions = 0;

  /** Bytes that are free without growing. */
  get free(): number {
    return this.heap.free;
  }

  /** How often numbers were copied out to make room. */
  get evictions(): number {
    return this.#evictions;
  }

  /** Begins a run: cells used from now on stay where they are until the next begins. */
  begin(): void {
    this.#run++;
  }

  /** `bytes` bytes, which `heap.give` takes back. Throws MemoryError where there is no room for them. */
  allocate(bytes: number): number {
    const { heap } = this;
    if (bytes > most) throw new MemoryError(this.#refusal(bytes)); // whatever else made room
    const found = heap.take(bytes);
    if (found !== undefined) return found;
    if (heap.size + bytes <= roomy && heap.grow(bytes)) return heap.take(bytes) as number;
    const evicted = this.#makeRoom(bytes, this.#run - 1);
    if (evicted !== undefined) return evicted;
    if (heap.grow(bytes)) return heap.take(bytes) as number;
    const forced = this.#makeRoom(bytes, this.#run);
    if (forced !== undefined) return forced;
    throw new MemoryError(this.#refusal(bytes));
  }

  #refusal(bytes: number): string {
    const wayOut = 'take smaller shapes or batches, or another engine';
    if (bytes > most)
      return `wasm: ${showBytes(bytes)} in one piece, where WebAssembly's memory holds 4 GiB at most; ${wayOut}`;
    const size = (this.heap.size / 2 ** 30).toFixed(2);
    return `wasm: no room for ${bytes} bytes more: WebAssembly's memory of ${size} GiB is in use and cannot grow (4 GiB is the most); ${wayOut}`;
  }

  /** Memory for as long as `owner` lives. */
  allocateFor(owner: object, bytes: number): number {
    const address = this.allocate(bytes);
    this.#blocks.register(owner, { address });
    return address;
  }

  /** Moves cells not used since run `since` into arrays until `bytes` bytes are free in one piece. */
  #makeRoom(bytes: number, since: number): number | undefined {
    for (let cell = this.#cells.first; cell && cell.run < since; cell = this.#cells.first) {
      if (!cell.copied) {
        cell.array = this.copy(cell);
        this.#evictions++;
      }
      this.drop(cell);
      const found = this.heap.take(bytes);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  copy({ dtype, address, length }: Cell): TypedArray {
    const array = allocate(dtype, length, 'wasm'); // which is not shared
    array.set(this.heap.view(dtype, address, length));
    return array;
  }

  drop(cell: Cell): void {
    if (this.#leave(cell)) this.heap.give(cell.address);
  }

  /** Counts `cell` among those in memory, as the one used last. */
  #enter(cell: Cell): void {
    this.#cells.append(cell);
    cell.grave.cell = cell;
  }

  /** Whether `cell` was among those in memory, where it is no longer. */
  #leave(cell: Cell): boolean {
    cell.grave.cell = undefined;
    return this.#cells.remove(cell);
  }

  #cell(dtype: DType, length: number, address: number, storage: Storage): Cell {
    const grave: Grave = {};
    this.#finished.register(storage, grave);
    return {
      dtype,
      length,
      address,
      run: this.#run,
      copied: false,
      grave,
      before: undefined,
      after: undefined,
    };
  }

  /** The address of the numbers of `storage`, brought here if they are elsewhere. */
  address(storage: Storage, dtype: DType, length: number): number {
    const cell = this.#cellOf(storage) ?? this.#newCell(storage, dtype, length);
    const here = this.#leave(cell);
    if (!here) {
      const array = storage.read();
      cell.address = this.#upload(array, dtype, length);
      cell.copied = true;
    }
    cell.run = this.#run;
    this.#enter(cell);
    return cell.address;
  }

  #cellOf(storage: Storage): Cell | undefined {
    if (storage instanceof WasmStorage && storage.store === this) return storage.cell;
    return this.#uploaded.get(storage);
  }

  #newCell(storage: Storage, dtype: DType, length: number): Cell {
    const cell = this.#cell(dtype, length, 0, storage);
    this.#uploaded.set(storage, cell);
    storage.whenGivenUp(() => this.drop(cell));
    return cell;
  }

  #upload(array: TypedArray, dtype: DType, length: number): number {
    const address = this.allocate(length * itemSize(dtype));
    this.heap.view(dtype, address, length).set(array);
    return address;
  }

  /** A block of its own with the numbers of `storage`: the very block, where nobody else has a use for it. */
  seize(storage: Storage, dtype: DType, length: number, alone: boolean): number {
    const cell = this.#cellOf(storage);
    if (!alone || !cell || !this.#leave(cell)) return this.#upload(storage.read(), dtype, length);
    if (storage instanceof WasmStorage) storage.giveUp(); // which has nothing to free any more
    return cell.address;
  }

  /** A storage for the numbers in the block at `address`, which it owns from now on. */
  adopt(dtype: DType, length: number, address: number): Storage {
    const storage = new WasmStorage(this, dtype, length);
    storage.cell = this.#cell(dtype, length, address, storage);
    this.#enter(storage.cell);
    return storage;
  }
}
