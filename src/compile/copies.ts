// Where values must lie in memory of their own: what a loop or an update begins with, since it writes over it, and what a
// loop's body or a branch gives, since that has its place.
import { type AnyApply, applied, type Graph, type Value } from '../graph/index.ts';

const copyOf = (value: Value): AnyApply => applied('stopGradient', {}, [value]);

/**
 * What a graph is: whole, whose outputs lie where they come to lie; a round of a loop, each of whose outputs has a place of
 * its own; or a branch, whose places the other one has too, so that nothing else may come to lie there.
 */
export type Role = 'whole' | 'round' | 'branch';

/** `graph` with copies of what loops and updates begin with, and of outputs that could not have their places else. */
export function withCopies(graph: Graph, role: Role): Graph {
  const values = new Map<Value, Value>();
  const of = (value: Value): Value => values.get(value) ?? value;
  const nodes: AnyApply[] = [];
  const copied = (value: Value): Value => {
    const copy = copyOf(value);
    nodes.push(copy);
    return copy.results[0];
  };
  for (const node of graph.nodes) {
    const written = writesOver(node);
    const inputs = node.inputs.map((input, i) => (written(i) ? copied(of(input)) : of(input)));
    if (inputs.every((input, i) => input === node.inputs[i])) {
      nodes.push(node);
      continue;
    }
    const again = applied(node.op, node.params, inputs);
    nodes.push(again);
    node.results.forEach((result, i) => {
      values.set(result, again.results[i]);
    });
  }
  const taken = new Set<Value>(graph.inputs);
  const outputs = graph.outputs.map((output) => {
    const given = of(output);
    const elsewhere = role === 'branch' && given.from !== undefined && liesElsewhere(given.from);
    const value = (role !== 'whole' && taken.has(given)) || elsewhere ? copied(given) : given;
    taken.add(value);
    return value;
  });
  return { ...graph, nodes, outputs };
}

/** Whether results of `node` lie where its inputs do. */
export const liesElsewhere = (node: AnyApply): boolean => node.inputs.some((_, i) => writesOver(node)(i));

/** Whether `node` writes over an input, by its place. */
function writesOver(node: AnyApply): (place: number) => boolean {
  switch (node.op) {
    case 'dynamicUpdate':
    case 'scatter':
      return (i) => i === 0;
    case 'scan': {
      const { consts, carry } = node.params;
      return (i) => i >= consts && i < consts + carry;
    }
    case 'whileLoop':
      return (i) => i >= node.params.consts;
    default:
      return () => false;
  }
}
