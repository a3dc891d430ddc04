// The reference engine: plain TypeScript over typed arrays, a kernel a primitive. Clarity first: it is the
// oracle of every other engine. Elementwise results are rounded to their dtype; sums and products of f32
// are accumulated in f64 and rounded once.
import type { Engine, Executable, Graph, Node } from '../../graph/index.ts';
import { fromTypedArray, type TypedArray } from '../../tensor/index.ts';
import { lower } from './kernels.ts';

const nothing = new Uint8Array(0);

function compile(graph: Graph): Executable {
  const slots = new Map<Node, number>();
  for (const node of [...graph.inputs, ...graph.nodes]) slots.set(node, slots.size);
  const slot = (node: Node): number => slots.get(node) as number;
  const kept = new Set(graph.outputs);
  const steps = graph.nodes.map((node) => ({
    kernel: lower(node),
    inputs: node.inputs.map(slot),
    output: slot(node),
    dead: [] as number[],
  }));
  const read = new Set<Node>(kept);
  for (let i = graph.nodes.length - 1; i >= 0; i--)
    for (const input of graph.nodes[i].inputs)
      if (!read.has(input)) {
        read.add(input);
        steps[i].dead.push(slot(input)); // its last reader: the garbage collector may have it
      }
  return (inputs) => {
    const values = new Array<TypedArray>(slots.size);
    inputs.forEach((input, i) => {
      values[i] = input.data;
    });
    for (const { kernel, inputs: from, output, dead } of steps) {
      values[output] = kernel(...from.map((i) => values[i]));
      for (const i of dead) values[i] = nothing;
    }
    return graph.outputs.map((node) => fromTypedArray(values[slot(node)], node.shape, node.dtype));
  };
}

export const reference: Engine = { name: 'reference', compile };
