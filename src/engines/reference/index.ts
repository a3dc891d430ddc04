// The reference engine: plain TypeScript over typed arrays, a kernel a primitive. Clarity first: it is the
// oracle of every other engine. Elementwise results are rounded to their dtype; sums and products of f32
// are accumulated in f64 and rounded once.
import type { AnyApply, Engine, Executable, Graph, Node } from '../../graph/index.ts';
import { type TypedArray, tensorsOver } from '../../tensor/index.ts';
import { type Kernel, lower } from './kernels.ts';

const nothing = new Uint8Array(0);

interface Step {
  readonly kernel: Kernel;
  readonly inputs: readonly number[];
  readonly output: number;
  /** Slots that nothing reads after this step. */
  readonly dead: number[];
}

function compile(graph: Graph): Executable {
  const slots = new Map<Node, number>();
  for (const node of [...graph.inputs, ...graph.nodes]) slots.set(node, slots.size);
  const slot = (node: Node): number => slots.get(node) as number;
  const fixed = new Set<Node>(); // what no input reaches is computed once
  for (const node of graph.nodes) if (node.inputs.every((input) => fixed.has(input))) fixed.add(node);
  const read = new Set<Node>([...graph.outputs, ...fixed]);
  const step = (node: AnyApply): Step => {
    const dead = node.inputs.filter((input) => !read.has(input));
    for (const input of dead) read.add(input);
    return { kernel: lower(node), inputs: node.inputs.map(slot), output: slot(node), dead: dead.map(slot) };
  };
  // backwards, so that the first to mention a value is the last to read it
  const steps = graph.nodes.toReversed().map(step).reverse();
  const once = steps.filter((_, i) => fixed.has(graph.nodes[i]));
  const always = steps.filter((_, i) => !fixed.has(graph.nodes[i]));
  const constants = new Array<TypedArray>(slots.size).fill(nothing);
  let started = false;
  return (inputs) => {
    if (!started) perform(once, constants);
    started = true;
    const values = constants.slice();
    inputs.forEach((input, i) => {
      values[i] = input.data;
    });
    perform(always, values);
    return tensorsOver(
      graph.outputs.map((node) => values[slot(node)]),
      graph.outputs,
      inputs,
    );
  };
}

function perform(steps: readonly Step[], values: TypedArray[]): void {
  for (const { kernel, inputs, output, dead } of steps) {
    values[output] = kernel(...inputs.map((i) => values[i]));
    for (const i of dead) values[i] = nothing;
  }
}

export const reference: Engine = { name: 'reference', compile };
