// The Graph: a pure program of primitives with static shapes, as a DAG of values.
import { type Aval, arg, checked, showShape } from '../tensor/index.ts';
import type { Op, Params } from './primitives.ts';

/** An argument of a graph. */
export interface Input extends Aval {
  readonly op: 'input';
}

/** The result of one primitive applied to earlier values. */
export interface Apply<K extends Op = Op> extends Aval {
  readonly op: K;
  readonly params: Params[K];
  readonly inputs: readonly Node[];
}

export type AnyApply = { [K in Op]: Apply<K> }[Op];
export type Node = Input | AnyApply;

export interface Graph {
  readonly inputs: readonly Input[];
  /** Every application that an output needs, each after what it reads. */
  readonly nodes: readonly AnyApply[];
  readonly outputs: readonly Node[];
  /** Positions of inputs that the caller gives up, so that outputs may be written over them. */
  readonly donated?: readonly number[];
}

/** The applications that `outputs` need, out of `candidates`, which are in topological order. */
export function reachable(candidates: readonly AnyApply[], outputs: readonly Node[]): AnyApply[] {
  const needed = new Set<Node>(outputs);
  for (let i = candidates.length - 1; i >= 0; i--)
    if (needed.has(candidates[i])) for (const input of candidates[i].inputs) needed.add(input);
  return candidates.filter((node) => needed.has(node));
}

/** Parameters as JSON, except that it tells NaN, the infinities, null and −0 from each other. */
export const showParams = (params: object): string =>
  JSON.stringify(params, (_, v) =>
    typeof v === 'number' && (!Number.isFinite(v) || Object.is(v, -0)) ? (v === 0 ? '-0' : String(v)) : v,
  );

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

/** The graph as text, a line a primitive: what tests compare and people read. */
export const showGraph = checked('showGraph', [graph], (graph: Graph): string => {
  const names = new Map<Node, string>();
  const name = (node: Node): string => {
    const known = names.get(node) ?? `%${names.size}`;
    names.set(node, known);
    return known;
  };
  const typed = (node: Node): string => `${name(node)}: ${node.dtype}${showShape(node.shape)}`;
  const inputs = graph.inputs.map(typed).join(', ');
  const lines = graph.nodes.map((node) => {
    const params = Object.keys(node.params).length ? ` ${showParams(node.params)}` : '';
    const read = node.inputs.map(name).join(' ');
    return `  ${typed(node)} = ${node.op}${read && ` ${read}`}${params}`;
  });
  return [`graph(${inputs}) {`, ...lines, `  return ${graph.outputs.map(name).join(', ')}`, '}'].join('\n');
});
