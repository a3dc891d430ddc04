// What training costs, counted from the steps that are run.
import { cost, type Tensor, type Tree, zeros } from '../../../index.ts';
import { type Stepping, stepOf } from './learner.ts';

const counted = new Map<string, number>();

/** What `count` gives, which `key` alone decides on: costs are asked for again and again. */
export function once(key: readonly unknown[], count: () => number): number {
  const text = JSON.stringify(key);
  const known = counted.get(text) ?? count();
  counted.set(text, known);
  return known;
}

/** FLOPs of `f` on what `make` gives. Neither is computed. */
export function flopsOf<A extends readonly Tree[]>(f: (...args: A) => Tree, make: () => A): number {
  let flops = 0;
  cost(() => {
    flops = cost(f)(...make()).flops; // whose arguments are places in a trace, as long as it lasts
    return [];
  })();
  return flops;
}

/** What a step of one model is of: its parameters, a batch, and its context, if it has one. */
export interface StepOf<P extends Tree, B extends Tree, C extends Tree> {
  readonly params: P;
  readonly batch: B;
  readonly context?: C;
}

/** FLOPs of one model's step on what `make` gives. */
export const stepFlops = <P extends Tree, B extends Tree, C extends Tree = Tree>(
  learner: Stepping<P, B, C>,
  make: () => StepOf<P, B, C>,
): number =>
  flopsOf(stepOf(learner), (): [P, Tree, B, C, Tensor] => {
    const { params, batch, context = {} as C } = make();
    return [params, learner.optimizer.init(params), batch, context, zeros([], 'i32')];
  });
