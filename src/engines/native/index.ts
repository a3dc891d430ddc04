// The native engine: a program as C, built by the system's compiler and called through koffi.
import { alignment, type Buffer, compileGraph, explainGraph, type Target } from '../../compile/index.ts';
import type { AnyApply, Engine, Executable, Graph } from '../../graph/index.ts';
import { allocate, sizeOf, tensorsOver } from '../../tensor/index.ts';
import { reference } from '../reference/index.ts';
import { threadCount } from '../threads.ts';
import { loadLibrary } from './build.ts';
import { features } from './cpu.ts';
import { emit } from './emit.ts';
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
  threads: threadCount(),
});

type Run = (
  routines: unknown,
  arrays: readonly object[],
  arena: object,
  scratch: object,
  scratchBytes: number,
  threads: number,
) => void;

let runtime: Run | undefined;

function startRuntime(): Run {
  runtime ??= loadLibrary(runtimeSource).func('run', 'void', [
    'void *',
    'void **',
    'void *',
    'void *',
    'int64_t',
    'int64_t',
  ]);
  return runtime;
}

function compile(graph: Graph): Executable {
  const { threads, ...rest } = target();
  const compiled = compileGraph(graph, { threads, ...rest });
  const { reuses, outputs, arena, scratch } = compiled;
  const { text, parameters } = emit(compiled);
  const run = startRuntime();
  const library = loadLibrary(text);
  const routines: unknown = library.func('program', 'void *', [])();
  const memory = {
    library, // what nothing refers to is unloaded
    arena: new Uint8Array(arena.bytes + alignment),
    scratch: new Uint8Array(scratch.bytes * threads + alignment),
  };
  const places = outputs.map((it) => parameters.indexOf(reuses.get(it) ?? it));
  const overwritten = [...reuses.values()].map((it) => parameters.indexOf(it));
  return (inputs) => {
    const arrays = parameters.map((buffer: Buffer, i) =>
      i < inputs.length ? inputs[i].data : allocate(buffer.dtype, buffer.size),
    );
    // what is written over must be nobody else's
    for (const i of overwritten) {
      const { buffer } = arrays[i];
      if (arrays.some((other, j) => j !== i && other.buffer === buffer)) arrays[i] = arrays[i].slice();
    }
    run(routines, arrays, memory.arena, memory.scratch, scratch.bytes, threads);
    return tensorsOver(
      places.map((i) => arrays[i]),
      graph.outputs,
      inputs.filter((_, i) => !overwritten.includes(i)),
    );
  };
}

/** Additions, roughly, below which the reference engine is done before the C compiler is. */
const worthCompiling = 2 ** 25;

const workOf = (node: AnyApply): number => {
  if (node.op === 'randomBits') return 50 * sizeOf(node.shape);
  const [first] = node.inputs;
  return node.op === 'dot'
    ? sizeOf(node.shape) * Math.sqrt(sizeOf(first.shape))
    : sizeOf((first ?? node).shape);
};

function compileOnce(graph: Graph): Executable {
  const work = graph.nodes.reduce((sum, node) => sum + workOf(node), 0);
  return (work < worthCompiling ? reference : native).compile(graph);
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
  describe() {
    const found = toolchain();
    if ('missing' in found) return found.missing;
    const threads = threadCount();
    return `${found.version}, ${registers[found.features].name}, ${threads} thread${threads === 1 ? '' : 's'}`;
  },
};
