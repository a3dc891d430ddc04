// A compiled graph in WebAssembly: its module, the memory of a run, and its kernels one after the other.
import {
  alignment,
  allSteps,
  type Buffer,
  type Compiled,
  type Load,
  loadOf,
  shareablesOf,
} from '../../compile/index.ts';
import { itemSize, MemoryError, roundUp, type Storage } from '../../tensor/index.ts';
import { isShared } from './control.ts';
import { controlName, emit, routineName } from './emit.ts';
import { hasRelaxedSimd } from './host.ts';
import { math } from './math.ts';
import type { Store } from './storage.ts';
import { KernelError, type Team } from './team.ts';

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
  /** Inputs, outputs and parts of buffers, each once. */
  readonly #table: readonly Buffer[];
  /** Of each output its place in the table, which may be an input's. */
  readonly #results: readonly number[];
  /** Of each input, which come first in the table, whether results are written over it. */
  readonly #overwritten: readonly boolean[];
  /** What threads can share. */
  readonly #loads: readonly Load[];
  readonly #run: ((begin: number, end: number, frame: number, scratch: number) => number)[];
  /** What is done in order: what threads can share, and loops and branches with all that is in them. */
  readonly #steps: ((frame: number, scratch: number) => void)[];
  readonly #bytes: Uint8Array;
  readonly #id = ++programs;
  /** Where helpers find the module. */
  #address: number | undefined;
  readonly #frameBytes: number;
  readonly #scratchBytes: number;

  constructor(compiled: Compiled, store: Store, team: Team) {
    const { inputs, outputs, steps, slices, reuses, arena, scratch } = compiled;
    for (const { size } of [...inputs, ...outputs, ...arena.offsets.keys()])
      if (size >= 2 ** 31)
        throw new MemoryError(
          `wasm: an array of ${size} elements, where 2^31 - 1 are the most; take smaller shapes or batches, or another engine`,
        );
    this.#store = store;
    this.#team = team;
    this.#compiled = compiled;
    const pieces = allSteps(steps).flatMap((step) => (step.kind === 'parallel' ? step.slices : []));
    const entries = slices.filter((slice) => !pieces.includes(slice)).map(({ entry }) => entry);
    const homes = outputs.map((buffer) => reuses.get(buffer) ?? buffer);
    this.#table = [...new Set([...inputs, ...homes, ...entries])];
    this.#results = homes.map((home) => this.#table.indexOf(home));
    const overwritten = new Set(reuses.values());
    this.#overwritten = inputs.map((input) => overwritten.has(input));
    const head = roundUp(4 * this.#table.length, alignment);
    const frame = new Map([...arena.offsets].map(([buffer, offset]) => [buffer, head + offset]));
    const own = roundUp(scratch.bytes, alignment);
    const pointers = new Map(pieces.map(({ entry }, i) => [entry, own + 4 * i]));
    const layout = { table: this.#table, frame, scratch: scratch.offsets, pointers, reuses };
    this.#bytes = emit(steps, layout, { shared: store.heap.shared, relaxed: usesRelaxedSimd() });
    const { memory } = store.heap;
    const share = (i: number, frame: number, scratch: number): void => this.#perform(i, frame, scratch);
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(this.#bytes), {
      memory: { memory },
      math,
      program: { share },
    });
    const shareables = shareablesOf(steps);
    this.#loads = shareables.map(loadOf);
    this.#run = shareables.map((_, i) => exports[routineName(i)]);
    let controls = 0;
    this.#steps = steps.map((step) => {
      if (step.kind !== 'leaf' && step.kind !== 'parallel') return exports[controlName(controls++)];
      const i = shareables.indexOf(step);
      return (frame, scratch) => this.#perform(i, frame, scratch);
    });
    this.#frameBytes = head + roundUp(arena.bytes, alignment);
    this.#scratchBytes = own + roundUp(4 * pieces.length, alignment);
  }

  /** Bytes of the module. */
  get size(): number {
    return this.#bytes.length;
  }

  /** Runs the kernels on `storages`, and gives the storages of the outputs. */
  run(storages: readonly Storage[]): Storage[] {
    const { inputs } = this.#compiled;
    const { heap } = this.#store;
    this.#store.begin();
    const addresses = new Int32Array(this.#table.length); // the places of parts of buffers change from round to round
    const own = new Set<number>(); // places whose blocks become results
    const mine: number[] = []; // blocks that do not
    try {
      for (let i = 0; i < inputs.length; i++) {
        const { dtype, size } = inputs[i];
        if (!this.#overwritten[i]) addresses[i] = this.#store.address(storages[i], dtype, size);
      }
      for (let i = 0; i < inputs.length; i++) {
        if (!this.#overwritten[i]) continue;
        const { dtype, size } = inputs[i];
        const alone = storages.filter((other) => other === storages[i]).length === 1;
        addresses[i] = this.#store.seize(storages[i], dtype, size, alone);
        own.add(i);
      }
      for (const place of this.#results) {
        if (place < inputs.length || own.has(place)) continue;
        addresses[place] = this.#store.allocate(bytesOf(this.#table[place]));
        own.add(place);
      }
      const frame = this.#store.allocate(this.#frameBytes);
      mine.push(frame);
      const scratch = this.#store.allocate(this.#scratchBytes * this.#team.size);
      mine.push(scratch);
      heap.view('i32', frame, addresses.length).set(addresses);
      for (const step of this.#steps) step(frame, scratch);
    } catch (error) {
      for (const place of own) heap.give(addresses[place]);
      if (error instanceof WebAssembly.RuntimeError || error instanceof KernelError)
        throw new Error(`wasm: a kernel failed: ${error.message}`, { cause: error });
      throw error;
    } finally {
      for (const address of mine) heap.give(address);
    }
    const made = new Map<number, Storage>();
    for (const place of own) {
      const { dtype, size } = this.#table[place];
      made.set(place, this.#store.adopt(dtype, size, addresses[place]));
    }
    return this.#results.map((place) => made.get(place) ?? storages[place]);
  }

  #perform(i: number, frame: number, scratch: number): void {
    const { tasks } = this.#loads[i];
    const run = this.#run[i];
    if (!isShared(this.#loads[i]) || this.#team.size === 1) {
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
