// From a Graph to what an engine runs: routines in order, and where everything in between lies in memory.
import type { Graph } from '../graph/index.ts';
import type { Routine } from './code.ts';
import { writeLines } from './lines.ts';
import { writeLoops } from './loops.ts';
import { buffersRead, buffersWritten, type Kernel, lower } from './program.ts';
import { layOut, type Layout } from './memory.ts';
import { type Buffer, Scalars } from './scalar.ts';
import type { Target } from './target.ts';

export interface Compiled {
  readonly inputs: readonly Buffer[];
  /** An output that is an input's buffer is that input's memory, written anew if the input was donated. */
  readonly outputs: readonly Buffer[];
  /** In order; each reads only inputs and what earlier ones have stored. */
  readonly routines: readonly Routine[];
  /** What lies between inputs and outputs. */
  readonly arena: Layout;
  /** What each thread has for itself. */
  readonly scratch: Layout;
}

/** A kernel as routines, and the memory that they need beside what the kernel reads and stores. */
export interface Written {
  readonly routines: readonly Routine[];
  /** What threads share from one routine to the next. */
  readonly shared: readonly Buffer[];
  /** What each thread needs for itself. */
  readonly scratch: readonly Buffer[];
}

function write(kernel: Kernel, scalars: Scalars, target: Target): Written {
  if (kernel.kind === 'lines') {
    const { routine, scratch } = writeLines(kernel);
    return { routines: [routine], shared: [], scratch };
  }
  return { routines: [writeLoops(kernel, scalars, target)], shared: [], scratch: [] };
}

export function compileGraph(graph: Graph, target: Target): Compiled {
  const scalars = new Scalars();
  const { inputs, outputs, kernels } = lower(graph, scalars);
  const written = kernels.map((kernel) => write(kernel, scalars, target));
  const kept = new Set<Buffer>([...inputs, ...outputs]);
  const lives = new Map<Buffer, { from: number; to: number }>();
  kernels.forEach((kernel, i) => {
    for (const buffer of [...buffersRead(kernel), ...buffersWritten(kernel), ...written[i].shared]) {
      if (kept.has(buffer)) continue;
      lives.set(buffer, { from: lives.get(buffer)?.from ?? i, to: i });
    }
  });
  const scratch = written.flatMap((it, i) => it.scratch.map((buffer) => [buffer, { from: i, to: i }] as const));
  return {
    inputs,
    outputs,
    routines: written.flatMap(({ routines }) => routines),
    arena: layOut(lives),
    scratch: layOut(new Map(scratch)),
  };
}
