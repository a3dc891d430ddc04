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

/** One of the models that a phase trains. */
export interface Learner<P extends Tree, B extends Tree> {
  /** Where each seed's model starts; every leaf has the seeds first. */
  readonly start: P;
  readonly gradient: (params: P, batch: B) => Gradient<P>;
  readonly optimizer: nn.Optimizer<Tree>;
  /** Scalars of one model's step, worth a curve of their own, a point a step. */
  readonly ofStep?: (before: P, after: P, batch: B) => { readonly [name: string]: Tensor };
  /** Accuracy of every seed's model. */
  evaluate(params: P): number[];
  /** What else is worth a curve, a point wherever the accuracy is measured: one number a seed each. */
  readonly observe?: (params: P) => Each<readonly number[]>;
}

/** The gradient of a loss, as learners take it. */
export function gradientOf<P extends Tree, B extends Tree>(
  loss: (params: P, batch: B) => Tensor,
): Learner<P, B>['gradient'] {
  const both = valueAndGrad(loss);
  return (params, batch) => {
    const [value, gradient] = both(params, batch);
    return { loss: value, gradient };
  };
}

/** A trained model a seed, and how it went. */
export interface Trained<P extends Tree> {
  readonly params: P;
  /** By name, a list a seed: `loss`, `accuracy` and what is observed a point an epoch, measures a point a step. */
  readonly curves: Readonly<Record<string, number[][]>>;
}
