// The Graph: a pure program of primitives with static shapes, as a DAG of values.
import type { Aval } from '../tensor/index.ts';
import type { Op, Params } from './primitives.ts';
import { inferShapes } from './shapes.ts';

/** An argument of a graph. */
export interface Input extends Aval {
  readonly from?: undefined;
}

/** A result of an application. */
export interface Result extends Aval {
  readonly from: AnyApply;
  /** Its place among the results. */
  readonly index: number;
}

export type Value = Input | Result;

/** One primitive applied to earlier values; its own dtype and shape are those of its first result. */
export interface Apply<K extends Op = Op> extends Aval {
  readonly op: K;
  readonly params: Params[K];
  readonly inputs: readonly Value[];
  readonly results: readonly Result[];
}

export type AnyApply = { [K in Op]: Apply<K> }[Op];

/** `op` applied to `inputs`. Throws ShapeError or DTypeError where they are not legal. */
export function applied<K extends Op>(op: K, params: Params[K], inputs: readonly Value[]): AnyApply {
  const avals = inferShapes(op, inputs, params);
  const results: Result[] = [];
  const node = { op, params, inputs, results, ...avals[0] } as AnyApply;
  for (const aval of avals) results.push({ ...aval, from: node, index: results.length });
  return node;
}

export interface Graph {
  readonly inputs: readonly Input[];
  /** Every application that an output needs, each after what it reads. */
  readonly nodes: readonly AnyApply[];
  readonly outputs: readonly Value[];
  /** Positions of inputs that the caller gives up, so that outputs may be written over them. */
  readonly donated?: readonly number[];
}

/** The applications that `outputs` need, out of `candidates`, which are in topological order. */
export function reachable(candidates: readonly AnyApply[], outputs: readonly Value[]): AnyApply[] {
  const needed = new Set<AnyApply | undefined>(outputs.map(({ from }) => from));
  for (const node of candidates.toReversed())
    if (needed.has(node)) for (const { from } of node.inputs) needed.add(from);
  return candidates.filter((node) => needed.has(node));
}
