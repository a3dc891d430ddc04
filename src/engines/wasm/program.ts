// A compiled graph in WebAssembly: its module, the memory of a run, and its kernels one after the other.
import { alignment, type Buffer, type Compiled } from '../../compile/index.ts';
import { itemSize, MemoryError, roundUp, type Storage } from '../../tensor/index.ts';
import { emit, routineName } from './emit.ts';
import { hasRelaxedSimd } from './host.ts';
import { math } from './math.ts';
import type { Store } from './storage.ts';
import { KernelError, type Team } from './team.ts';

/** Additions below which a kernel is done by the caller alone: to wake others takes about as long. */
const worthSharing = 100_000;

const bytesOf = ({ dtype, size }: Buffer): number => size * itemSize(dtype);

let programs = 0;
let relaxed: boolean | undefined;

/** Whether kernels use relaxed SIMD here. */
export function usesRelaxedSimd(): boolean {
  relaxed ??= hasRelaxedSimd();
  return relaxed;
}

/** The kernels of one graph. */
export class Program {
  readonly #store: Store;
  readonly #team: Team;
  readonly #compiled: Compiled;
  /** Inputs and outputs, each once. */
  readonly #table: readonly Buffer[];
  readonly #run: ((begin: number, end: number, frame: number, scratch: number) => number)[];
  readonly #bytes: Uint8Array;
  readonly #id = ++programs;
  /** Where helpers find the module. */
  #address: number | undefined;
  readonly #frameBytes: number;
  readonly #scratchBytes: number;

  constructor(compiled: Compiled, store: Store, team: Team) {
    const { inputs, outputs, routines, arena, scratch } = compiled;
    for (const { size } of [...inputs, ...outputs, ...arena.offsets.keys()])
      if (size >= 2 ** 31)
        throw new MemoryError(
          `wasm: an array of ${size} elements, where 2^31 - 1 are the most; take smaller shapes or batches, or another engine`,
        );
    this.#store = store;
    this.#team = team;
    this.#compiled = compiled;
    this.#table = [...new Set([...inputs, ...outputs])];
    const head = roundUp(4 * this.#table.length, alignment);
    const frame = new Map([...arena.offsets].map(([buffer, offset]) => [buffer, head + offset]));
    const layout = { table: this.#table, frame, scratch: scratch.offsets };
    this.#bytes = emit(routines, layout, { shared: store.heap.shared, relaxed: usesRelaxedSimd() });
    const { memory } = store.heap;
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(this.#bytes), {
      memory: { memory },
      math,
    });
    this.#run = routines.map((_, i) => exports[routineName(i)]);
    this.#frameBytes = head + roundUp(arena.bytes, alignment);
    this.#scratchBytes = roundUp(scratch.bytes, alignment);
  }

  /** Bytes of the module. */
  get size(): number {
    return this.#bytes.length;
  }

  /** Runs the kernels on `storages`, and gives the storages of the outputs. */
  run(storages: readonly Storage[]): Storage[] {
    const { inputs, outputs, reuses, routines } = this.#compiled;
    const { heap } = this.#store;
    this.#store.begin();
    const overwritten = new Set(reuses.values());
    const places = new Map<Buffer, number>();
    const own = new Map<Buffer, number>(); // blocks that become results
    const mine: number[] = []; // blocks that do not
    try {
      inputs.forEach((buffer, i) => {
        if (!overwritten.has(buffer))
          places.set(buffer, this.#store.address(storages[i], buffer.dtype, buffer.size));
      });
      for (const [output, input] of reuses) {
        const storage = storages[inputs.indexOf(input)];
        const alone = storages.filter((other) => other === storage).length === 1;
        own.set(output, this.#store.seize(storage, input.dtype, input.size, alone));
        places.set(input, own.get(output) as number);
      }
      for (const buffer of outputs)
        if (!places.has(buffer) && !own.has(buffer)) own.set(buffer, this.#store.allocate(bytesOf(buffer)));
      const frame = this.#store.allocate(this.#frameBytes);
      mine.push(frame);
      const scratch = this.#store.allocate(this.#scratchBytes * this.#team.size);
      mine.push(scratch);
      const table = this.#table.map((buffer) => places.get(buffer) ?? (own.get(buffer) as number));
      heap.view('i32', frame, table.length).set(table);
      for (const i of routines.keys()) this.#perform(i, frame, scratch);
    } catch (error) {
      for (const address of own.values()) heap.give(address);
      if (error instanceof WebAssembly.RuntimeError || error instanceof KernelError)
        throw new Error(`wasm: a kernel failed: ${error.message}`, { cause: error });
      throw error;
    } finally {
      for (const address of mine) heap.give(address);
    }
    const results = new Map<Buffer, Storage>();
    for (const [buffer, address] of own)
      results.set(buffer, this.#store.adopt(buffer.dtype, buffer.size, address));
    return outputs.map((buffer) => results.get(buffer) ?? storages[inputs.indexOf(buffer)]);
  }

  #perform(i: number, frame: number, scratch: number): void {
    const { tasks, work } = this.#compiled.routines[i];
    const run = this.#run[i];
    if (tasks <= 1 || work < worthSharing || this.#team.size === 1) {
      run(0, tasks, frame, scratch);
      return;
    }
    this.#team.run({
      program: this.#id,
      address: this.#module(),
      bytes: this.#bytes.length,
      routine: i,
      tasks,
      frame,
      scratch,
      stride: this.#scratchBytes,
      run: (begin, end) => {
        run(begin, end, frame, scratch);
      },
    });
  }

  /** Where the module's bytes are in shared memory. */
  #module(): number {
    if (this.#address === undefined) {
      const { length } = this.#bytes;
      this.#address = this.#store.allocateFor(this, length);
      this.#store.heap.view('bool', this.#address, length).set(this.#bytes);
    }
    return this.#address;
  }
}
