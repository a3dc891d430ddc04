// What a program does, for people to read: its kernels with their work, traffic and memory.
import type { Graph } from '../graph/index.ts';
import { itemSize, sizeOf } from '../tensor/index.ts';
import { compileGraph, type Explained } from './compile.ts';
import { type Kernel, scalarsIn } from './kernel.ts';
import { axesThrough, type Buffer } from './scalar.ts';
import type { Step, Steps } from './steps.ts';
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

type Row = readonly [name: string, loops: string, operations: string, traffic: string, what: string];

/** Bytes that `kernel` reads and writes, of each buffer each element at most once. */
function trafficOf(kernel: Kernel): number {
  const moved = new Map<Buffer, number>();
  const move = (buffer: Buffer, elements: number): void => {
    moved.set(buffer, Math.min(buffer.size, (moved.get(buffer) ?? 0) + elements));
  };
  if (kernel.kind === 'loops') {
    for (const part of scalarsIn(kernel.stores))
      if (part.kind === 'load')
        move(part.buffer, sizeOf([...axesThrough(part.position)].map(({ size }) => size)));
    for (const { buffer } of kernel.stores) move(buffer, sizeOf(kernel.axes.map(({ size }) => size)));
  } else {
    const { node, inputs, output } = kernel;
    // a scatter touches of what lies there already only what it updates
    const touched = node.op === 'scatter' ? inputs.slice(1) : inputs;
    for (const input of touched) move(input, input.size);
    move(output, node.op === 'scatter' ? inputs[2].size : output.size);
  }
  return [...moved].reduce((sum, [{ dtype }, elements]) => sum + elements * itemSize(dtype), 0);
}

/** A line a kernel, those in loops and branches indented below what they are in; their numbers are of one round. */
function rowsOf(steps: Steps<Explained>): Row[] {
  let next = 0;
  const rows = (list: Steps<Explained>, margin: string): Row[] => list.flatMap((step) => row(step, margin));
  const row = (step: Step<Explained>, margin: string): Row[] => {
    const inner = `${margin}  `;
    switch (step.kind) {
      case 'leaf': {
        const { kernel, work } = step.leaf;
        const ops = kernel.kind === 'loops' ? kernel.ops : [kernel.node.op];
        const shape = kernel.kind === 'loops' ? kernel.axes.map(({ size }) => size) : kernel.node.shape;
        const what = margin + counted(ops);
        return [[String(next++), `[${shape.join(', ')}]`, operations(work), bytes(trafficOf(kernel)), what]];
      }
      case 'repeat':
        return [['', '', '', '', `${margin}${step.times} times:`], ...rows(step.body, inner)];
      case 'parallel':
        return [['', '', '', '', `${margin}${step.sizes.join(' × ')} at once:`], ...rows(step.body, inner)];
      case 'branch':
        return [
          ['', '', '', '', `${margin}if:`],
          ...rows(step.whenTrue, inner),
          ['', '', '', '', `${margin}else:`],
          ...rows(step.whenFalse, inner),
        ];
      case 'while':
        return [
          ['', '', '', '', `${margin}while:`],
          ...rows(step.test, inner),
          ['', '', '', '', `${margin}do:`],
          ...rows(step.body, inner),
        ];
    }
  };
  return rows(steps, '');
}

/** A line a kernel of `graph` compiled for `target`, then what the memory in between takes. */
export function explainGraph(graph: Graph, target: Target): string {
  const { explained, inputs, outputs, arena, scratch, reuses } = compileGraph(graph, target);
  const title: Row = ['kernel', 'loops', 'operations', 'traffic', 'what it computes'];
  const rows = [title, ...rowsOf(explained)];
  const widths = title.map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  const lines = rows.map((row) => row.map((cell, i) => (i < 4 ? cell.padStart(widths[i]) : cell)).join('  '));
  const over = outputs.filter(
    (output) => inputs.includes(reuses.get(output) ?? output) && !inputs.includes(output),
  );
  return [
    ...lines,
    `${bytes(arena.bytes)} between kernels in ${arena.offsets.size} buffers, ${bytes(scratch.bytes)} for each thread, ${over.length} outputs written over inputs`,
  ].join('\n');
}
