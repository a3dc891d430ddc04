// The native engine: a program as C, built by the system's compiler and called through koffi.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import koffi, { type LibraryHandle } from 'koffi';
import { type Buffer, compileGraph, explainGraph, type Target } from '../../compile/index.ts';
import type { Engine, Executable, Graph } from '../../graph/index.ts';
import { allocate, tensorsOver } from '../../tensor/index.ts';
import { emit } from './emit.ts';
import { runtimeSource } from './runtime.ts';

// gcc 12.2 gives wrong elements where it vectorises a loop whose branches load from different places
const flags = ['-O3', '-march=native', '-fwrapv', '-fno-tree-loop-if-convert', '-fno-math-errno', '-Wno-psabi', '-shared', '-fPIC'];

/** The C library that `text` is, built and loaded. */
function loadLibrary(text: string): LibraryHandle {
  const folder = mkdtempSync(join(tmpdir(), 'umbra-'));
  const [source, library] = ['program.c', 'program.so'].map((name) => join(folder, name));
  try {
    writeFileSync(source, text);
    if (process.env.UMBRA_DUMP && text.includes('routine_0')) writeFileSync(process.env.UMBRA_DUMP, text);
    execFileSync('cc', [...flags, '-o', library, source, '-lm', '-pthread']);
    return koffi.load(library);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const threads = Number(process.env.UMBRA_THREADS ?? availableParallelism());
const target: Target = { vectorBytes: 32, registers: 16, vectors: ['bool', 'i32', 'f32', 'f64'], threads };

let runtime: LibraryHandle | undefined;

function run() {
  runtime ??= loadLibrary(runtimeSource);
  return runtime.func('run', 'void', ['void *', 'void **', 'void *', 'void *', 'int64_t', 'int64_t']);
}

function compile(graph: Graph): Executable {
  const compiled = compileGraph(graph, target);
  const { text, parameters } = emit(compiled);
  const library = loadLibrary(text); // kept, since what is unreachable is unloaded
  const routines = library.func('program', 'void *', [])();
  const execute = run();
  const places = compiled.outputs.map((it) => parameters.indexOf(compiled.reuses.get(it) ?? it));
  const overwritten = [...compiled.reuses.values()].map((it) => parameters.indexOf(it));
  const memory = { arena: new Uint8Array(compiled.arena.bytes + 64), scratch: new Uint8Array(compiled.scratch.bytes * threads + 64) };
  return (inputs) => {
    void library;
    const arrays = parameters.map((buffer: Buffer, i) =>
      i < inputs.length ? inputs[i].data : allocate(buffer.dtype, buffer.size),
    );
    // what is written over must be nobody else's
    for (const i of overwritten) {
      const { buffer } = arrays[i];
      if (arrays.some((other, j) => j !== i && other.buffer === buffer)) arrays[i] = arrays[i].slice();
    }
    execute(routines, arrays, memory.arena, memory.scratch, compiled.scratch.bytes, threads);
    return tensorsOver(
      places.map((i) => arrays[i]),
      graph.outputs,
      inputs.filter((_, i) => !overwritten.includes(i)),
    );
  };
}

export const native: Engine = { name: 'native', compile, explain: (graph) => explainGraph(graph, target) };
