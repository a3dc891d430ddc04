// From a Graph to what an engine runs: routines in order, and where everything in between lies in memory.
import type { Graph } from '../graph/index.ts';
import type { Routine } from './code.ts';
import { writeProduct } from './contraction.ts';
import { buffersRead, buffersWritten, type Kernel, rootOf } from './kernel.ts';
import { writeLines } from './lines.ts';
import { livesIn } from './lives.ts';
import { writeLoops } from './loops.ts';
import { type Layout, type Life, layOut, touch } from './memory.ts';
import { nested } from './parallel.ts';
import { productOf } from './product.ts';
import { lower } from './program.ts';
import { mergeAxes } from './rewrite.ts';
import { type Buffer, Scalars } from './scalar.ts';
import { allSteps, leavesOf, mapLeaves, type Slice, type Steps, slicesIn } from './steps.ts';
import type { Target } from './target.ts';
import type { Written } from './written.ts';

export interface Compiled {
  readonly inputs: readonly Buffer[];
  readonly outputs: readonly Buffer[];
  /** For each buffer that lies where another does, that one: an input, an output, a slice, or else what comes first. */
  readonly reuses: ReadonlyMap<Buffer, Buffer>;
  /** Each reads only inputs and what earlier ones have stored. */
  readonly steps: Steps<Routine>;
  /** All of the routines, in their order. */
  readonly routines: readonly Routine[];
  /** Parts of buffers, which move from round to round. */
  readonly slices: readonly Slice[];
  /** What lies between inputs and outputs. */
  readonly arena: Layout;
  /** What each thread has for itself. */
  readonly scratch: Layout;
  /** What the routines come from. */
  readonly explained: Steps<Explained>;
  /** All of them, in their order. */
  readonly kernels: readonly Explained[];
}

/** A kernel, the buffers that it reads and writes, and its work in additions, roughly. */
export interface Explained {
  readonly kernel: Kernel;
  readonly reads: readonly Buffer[];
  readonly writes: readonly Buffer[];
  readonly work: number;
  readonly written: Written;
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

function explained(kernel: Kernel, scalars: Scalars, target: Target): Explained {
  const written = write(kernel, scalars, target);
  const leaf = { kind: 'leaf', leaf: kernel } as const;
  return {
    kernel,
    reads: [...buffersRead(leaf)],
    writes: buffersWritten(leaf),
    work: written.routines.reduce((sum, { work }) => sum + work, 0),
    written,
  };
}

/** Of the buffers that share memory, where that is: with one of `fixed`, the first of which counts, or with their root. */
function homesOf(reuses: ReadonlyMap<Buffer, Buffer>, fixed: readonly Buffer[]): Map<Buffer, Buffer> {
  const home = new Map<Buffer, Buffer>();
  for (const buffer of fixed) {
    const root = rootOf(buffer, reuses);
    if (!home.has(root)) home.set(root, buffer);
  }
  const homes = new Map<Buffer, Buffer>();
  for (const buffer of new Set([...reuses].flat())) {
    const root = rootOf(buffer, reuses);
    const place = home.get(root) ?? root;
    if (place !== buffer) homes.set(buffer, place);
  }
  return homes;
}

/** From which to which kernel threads need what they have of their own in parallel rounds. */
function ownLives(steps: Steps<Explained>, kernels: readonly Explained[]): Map<Buffer, Life> {
  const lives = new Map<Buffer, Life>();
  for (const step of allSteps(steps)) {
    if (step.kind !== 'parallel') continue;
    const own = new Set(step.own);
    for (const { leaf } of step.body) {
      const at = kernels.indexOf(leaf);
      for (const buffer of [...leaf.reads, ...leaf.writes]) if (own.has(buffer)) touch(lives, buffer, at);
    }
  }
  return lives;
}

export function compileGraph(graph: Graph, target: Target): Compiled {
  const scalars = new Scalars();
  const program = lower(graph, scalars);
  const { inputs, outputs, reuses } = program;
  const alone = { ...target, threads: 1 };
  const whole = mapLeaves(nested(program, scalars, target), (kernel, inParallel) => [
    explained(kernel, scalars, inParallel ? alone : target),
  ]);
  const slices = slicesIn(whole);
  const fixed = [...inputs, ...outputs, ...slices.map(({ entry }) => entry)];
  const homes = homesOf(reuses, fixed);
  const kernels = leavesOf(whole);
  const own = ownLives(whole, kernels);
  const elsewhere = new Set<Buffer>([...fixed, ...own.keys()]);
  const lives = livesIn(whole, (buffer) => homes.get(buffer) ?? buffer);
  for (const buffer of [...lives.keys()]) if (elsewhere.has(buffer)) lives.delete(buffer);
  const scratch = kernels.flatMap(({ written }, i) =>
    written.scratch.map((buffer): [Buffer, Life] => [buffer, { from: i, to: i }]),
  );
  const code = mapLeaves(whole, ({ written }) => written.routines);
  return {
    inputs,
    outputs,
    reuses: homes,
    steps: code,
    routines: leavesOf(code),
    slices,
    arena: layOut(lives),
    scratch: layOut(new Map([...scratch, ...own])),
    explained: whole,
    kernels,
  };
}
