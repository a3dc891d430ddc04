// Routines written by hand, run by the wasm engine.
import {
  type Buffer,
  type Compiled,
  type Expression,
  index,
  loop,
  type Routine,
  read,
  type Statement,
  variable,
} from '../../../src/compile/index.ts';
import { Program } from '../../../src/engines/wasm/program.ts';
import { Store } from '../../../src/engines/wasm/storage.ts';
import { Team } from '../../../src/engines/wasm/team.ts';
import {
  type DType,
  HostStorage,
  itemSize,
  type Storage,
  type TypedArray,
} from '../../../src/tensor/index.ts';

export const buffer = (dtype: DType, size: number): Buffer => ({ dtype, size });

/** A routine whose body is given by its task's number. */
export function routine(tasks: number, body: (task: Expression) => readonly Statement[], work = 1): Routine {
  const [begin, end, task] = [variable(index), variable(index), variable(index)];
  return {
    tasks,
    work,
    begin,
    end,
    body: [loop(task, read(begin), read(end), 1, body(read(task)))],
  };
}

/** Buffers one after the other. */
function layOut(buffers: readonly Buffer[]): { offsets: Map<Buffer, number>; bytes: number } {
  let bytes = 0;
  const offsets = new Map<Buffer, number>();
  for (const it of buffers) {
    offsets.set(it, bytes);
    bytes += Math.ceil((it.size * itemSize(it.dtype)) / 64) * 64;
  }
  return { offsets, bytes };
}

export interface Kernels {
  readonly inputs?: readonly Buffer[];
  readonly outputs: readonly Buffer[];
  readonly routines: readonly Routine[];
  readonly arena?: readonly Buffer[];
  readonly scratch?: readonly Buffer[];
  /** Outputs that are written over inputs. */
  readonly reuses?: ReadonlyMap<Buffer, Buffer>;
}

const compiledOf = (kernels: Kernels): Compiled => ({
  inputs: kernels.inputs ?? [],
  outputs: kernels.outputs,
  reuses: kernels.reuses ?? new Map(),
  steps: kernels.routines.map((leaf) => ({ kind: 'leaf', leaf })),
  routines: kernels.routines,
  slices: [],
  arena: layOut(kernels.arena ?? []),
  scratch: layOut(kernels.scratch ?? []),
  explained: [],
  kernels: [],
});

/** A memory with `threads` threads on it. */
export function place(threads = 1, silence?: number): { store: Store; team: Team } {
  const store = new Store();
  return { store, team: new Team(store.heap, () => threads, silence) };
}

const alone = place();

export const program = (kernels: Kernels, { store, team } = alone): Program =>
  new Program(compiledOf(kernels), store, team);

export const storageOf = (array: TypedArray): Storage => new HostStorage(array);

/** The outputs of `kernels` on `arrays`. */
export const execute = (kernels: Kernels, arrays: readonly TypedArray[] = [], where = alone): TypedArray[] =>
  program(kernels, where)
    .run(arrays.map(storageOf))
    .map((storage) => storage.read());
