// What a program does, for people to read: its kernels with their work, traffic and memory.
import type { Graph } from '../graph/index.ts';
import { itemSize } from '../tensor/index.ts';
import { type Compiled, compileGraph } from './compile.ts';
import type { Target } from './target.ts';

const bytes = (n: number): string =>
  n < 1e4 ? `${n} B` : n < 1e7 ? `${(n / 1e3).toFixed(0)} kB` : `${(n / 1e6).toFixed(0)} MB`;

const operations = (n: number): string =>
  n < 1e4 ? String(n) : n < 1e7 ? `${(n / 1e3).toFixed(0)} k` : `${(n / 1e6).toFixed(0)} M`;

/** Each primitive once, with how often it stands there. */
function counted(ops: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const op of ops) counts.set(op, (counts.get(op) ?? 0) + 1);
  return [...counts].map(([op, n]) => (n === 1 ? op : `${op}×${n}`)).join(' ');
}

/** A line a kernel of `graph` compiled for `target`, then what the memory in between takes. */
export function explainGraph(graph: Graph, target: Target): string {
  const compiled: Compiled = compileGraph(graph, target);
  const rows = compiled.kernels.map(({ kernel, reads, writes, work }, i) => {
    const traffic = [...reads, ...writes].reduce((sum, { size, dtype }) => sum + size * itemSize(dtype), 0);
    const ops = kernel.kind === 'loops' ? kernel.ops : [kernel.node.op];
    const shape = kernel.kind === 'loops' ? kernel.axes.map(({ size }) => size) : kernel.node.shape;
    return [String(i), `[${shape.join(', ')}]`, operations(work), bytes(traffic), counted(ops)];
  });
  const title = ['kernel', 'loops', 'operations', 'traffic', 'what it computes'];
  const widths = title.map((_, i) => Math.max(...[title, ...rows].map((row) => row[i].length)));
  const lines = [title, ...rows].map((row) =>
    row.map((cell, i) => (i < 4 ? cell.padStart(widths[i]) : cell)).join('  '),
  );
  const { arena, scratch, reuses } = compiled;
  return [
    ...lines,
    `${bytes(arena.bytes)} between kernels in ${arena.offsets.size} buffers, ${bytes(scratch.bytes)} for each thread, ${reuses.size} outputs written over inputs`,
  ].join('\n');
}
