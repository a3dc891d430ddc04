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
import type { Tensor } from '../tensor/index.ts';

export interface Linearization {
  /** Primal inputs → the graph's outputs, then the residuals. */
  readonly primal: Graph;
  /** Residuals, then tangents of the active inputs → tangents of the moving outputs; linear in the tangents. */
  readonly linear: Graph;
  /** Values of `primal`, its inputs among them. */
  readonly residuals: readonly Value[];
}

/** The parts of a derivative, whose first `primals` inputs and first `outputs` outputs are the primal ones. */
export function split(jvp: Graph, primals: number, outputs: number): Linearization {
  const inputs = jvp.inputs.slice(0, primals);
  const tangents = jvp.inputs.slice(primals);
  const linear = new Set<Value>(tangents);
  const fixed = new Set<Value>(); // depends on no input at all, so cheaper made again than kept
  for (const { inputs, results } of jvp.nodes) {
    const moves = inputs.some((input) => linear.has(input));
    if (!moves && !inputs.every((input) => fixed.has(input))) continue;
    for (const result of results) (moves ? linear : fixed).add(result);
  }
  const tangentOutputs = jvp.outputs.slice(outputs);
  const wanted = new Set(
    reachable(jvp.nodes, tangentOutputs).filter(
      ({ results }) => linear.has(results[0]) || fixed.has(results[0]),
    ),
  );
  const read = [...wanted].flatMap(({ inputs, results }) => (linear.has(results[0]) ? inputs : []));
  const residuals = new Set<Value>();
  const keep = (value: Value): void => {
    if (linear.has(value) || fixed.has(value)) return;
    // what repeats a value is made again from that, which is smaller
    if (value.from?.op === 'broadcast') {
      wanted.add(value.from);
      keep(value.from.inputs[0]);
    } else residuals.add(value);
  };
  for (const value of [...read, ...tangentOutputs]) keep(value);
  const kept = [...residuals];
  const needed = jvp.nodes.filter((node) => wanted.has(node));
  const primalOutputs = [...jvp.outputs.slice(0, outputs), ...kept];
  return {
    primal: { inputs, nodes: reachable(jvp.nodes, primalOutputs), outputs: primalOutputs },
    linear: cut(needed, kept, tangents, tangentOutputs),
    residuals: kept,
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
