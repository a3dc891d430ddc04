// Graphs and single primitives on tensors: recorded where something is being traced, run at once otherwise.
import type { Tensor } from '../tensor/index.ts';
import { compileOnce } from './executables.ts';
import { applied } from './graph.ts';
import { applicationKey, avalKey } from './key.ts';
import type { AnyApply, Graph, Input, Op, Params } from './primitives.ts';

import { checkConcrete, interpret, isTracing, record } from './trace.ts';

/** `graph` applied to `inputs`: recorded where something is being traced, run at once otherwise. */
export function run(graph: Graph, inputs: readonly Tensor[]): Tensor[] {
  if (isTracing())
    return interpret<Tensor>(graph, inputs, (node, values) => record(node.op, node.params, values)).outputs;
  checkConcrete(inputs);
  return compileOnce(graph)(inputs);
}

const eagerLimit = 4096;
const eager = new Map<string, Graph>();

/** The graph of one primitive; remembered, since eager code applies the same few again and again. */
function single<K extends Op>(op: K, params: Params[K], tensors: readonly Tensor[]): Graph {
  const key = applicationKey(op, params, tensors.map(avalKey));
  const known = eager.get(key);
  if (known) return known;
  const inputs = tensors.map(({ dtype, shape }): Input => ({ dtype, shape }));
  const node = applied(op, params, inputs);
  const graph = { inputs, nodes: [node], outputs: node.results };
  if (inputs.length === 0) return graph; // a constant: to remember it would keep its elements too
  if (eager.size >= eagerLimit) eager.clear();
  eager.set(key, graph);
  return graph;
}

/** The results of one primitive on `inputs`: recorded where something is being traced, computed at once otherwise. */
export function bindAll<K extends Op>(op: K, params: Params[K], inputs: readonly Tensor[]): Tensor[] {
  return isTracing() ? record(op, params, inputs) : run(single(op, params, inputs), inputs);
}

/** The first of them, or the only one. */
export const bind = <K extends Op>(op: K, params: Params[K], ...inputs: Tensor[]): Tensor =>
  bindAll(op, params, inputs)[0];

/** The application `node` again, on other values. */
export const applyAgain = ({ op, params }: AnyApply, inputs: readonly Tensor[]): Tensor[] =>
  bindAll<Op>(op, params, inputs);
