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
import { fewestBytes, type Kept } from './residuals.ts';

export interface Linearization {
  /** Primal inputs → the graph's outputs, then the residuals. */
  readonly primal: Graph;
  /** Residuals, then tangents of the active inputs → tangents of the moving outputs; linear in the tangents. */
  readonly linear: Graph;
  /** Values of `primal`, its inputs among them. */
  readonly residuals: readonly Value[];
}

/** What to keep where that costs nothing: what is read, but what repeats a value is made again from that, which is smaller. */
function asRead(read: Iterable<Value>, fixed: (value: Value) => boolean): Kept {
  const residuals = new Set<Value>();
  const again = new Set<AnyApply>();
  for (let value of read) {
    for (; !fixed(value) && value.from?.op === 'broadcast'; value = value.from.inputs[0])
      again.add(value.from);
    if (!fixed(value)) residuals.add(value);
  }
  return { residuals: [...residuals], again: [...again] };
}

/**
 * The parts of a derivative, whose first `primals` inputs and first `outputs` outputs are the primal ones. Where residuals are
 * stored, `free` says which values need not be, and the fewest bytes of the others are kept.
 */
export function split(
  jvp: Graph,
  primals: number,
  outputs: number,
  free?: (value: Value) => boolean,
): Linearization {
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
  const known = [...read, ...tangentOutputs].filter((value) => !linear.has(value));
  const isFixed = (value: Value): boolean => fixed.has(value);
  const { residuals: kept, again } = free ? fewestBytes(known, free, isFixed) : asRead(known, isFixed);
  for (const node of again) wanted.add(node);
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
