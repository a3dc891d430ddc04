// Splitting a graph's derivative: what depends on the primals alone, and a linear rest to run or transpose.
import {
  type AnyApply,
  type Graph,
  type Input,
  interpret,
  type Node,
  prims,
  reachable,
  trace,
} from '../graph/index.ts';
import type { Tensor } from '../tensor/index.ts';
import { interpretJvp, zeroTangent } from './jvp.ts';

export interface Linearization {
  /** Primal inputs → the graph's outputs, then the residuals. */
  readonly primal: Graph;
  /** Residuals, then tangents of the active inputs → tangents of the outputs; linear in the tangents. */
  readonly linear: Graph;
  readonly residuals: number;
}

/** The linearization of `graph` in the inputs marked in `active`, which must be floats. */
export function linearizeGraph(graph: Graph, active: readonly boolean[]): Linearization {
  const moving = graph.inputs.filter((_, i) => active[i]);
  const jvp = trace(
    (values) => {
      let next = graph.inputs.length;
      const duals = interpretJvp(
        graph,
        graph.inputs.map((_, i) => ({ value: values[i], tangent: active[i] ? values[next++] : null })),
      );
      return [
        ...duals.map((dual) => dual.value),
        ...duals.map(({ value, tangent }) => tangent ?? zeroTangent(value)),
      ];
    },
    [...graph.inputs, ...moving],
  ).graph;
  const inputs = jvp.inputs.slice(0, graph.inputs.length);
  const tangents = jvp.inputs.slice(graph.inputs.length);
  return split(jvp, inputs, tangents, graph.outputs.length);
}

function split(
  jvp: Graph,
  inputs: readonly Input[],
  tangents: readonly Input[],
  outputs: number,
): Linearization {
  const linear = new Set<Node>(tangents);
  const fixed = new Set<Node>(); // depends on no input at all, so cheaper made again than kept
  for (const node of jvp.nodes) {
    if (node.inputs.some((input) => linear.has(input))) linear.add(node);
    else if (node.inputs.every((input) => fixed.has(input))) fixed.add(node);
  }
  const tangentOutputs = jvp.outputs.slice(outputs);
  const needed = reachable(jvp.nodes, tangentOutputs).filter((node) => linear.has(node) || fixed.has(node));
  const residuals = [
    ...new Set(
      needed
        .filter((node) => linear.has(node))
        .flatMap((node) => [...node.inputs])
        .filter((input) => !linear.has(input) && !fixed.has(input)),
    ),
  ];
  const primalOutputs = [...jvp.outputs.slice(0, outputs), ...residuals];
  return {
    primal: { inputs, nodes: reachable(jvp.nodes, primalOutputs), outputs: primalOutputs },
    linear: cut(needed, residuals, tangents, tangentOutputs),
    residuals: residuals.length,
  };
}

/** A graph of `nodes` in which `residuals` are inputs. */
function cut(
  nodes: readonly AnyApply[],
  residuals: readonly Node[],
  tangents: readonly Input[],
  outputs: readonly Node[],
): Graph {
  const from = [...residuals, ...tangents];
  return trace((values) => {
    const { value } = interpret<Tensor>({ inputs: from as Input[], nodes, outputs }, values, (node, inputs) =>
      prims.apply(node, inputs),
    );
    return outputs.map(value);
  }, from).graph;
}
