// The memory that all kernels and threads work in: blocks of one WebAssembly memory, handed out and taken back.
import { type DType, roundUp, type TypedArray, viewOf } from '../../tensor/index.ts';
import { maximumPages } from './encode.ts';

const page = 65536;
/** Blocks begin and end at whole cache lines. */
const line = 64;

/** Whether memory can be shared: a browser lets only a page do so that is cross-origin isolated. */
const canShare = (): boolean => typeof SharedArrayBuffer !== 'undefined';

/** A shared memory of up to 4 GiB, or of as much as there is to be had. */
function makeMemory(): WebAssembly.Memory {
  for (let maximum = maximumPages; maximum >= 1024; maximum /= 2)
    for (const shared of [canShare(), false])
      try {
        return new WebAssembly.Memory({ initial: 16, maximum, shared });
      } catch {
        // less, then
      }
  return new WebAssembly.Memory({ initial: 16 });
}

interface Range {
  at: number;
  bytes: number;
}

export class Heap {
  readonly memory: WebAssembly.Memory = makeMemory();
  /** Free ranges by address; no two touch. */
  readonly #free: Range[] = [];
  readonly #taken = new Map<number, number>();

  constructor() {
    this.#release(line, this.size - line); // address 0 is nobody's
  }

  /** Whether threads can share it. */
  get shared(): boolean {
    return canShare() && this.memory.buffer instanceof SharedArrayBuffer;
  }

  /** Bytes in all. */
  get size(): number {
    return this.memory.buffer.byteLength;
  }

  /** Bytes that are free. */
  get free(): number {
    return this.#free.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** The address of `bytes` bytes from what is free, if they are there in one piece. */
  take(bytes: number): number | undefined {
    const need = Math.max(line, roundUp(bytes, line));
    let best = -1;
    for (let i = 0; i < this.#free.length; i++)
      if (this.#free[i].bytes >= need && (best < 0 || this.#free[i].bytes < this.#free[best].bytes)) best = i;
    if (best < 0) return undefined;
    const range = this.#free[best];
    const { at } = range;
    this.#taken.set(at, need);
    range.at += need;
    range.bytes -= need;
    if (range.bytes === 0) this.#free.splice(best, 1);
    return at;
  }

  /** Makes the memory bigger, so that `bytes` more bytes fit; gives whether it could. */
  grow(bytes: number): boolean {
    const last = this.#free.at(-1);
    const before = this.size;
    const atEnd = last && last.at + last.bytes === before ? last.bytes : 0;
    const need = Math.ceil((roundUp(bytes, line) - atEnd) / page);
    for (const pages of [Math.max(need, Math.floor(before / page / 4)), need])
      try {
        this.memory.grow(pages);
        this.#release(before, this.size - before);
        return true;
      } catch {
        // perhaps just as much as is needed
      }
    return false;
  }

  give(at: number): void {
    const bytes = this.#taken.get(at);
    if (bytes === undefined) throw new Error(`wasm: no block begins at ${at}`);
    this.#taken.delete(at);
    this.#release(at, bytes);
  }

  #release(at: number, bytes: number): void {
    let [low, high] = [0, this.#free.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#free[middle].at < at) low = middle + 1;
      else high = middle;
    }
    const [before, after] = [this.#free[low - 1], this.#free[low]];
    const joinsBefore = before && before.at + before.bytes === at;
    const joinsAfter = after && at + bytes === after.at;
    if (joinsBefore && joinsAfter) {
      before.bytes += bytes + after.bytes;
      this.#free.splice(low, 1);
    } else if (joinsBefore) before.bytes += bytes;
    else if (joinsAfter) {
      after.at = at;
      after.bytes += bytes;
    } else this.#free.splice(low, 0, { at, bytes });
  }

  /** The numbers at `at`, as they are and will be. */
  view(dtype: DType, at: number, length: number): TypedArray {
    return viewOf(dtype, this.memory.buffer, at, length);
  }
}
