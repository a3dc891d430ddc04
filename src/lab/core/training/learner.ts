// What learns: a model a seed, its gradient, and what is measured of it.
import { type nn, type Tensor, type Tree, valueAndGrad } from '../../../index.ts';
import type { Each } from './events.ts';

/** What a learner's step computes for one model. */
export type Gradient<P extends Tree> = {
  readonly loss: Tensor;
  /** The direction that the optimiser takes for the loss's gradient. */
  readonly gradient: P;
  /** Scalars worth a curve of their own, a point a step. */
  readonly measures?: { readonly [name: string]: Tensor };
};

/** What a step is given beside its batch. */
export interface At<C extends Tree> {
  /** The seed's own part of what the learner was given. */
  readonly context: C;
  /** i32, from 1. */
  readonly step: Tensor;
}

/** One of the models that a phase trains. */
export interface Learner<P extends Tree, B extends Tree, C extends Tree = Tree> {
  /** Where each seed's model starts; every leaf has the seeds first. */
  readonly start: P;
  /** What a seed's steps need all along, such as its key; every leaf has the seeds first. */
  readonly context?: C;
  gradient(params: P, batch: B, at: At<C>): Gradient<P>;
  readonly optimizer: nn.Optimizer<Tree>;
  /** Scalars of one model's step, worth a curve of their own, a point a step. */
  ofStep?(before: P, after: P, batch: B, at: At<C>): { readonly [name: string]: Tensor };
  /** By metric, one number a seed: what is told of an epoch, and a point of a curve. */
  measure?(params: P): Each<readonly number[]>;
  /** What else is worth a point wherever that is measured. */
  observe?(params: P): Each<readonly number[]>;
}

/** The gradient of a loss, as learners take it. */
export function gradientOf<P extends Tree, B extends Tree, C extends Tree = Tree>(
  loss: (params: P, batch: B, at: At<C>) => Tensor,
): (params: P, batch: B, at: At<C>) => Gradient<P> {
  return (params, batch, at) => {
    const [value, gradient] = valueAndGrad((of: P) => loss(of, batch, at))(params);
    return { loss: value, gradient };
  };
}

/** One model's step. */
type Stepped<P extends Tree> = {
  readonly values: { readonly [name: string]: Tensor };
  readonly next: P;
  readonly state: Tree;
};

/** What of a learner makes its step. */
export type Stepping<P extends Tree, B extends Tree, C extends Tree = Tree> = Pick<
  Learner<P, B, C>,
  'gradient' | 'optimizer' | 'ofStep'
>;

/** One model's step. */
export const stepOf =
  <P extends Tree, B extends Tree, C extends Tree>(learner: Stepping<P, B, C>) =>
  (params: P, state: Tree, batch: B, context: C, step: Tensor): Stepped<P> => {
    const at = { context, step };
    const { loss, gradient, measures = {} } = learner.gradient(params, batch, at);
    const [next, nextState] = learner.optimizer.update(params, gradient, state);
    const ofStep = learner.ofStep?.(params, next, batch, at) ?? {};
    return { values: { ...measures, ...ofStep, loss }, next, state: nextState };
  };

/** A trained model a seed, and how it went. */
export interface Trained<P extends Tree> {
  readonly params: P;
  /** By name, a list a seed: `loss` and what is measured and observed a point an epoch, what is of a step a point a step. */
  readonly curves: Readonly<Record<string, number[][]>>;
}
