// The Graph: a pure program of primitives with static shapes, as a DAG of values.
import type { Aval } from '../tensor/index.ts';
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
