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
  const { text, scratch } = emit(program);
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
  const count = new Set([...program.inputs, ...program.outputs]).size + 1;
  const run = library.func('run', 'void', new Array(count).fill('void *'));
  const memory = new Uint8Array(scratch);
  return (inputs) => {
    const arrays = new Map(program.inputs.map((buffer, i) => [buffer, inputs[i].data]));
    for (const buffer of program.outputs)
      if (!arrays.has(buffer)) arrays.set(buffer, allocate(buffer.dtype, buffer.size));
    run(...arrays.values(), memory);
    return graph.outputs.map((node, i) =>
      fromTypedArray(arrays.get(program.outputs[i]) as Float32Array, node.shape, node.dtype),
    );
  };
}

export const native: Engine = { name: 'native', compile };
