// The graph as text, for tests to compare and people to read.
import { arg, checked } from '../tensor/index.ts';
import type { Graph, Value } from './graph.ts';
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
  const names = new Map<Value, string>();
  const name = (value: Value): string => {
    const known = names.get(value) ?? `%${names.size}`;
    names.set(value, known);
    return known;
  };
  const typed = (value: Value): string => `${name(value)}: ${avalKey(value)}`;
  const inputs = graph.inputs.map(typed).join(', ');
  const lines = graph.nodes.map((node) => {
    const params = Object.keys(node.params).length ? ` ${showParams(node.params)}` : '';
    const read = node.inputs.map(name).join(' ');
    return `  ${node.results.map(typed).join(', ')} = ${node.op}${read && ` ${read}`}${params}`;
  });
  return [`graph(${inputs}) {`, ...lines, `  return ${graph.outputs.map(name).join(', ')}`, '}'].join('\n');
});
