// What the compiler makes of a function: its kernels, as tests ask for them.
import { type Compiled, compileGraph, type Statement, type Target } from '../../src/compile/index.ts';
import type { Kernel } from '../../src/compile/kernel.ts';
import { engineNames, useEngine } from '../../src/engines/index.ts';
import { type Engine, type Graph, trace } from '../../src/graph/index.ts';
import {
  type Aval,
  type DType,
  flatten,
  type Shape,
  type Tensor,
  type Tree,
} from '../../src/tensor/index.ts';
import { traceTree } from '../../src/transforms/function.ts';

export const target: Target = {
  vectorBytes: 32,
  registers: 16,
  vectors: ['bool', 'i32', 'f32', 'f64'],
  spreads: true,
  threads: 2,
};

/** The engines here that run what the compiler writes. */
export const compiledEngines = (): string[] =>
  engineNames().filter((name) => name === 'native' || name === 'wasm');

/** The engine called `name`, which does not stay the chosen one. */
export function engineNamed(name: string): Engine {
  const engine = useEngine(name);
  useEngine('reference');
  return engine;
}

export const aval = (shape: Shape, dtype: DType = 'f32'): Aval => ({ dtype, shape });

type OnTensors = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

/** The graph of `f`, which closes over nothing. */
export const graphOf = (f: OnTensors, ...avals: Aval[]): Graph =>
  trace((inputs) => [f(...inputs)].flat(), avals).graph;

/** `f` compiled; its inputs at `donated` are given up. */
export const compiledOf = (f: OnTensors, avals: readonly Aval[], donated: readonly number[] = []): Compiled =>
  compileGraph({ ...graphOf(f, ...avals), donated }, target);

/** The primitives of each kernel of `f`, in order. */
export const kernelOps = (f: OnTensors, ...avals: Aval[]): string[][] =>
  compiledOf(f, avals).kernels.map(({ kernel }) => opsOf(kernel));

/** Graph and inputs of `f` on trees. */
export function tracedOn<A extends readonly Tree[]>(
  f: (...args: A) => Tree,
  args: A,
): { graph: Graph; inputs: readonly Tensor[] } {
  const { leaves, structure } = flatten('arguments', args);
  const { graph, captures } = traceTree('f', f, structure, leaves);
  return { graph, inputs: [...captures, ...leaves] };
}

export const opsOf = (kernel: Kernel): string[] =>
  kernel.kind === 'loops' ? [...kernel.ops] : [kernel.node.op];

const summing = new Set(['sum', 'reduceMax', 'argMax', 'dot', 'conv']);

/** The operations of `kernel` that go over an axis and leave it out. */
export const reductionsOf = (kernel: Kernel): string[] => opsOf(kernel).filter((op) => summing.has(op));

/** What is wrong with the order of kernels: one reads what is not stored yet, or not there any more. */
export function faultsOf({ inputs, outputs, kernels, reuses }: Compiled): string[] {
  const faults: string[] = [];
  const stored = new Set(inputs);
  const gone = new Set<object>();
  kernels.forEach(({ reads, writes }, i) => {
    for (const buffer of reads) {
      if (!stored.has(buffer)) faults.push(`kernel ${i} reads what is not stored yet`);
      if (gone.has(buffer)) faults.push(`kernel ${i} reads what was written over`);
    }
    for (const buffer of writes) {
      stored.add(buffer);
      const over = reuses.get(buffer);
      if (over) gone.add(over);
    }
  });
  for (const output of outputs)
    if (!stored.has(output) && output.size > 0) faults.push('an output is never stored');
  return faults;
}

/** The names of the subroutines that the routines run, each once. */
export function subroutinesOf({ routines }: Compiled): Set<string> {
  const found = new Set<string>();
  const visit = (statements: readonly Statement[]): void => {
    for (const it of statements) {
      if (it.kind === 'run') found.add(it.callee.name);
      if (it.kind === 'for') visit(it.body);
      if (it.kind === 'if') {
        visit(it.whenTrue);
        visit(it.whenFalse);
      }
    }
  };
  for (const { body } of routines) visit(body);
  return found;
}

/** Statements and expressions in the routines, those of subroutines left out. */
export function codeSizeOf({ routines }: Compiled): number {
  let size = 0;
  const measure = (it: unknown): void => {
    if (Array.isArray(it)) it.forEach(measure);
    else if (typeof it === 'object' && it !== null && 'kind' in it) {
      size++;
      for (const [key, part] of Object.entries(it))
        if (key !== 'callee' && key !== 'type' && key !== 'buffer') measure(part);
    }
  };
  for (const { body } of routines) measure(body);
  return size;
}
