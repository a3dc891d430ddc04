// The native engine: a program as C, built by the system's compiler and called through koffi.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import koffi, { type LibraryHandle } from 'koffi';
import { lower } from '../../compile/index.ts';
import type { Engine, Executable, Graph } from '../../graph/index.ts';
import { allocate, fromTypedArray } from '../../tensor/index.ts';
import { emit } from './emit.ts';

// gcc 12.2 gives wrong elements where it vectorises a loop whose branches load from different places
const flags = ['-O3', '-march=native', '-fwrapv', '-fno-tree-loop-if-convert', '-shared', '-fPIC'];

/** The C library that `text` is, built and loaded. */
function load(text: string): LibraryHandle {
  const folder = mkdtempSync(join(tmpdir(), 'umbra-'));
  const [source, library] = ['program.c', 'program.so'].map((name) => join(folder, name));
  try {
    writeFileSync(source, text);
    execFileSync('cc', [...flags, '-o', library, source, '-lm']);
    return koffi.load(library);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function compile(graph: Graph): Executable {
  const program = lower(graph);
  const { text, parameters, scratch } = emit(program);
  const library = load(text);
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
