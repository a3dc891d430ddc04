// Where functions find their buffers, all in one memory.
import type { Buffer } from '../../compile/index.ts';
import type { Code } from './encode.ts';

export interface Layout {
  /** Buffers whose addresses stand in a table at the frame, in order. */
  readonly table: readonly Buffer[];
  /** Buffers at fixed distances from the frame. */
  readonly frame: ReadonlyMap<Buffer, number>;
  /** Buffers at fixed distances from the thread's scratch. */
  readonly scratch: ReadonlyMap<Buffer, number>;
  /** Buffers whose addresses stand at such distances, a thread's own. */
  readonly pointers: ReadonlyMap<Buffer, number>;
  /** Buffers that lie where others do. */
  readonly reuses: ReadonlyMap<Buffer, Buffer>;
}

/** A local with an address, and what to add to it. */
export interface Base {
  readonly local: number;
  readonly offset: number;
}

/** Where a function finds the addresses of buffers. */
export class Places {
  readonly #slots: ReadonlyMap<Buffer, number>;
  constructor(readonly layout: Layout) {
    this.#slots = new Map(layout.table.map((buffer, i) => [buffer, i]));
  }

  /** Where in the frame the address of `buffer` stands, if it does. */
  slot(buffer: Buffer): number | undefined {
    const at = this.#slots.get(this.layout.reuses.get(buffer) ?? buffer);
    return at === undefined ? undefined : 4 * at;
  }

  /** Where in a thread's scratch the address of `buffer` is to stand. */
  pointer(buffer: Buffer): number {
    const at = this.layout.pointers.get(buffer);
    if (at === undefined) throw new Error('wasm: a part of a buffer has no place');
    return at;
  }

  /** The place of `buffer`, in a local where it is read from the table. */
  base(code: Code, buffer: Buffer, frame: number, scratch: number): Base {
    const home = this.layout.reuses.get(buffer) ?? buffer;
    const [inFrame, inScratch] = [this.layout.frame.get(home), this.layout.scratch.get(home)];
    if (inFrame !== undefined) return { local: frame, offset: inFrame };
    if (inScratch !== undefined) return { local: scratch, offset: inScratch };
    const pointer = this.layout.pointers.get(home);
    const slot = pointer ?? this.slot(buffer);
    if (slot === undefined) throw new Error('wasm: a buffer has no place');
    const local = code.local('i32');
    code.get(pointer === undefined ? frame : scratch);
    code.memory('i32.load', slot);
    code.set(local);
    return { local, offset: 0 };
  }
}
