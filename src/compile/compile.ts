// From a Graph to what an engine runs: routines in order, and where everything in between lies in memory.
import type { Graph } from '../graph/index.ts';
import type { Routine } from './code.ts';
import { productOf, writeProduct } from './contraction.ts';
import { donate } from './donation.ts';
import { writeLines } from './lines.ts';
import { writeLoops } from './loops.ts';
import { type Layout, type Life, layOut } from './memory.ts';
import { buffersRead, buffersWritten, type Kernel, lower } from './program.ts';
import { mergeAxes } from './rewrite.ts';
import { type Buffer, Scalars } from './scalar.ts';
import type { Target } from './target.ts';
import type { Written } from './written.ts';

export interface Compiled {
  readonly inputs: readonly Buffer[];
  readonly outputs: readonly Buffer[];
  /** For each output that is written over a donated input, that input. */
  readonly reuses: ReadonlyMap<Buffer, Buffer>;
  /** In order; each reads only inputs and what earlier ones have stored. */
  readonly routines: readonly Routine[];
  /** What lies between inputs and outputs. */
  readonly arena: Layout;
  /** What each thread has for itself. */
  readonly scratch: Layout;
  /** What the routines come from. */
  readonly kernels: readonly Explained[];
}

/** A kernel, the buffers that it reads and writes, and its work in additions, roughly. */
export interface Explained {
  readonly kernel: Kernel;
  readonly reads: readonly Buffer[];
  readonly writes: readonly Buffer[];
  readonly work: number;
}

function write(kernel: Kernel, scalars: Scalars, target: Target): Written {
  if (kernel.kind === 'lines') {
    const { routine, shared, scratch } = writeLines(kernel);
    return { routines: [routine], shared, scratch };
  }
  const loops = mergeAxes(kernel, scalars);
  const product = productOf(loops);
  if (product) return writeProduct(loops, product, scalars, target);
  return { routines: [writeLoops(loops, scalars, target)], shared: [], scratch: [] };
}

export function compileGraph(graph: Graph, target: Target): Compiled {
  const scalars = new Scalars();
  const program = lower(graph, scalars);
  const { inputs, outputs } = program;
  const donated = (graph.donated ?? []).map((i) => inputs[i]);
  const { kernels, reuses } = donate(program.kernels, donated, outputs);
  const written = kernels.map((kernel) => write(kernel, scalars, target));
  const explained = kernels.map((kernel, i) => ({
    kernel,
    reads: [...buffersRead(kernel)],
    writes: buffersWritten(kernel),
    work: written[i].routines.reduce((sum, { work }) => sum + work, 0),
  }));
  const kept = new Set<Buffer>([...inputs, ...outputs]);
  const lives = new Map<Buffer, Life>();
  explained.forEach(({ reads, writes }, i) => {
    for (const buffer of [...reads, ...writes, ...written[i].shared]) {
      if (kept.has(buffer)) continue;
      lives.set(buffer, { from: lives.get(buffer)?.from ?? i, to: i });
    }
  });
  const scratch = written.flatMap((it, i) =>
    it.scratch.map((buffer) => [buffer, { from: i, to: i }] as const),
  );
  return {
    inputs,
    outputs,
    reuses,
    routines: written.flatMap(({ routines }) => routines),
    arena: layOut(lives),
    scratch: layOut(new Map(scratch)),
    kernels: explained,
  };
}
