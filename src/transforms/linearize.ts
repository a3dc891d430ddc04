// Splitting a graph's derivative: what depends on the primals alone, and a linear rest to run or transpose.
import {
  type AnyApply,
  applyAgain,
  type Graph,
  type Input,
  interpret,
  reachable,
  trace,
  type Value,
} from '../graph/index.ts';
import { type Tensor, tangentDType } from '../tensor/index.ts';
import { interpretJvp, zeroTangent } from './jvp.ts';

export interface Linearization {
  /** Primal inputs → the graph's outputs, then the residuals. */
  readonly primal: Graph;
  /** Residuals, then tangents of the active inputs → tangents of the moving outputs; linear in the tangents. */
  readonly linear: Graph;
  readonly residuals: number;
}

/**
 * The linearization of `graph` in the inputs marked in `active`, which must be floats, and of its first `moving`
 * outputs.
 */
export function linearizeGraph(
  graph: Graph,
  active: readonly boolean[],
  moving = graph.outputs.length,
): Linearization {
  const directions = graph.inputs
    .filter((_, i) => active[i])
    .map(({ dtype, shape }) => ({ dtype: tangentDType(dtype), shape }));
  const jvp = trace(
    (values) => {
      let next = graph.inputs.length;
      const duals = interpretJvp(
        graph,
        graph.inputs.map((_, i) => ({ value: values[i], tangent: active[i] ? values[next++] : null })),
      );
      return [
        ...duals.map((dual) => dual.value),
        ...duals.slice(0, moving).map(({ value, tangent }) => tangent ?? zeroTangent(value)),
      ];
    },
    [...graph.inputs, ...directions],
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
  const linear = new Set<Value>(tangents);
  const fixed = new Set<Value>(); // depends on no input at all, so cheaper made again than kept
  for (const { inputs, results } of jvp.nodes) {
    const moves = inputs.some((input) => linear.has(input));
    if (!moves && !inputs.every((input) => fixed.has(input))) continue;
    for (const result of results) (moves ? linear : fixed).add(result);
  }
  const tangentOutputs = jvp.outputs.slice(outputs);
  const isIn = (values: ReadonlySet<Value>, { results }: AnyApply): boolean => values.has(results[0]);
  const needed = reachable(jvp.nodes, tangentOutputs).filter(
    (node) => isIn(linear, node) || isIn(fixed, node),
  );
  const residuals = [
    ...new Set(
      needed
        .filter((node) => isIn(linear, node))
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
  residuals: readonly Value[],
  tangents: readonly Input[],
  outputs: readonly Value[],
): Graph {
  const from = [...residuals, ...tangents];
  return trace((values) => {
    const { of } = interpret<Tensor>({ inputs: from as Input[], nodes, outputs }, values, applyAgain);
    return outputs.map(of);
  }, from).graph;
}
