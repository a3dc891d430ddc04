// The native engine: a program as C, built by the system's compiler and called through koffi.
import { alignment, explainGraph, type Target } from '../../compile/index.ts';
import { type Engine, type Executable, type Graph, workOfGraph } from '../../graph/index.ts';
import { allocate, allocateBytes, type TypedArray, tensorsOver } from '../../tensor/index.ts';
import { onHost } from '../host/index.ts';
import { threadCount } from '../threads.ts';
import { loadLibrary } from './build.ts';
import { features, thisCpu } from './cpu.ts';
import { programOf } from './program.ts';
import { runtimeSource } from './runtime.ts';
import { toolchain } from './toolchain.ts';

const registers = {
  avx512: { name: 'AVX-512', vectorBytes: 64, registers: 32 },
  avx2: { name: 'AVX2', vectorBytes: 32, registers: 16 },
  neon: { name: 'NEON', vectorBytes: 16, registers: 32 },
  none: { name: 'no vectors', vectorBytes: 16, registers: 16 },
} as const;

const target = (): Target => ({
  ...registers[features()],
  vectors: ['bool', 'i32', 'f32', 'f64'],
  spreads: true,
  threads: threadCount(),
});

interface Runtime {
  readonly run: (
    steps: unknown,
    arrays: readonly TypedArray[],
    count: number,
    slices: number,
    arena: Uint8Array,
    scratch: Uint8Array,
    scratchBytes: number,
    threads: number,
  ) => void;
  readonly advise: (memory: TypedArray, bytes: number) => void;
}

let started: Runtime | undefined;

function startRuntime(): Runtime {
  if (started) return started;
  const library = loadLibrary(runtimeSource);
  started = {
    run: library.func('run', 'void', [
      ...['void *', 'void **', 'int64_t', 'int64_t'],
      ...['void *', 'void *', 'int64_t', 'int64_t'],
    ]),
    advise: library.func('advise', 'void', ['void *', 'int64_t']),
  };
  return started;
}

/** Bytes from which memory is asked for in large pages. */
const large = 2 ** 21;

/** New memory, zero. */
function reserve<A extends TypedArray>(array: A, { advise }: Runtime): A {
  if (array.byteLength >= large) advise(array, array.byteLength);
  return array;
}

/**
 * What lies between kernels, and what threads have for themselves: one block that all programs share, since one runs at
 * a time, as long as one that used it is there.
 */
class Block {
  #bytes = new WeakRef(new Uint8Array(0));
  constructor(readonly what: string) {}

  /** A block of `size` bytes, or more. */
  get(size: number, runtime: Runtime): Uint8Array {
    const known = this.#bytes.deref();
    if (known && known.length >= size) return known;
    const made = reserve(allocateBytes(size, `native: ${this.what}`), runtime);
    this.#bytes = new WeakRef(made);
    return made;
  }
}
const arenas = new Block('what lies between kernels');
const scratches = new Block('what threads have for themselves');

function compile(graph: Graph): Executable {
  const { text, arrays, outputs, overwritten, slices, arenaBytes, scratchBytes } = programOf(graph, target());
  const runtime = startRuntime();
  const library = loadLibrary(text);
  const steps: unknown = library.func('program', 'void *', [])();
  const memoryFor = (threads: number) => ({
    library, // what nothing refers to is unloaded
    arena: arenas.get(arenaBytes + alignment, runtime),
    scratch: scratches.get(scratchBytes * threads + alignment, runtime),
  });
  let memory = memoryFor(threadCount());
  return (inputs) => {
    const threads = threadCount(); // which may be others than it was compiled with
    memory = memoryFor(threads);
    const data = arrays.map(({ dtype, size }, i) =>
      i < inputs.length ? inputs[i].data : reserve(allocate(dtype, size), runtime),
    );
    // what is written over must be nobody else's
    for (const i of overwritten) {
      const { buffer } = data[i];
      if (data.some((other, j) => j !== i && other.buffer === buffer)) data[i] = data[i].slice();
    }
    runtime.run(steps, data, data.length, slices, memory.arena, memory.scratch, scratchBytes, threads);
    return tensorsOver(
      outputs.map((i) => data[i]),
      graph.outputs,
      inputs.filter((_, i) => !overwritten.includes(i)),
    );
  };
}

/** Additions, roughly, below which the host is done before the C compiler is. */
const worthCompiling = 2 ** 21;

function compileOnce(graph: Graph): Executable {
  const { additions } = workOfGraph(graph);
  return (additions < worthCompiling ? onHost : compile)(graph);
}

export const native: Engine = {
  name: 'native',
  compile,
  compileOnce,
  explain: (graph) => explainGraph(graph, target()),
  unavailable() {
    const found = toolchain();
    return 'missing' in found ? found.missing : undefined;
  },
  bits() {
    const found = toolchain();
    return 'missing' in found ? found.missing : `${found.version}, ${thisCpu().model}`;
  },
  describe() {
    const found = toolchain();
    if ('missing' in found) return found.missing;
    const threads = threadCount();
    return `${found.version}, ${registers[found.features].name}, ${threads} thread${threads === 1 ? '' : 's'}`;
  },
};
