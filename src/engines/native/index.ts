// The native engine: a program as C, built by the system's compiler and called through koffi.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import koffi from 'koffi';
import { lower } from '../../compile/index.ts';
import type { Engine, Executable, Graph } from '../../graph/index.ts';
import { allocate, fromTypedArray } from '../../tensor/index.ts';
import { emit } from './emit.ts';

function compile(graph: Graph): Executable {
  const program = lower(graph);
  const { text, parameters, scratch } = emit(program);
  const folder = mkdtempSync(join(tmpdir(), 'umbra-'));
  writeFileSync(join(folder, 'program.c'), text);
  execFileSync('cc', [
    '-O3',
    '-march=native',
    '-fwrapv',
    '-shared',
    '-fPIC',
    '-o',
    join(folder, 'program.so'),
    join(folder, 'program.c'),
    '-lm',
  ]);
  const library = koffi.load(join(folder, 'program.so'));
  rmSync(folder, { recursive: true });
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

export const native: Engine = { name: 'native', compile };
