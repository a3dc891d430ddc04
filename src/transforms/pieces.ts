// What loops and branches are put together of: lists in pieces (constants, carry, stacks), and graphs of the same inputs.
import { type Graph, type Input, reachable, simplified, type Traceable, type Value } from '../graph/index.ts';
import type { Tensor } from '../tensor/index.ts';

/** `list` in pieces of `sizes`, as far as it goes. */
export function cut<T>(list: readonly T[], sizes: readonly number[]): T[][] {
  let end = 0;
  return sizes.map((size) => {
    const begin = end;
    end += size;
    return list.slice(begin, end);
  });
}

/** Each piece of one list, followed by that of the other. */
export const zipped = <T>(a: readonly (readonly T[])[], b: readonly (readonly T[])[]): T[] =>
  a.flatMap((piece, i) => [...piece, ...b[i]]);

/** Graphs of functions that all take what any of them closed over, and then what each took. */
export function closed(functions: readonly Traceable[]): { graphs: Graph[]; captures: Tensor[] } {
  const captures = [...new Set(functions.flatMap((it) => it.captures))];
  const graphs = functions.map(({ graph, captures: own }): Graph => {
    const inputs = captures.map((tensor): Input => {
      const { dtype, shape } = tensor;
      return graph.inputs[own.indexOf(tensor)] ?? { dtype, shape };
    });
    return { ...graph, inputs: [...inputs, ...graph.inputs.slice(own.length)] };
  });
  return { graphs, captures };
}

/** Whether any of `outputs`, values of `graph`, depends on any of `inputs`: in loops, each result on its own. */
export function dependsOn(graph: Graph, outputs: readonly Value[], inputs: readonly Input[]): boolean {
  const part = simplified({ ...graph, nodes: reachable(graph.nodes, outputs), outputs });
  const read = new Set<Value>([...part.outputs, ...part.nodes.flatMap((node) => node.inputs)]);
  return inputs.some((input) => read.has(input));
}
