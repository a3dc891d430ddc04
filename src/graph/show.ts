// The graph as text, for tests to compare and people to read.
import { arg, checked } from '../tensor/index.ts';
import { avalKey, showParams } from './key.ts';
import type { Graph, Value } from './primitives.ts';

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

/** The graph as text, a line a primitive; graphs in parameters stand indented below it, called by their order. */
export const showGraph = checked('showGraph', [graph], (graph: Graph): string => show(graph, 'graph', ''));

function show(graph: Graph, title: string, margin: string): string {
  const names = new Map<Value, string>();
  const name = (value: Value): string => {
    const known = names.get(value) ?? `%${names.size}`;
    names.set(value, known);
    return known;
  };
  const typed = (value: Value): string => `${name(value)}: ${avalKey(value)}`;
  const inputs = graph.inputs.map(typed).join(', ');
  const lines = graph.nodes.flatMap((node) => {
    const regions: string[] = [];
    const text = showParams(node.params, (region) => {
      regions.push(show(region, `#${regions.length}`, `${margin}    `));
      return `#${regions.length - 1}`;
    });
    const params = text === '{}' ? '' : ` ${text}`;
    const read = node.inputs.map(name).join(' ');
    return [
      `${margin}  ${node.results.map(typed).join(', ')} = ${node.op}${read && ` ${read}`}${params}`,
      ...regions,
    ];
  });
  return [
    `${margin}${title}(${inputs}) {`,
    ...lines,
    `${margin}  return ${graph.outputs.map(name).join(', ')}`,
    `${margin}}`,
  ].join('\n');
}
