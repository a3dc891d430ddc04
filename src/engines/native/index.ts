// The native engine: a program as C, built by the system's compiler and called through koffi.
import { lower } from '../../compile/index.ts';
import type { Engine, Executable, Graph } from '../../graph/index.ts';
import { allocate, fromTypedArray } from '../../tensor/index.ts';
import { threadCount } from '../threads.ts';
import { loadLibrary } from './build.ts';
import { emit } from './emit.ts';
import { toolchain } from './toolchain.ts';

function compile(graph: Graph): Executable {
  const program = lower(graph);
  const { text, parameters, scratch } = emit(program);
  const library = loadLibrary(text);
  const run = library.func('run', 'void', new Array(parameters.length + 1).fill('void *'));
  const memory = new Uint8Array(scratch);
  return (inputs) => {
    const arrays = parameters.map((buffer, i) => inputs[i]?.data ?? allocate(buffer.dtype, buffer.size));
    run(...arrays, memory);
    return graph.outputs.map(({ shape, dtype }, i) =>
      fromTypedArray(arrays[parameters.indexOf(program.outputs[i])], shape, dtype),
    );
  };
}

const vectors = { avx512: 'AVX-512', avx2: 'AVX2', neon: 'NEON', none: 'no vectors' } as const;

export const native: Engine = {
  name: 'native',
  compile,
  unavailable() {
    const found = toolchain();
    return 'missing' in found ? found.missing : undefined;
  },
  describe() {
    const found = toolchain();
    if ('missing' in found) return found.missing;
    const threads = threadCount();
    return `${found.version}, ${vectors[found.features]}, ${threads} thread${threads === 1 ? '' : 's'}`;
  },
};
