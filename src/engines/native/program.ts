// A graph as a program: its C, and what the engine must know to call it. Kept, since to write it takes longer
// than to read it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileGraph, type Target } from '../../compile/index.ts';
import { type Graph, showGraph } from '../../graph/index.ts';
import type { DType } from '../../tensor/index.ts';
import { cached, sha256 } from './cache.ts';
import { emit } from './emit.ts';

export interface Program {
  /** The C file. */
  readonly text: string;
  /** The arrays that it takes: the graph's inputs first, then those of results that take over no input's. */
  readonly arrays: readonly { readonly dtype: DType; readonly size: number }[];
  /** For each of the graph's outputs, which of the arrays it is. */
  readonly outputs: readonly number[];
  /** The inputs that results are written over. */
  readonly overwritten: readonly number[];
  /** How many parts of buffers it needs places for, behind those of the arrays. */
  readonly slices: number;
  readonly arenaBytes: number;
  /** For each thread. */
  readonly scratchBytes: number;
}

function write(graph: Graph, target: Target): Program {
  const compiled = compileGraph(graph, target);
  const { inputs, outputs, reuses, slices, arena, scratch } = compiled;
  const own = (i: number) => reuses.get(outputs[i]) ?? outputs[i];
  const over = new Set(reuses.values());
  const arrays = [...new Set([...inputs, ...outputs.map((_, i) => own(i))])];
  return {
    text: emit(compiled, arrays),
    arrays: arrays.map(({ dtype, size }) => ({ dtype, size })),
    outputs: outputs.map((_, i) => arrays.indexOf(own(i))),
    overwritten: inputs.flatMap((input, i) => (over.has(input) ? [i] : [])),
    slices: slices.length,
    arenaBytes: arena.bytes,
    scratchBytes: scratch.bytes,
  };
}

let known: string | undefined;

/** What tells this version of the compiler from every other: its own text. */
function compilerVersion(): string {
  known ??= sha256(
    ['.', '../../compile']
      .map((folder) => fileURLToPath(new URL(folder, import.meta.url)))
      .flatMap((folder) =>
        readdirSync(folder)
          .filter((name) => /\.[jt]s$/.test(name))
          .map((name) => readFileSync(join(folder, name), 'utf8')),
      )
      .join('\0'),
  );
  return known;
}

/** The program of `graph`: from the cache, if it was written before. */
export function programOf(graph: Graph, target: Target): Program {
  const key = sha256(
    JSON.stringify(['program', compilerVersion(), target, showGraph(graph), graph.donated ?? []]),
  );
  return cached(
    key,
    (path) => writeFileSync(path, JSON.stringify(write(graph, target))),
    (path): Program => JSON.parse(readFileSync(path, 'utf8')),
  );
}
