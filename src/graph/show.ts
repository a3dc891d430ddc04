// The graph as text, for tests to compare and people to read.
import { arg, checked } from '../tensor/index.ts';
import type { Graph, Node } from './graph.ts';
import { avalKey, showParams } from './key.ts';

const graph = arg.value(
  'graph',
  'a graph',
  (given): given is Graph =>
    typeof given === 'object' &&
    given !== null &&
    'inputs' in given &&
    'nodes' in given &&
    'outputs' in given,
);

/** The graph as text, a line a primitive. */
export const showGraph = checked('showGraph', [graph], (graph: Graph): string => {
  const names = new Map<Node, string>();
  const name = (node: Node): string => {
    const known = names.get(node) ?? `%${names.size}`;
    names.set(node, known);
    return known;
  };
  const typed = (node: Node): string => `${name(node)}: ${avalKey(node)}`;
  const inputs = graph.inputs.map(typed).join(', ');
  const lines = graph.nodes.map((node) => {
    const params = Object.keys(node.params).length ? ` ${showParams(node.params)}` : '';
    const read = node.inputs.map(name).join(' ');
    return `  ${typed(node)} = ${node.op}${read && ` ${read}`}${params}`;
  });
  return [`graph(${inputs}) {`, ...lines, `  return ${graph.outputs.map(name).join(', ')}`, '}'].join('\n');
});
