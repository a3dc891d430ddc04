// Optimisers by name, and such whose learning rate follows a schedule: a function of the steps done, so that one compiled step serves all.
import {
  add,
  div,
  minimum,
  mul,
  nn,
  sub,
  type Tensor,
  type Tree,
  treeMap,
  zeros,
  zerosLike,
} from '../../index.ts';

export const optimizerNames = ['sgd', 'adam'] as const;
export type OptimizerName = (typeof optimizerNames)[number];

/** SGD with momentum 0.9, and Adam, of a learning rate. */
export const optimizers: Readonly<Record<OptimizerName, (learningRate: number) => nn.Optimizer<Tree>>> = {
  sgd: (learningRate) => nn.sgd({ learningRate, momentum: 0.9 }),
  adam: (learningRate) => nn.adam({ learningRate }),
};

/** What the learning rate is multiplied by, of the steps done before, f32 []. */
export type Schedule = (step: Tensor) => Tensor;

export interface LinearDecayOptions {
  /** Steps in all. */
  readonly steps: number;
  /** Steps in which the factor rises to 1; none by default. */
  readonly warmup?: number;
  /** The factor after the last step; 0 by default. */
  readonly end?: number;
}

/** Rises linearly from 1 / warmup to 1 during the warm-up while it falls linearly from 1 to `end` over all steps. */
export const linearDecay =
  ({ steps, warmup = 1, end = 0 }: LinearDecayOptions): Schedule =>
  (step) =>
    mul(minimum(div(add(step, 1), warmup), 1), sub(1, mul(step, (1 - end) / steps)));

export type ScheduledState<S extends Tree> = {
  readonly inner: S;
  /** Updates done, f32 []. */
  readonly step: Tensor;
};

/** `optimizer`, an SGD or Adam without decay of weights, with what it adds to the parameters times `schedule`. */
export const scheduled = <S extends Tree>(
  optimizer: nn.Optimizer<S>,
  schedule: Schedule,
): nn.Optimizer<ScheduledState<S>> => ({
  init: (params) => ({ inner: optimizer.init(params), step: zeros([]) }),
  update: (params, gradients, { inner, step }) => {
    // from zero, an update is what is added, not rounded to the parameters' precision
    const [change, next] = optimizer.update(treeMap(zerosLike, params), gradients, inner);
    const factor = schedule(step);
    return [treeMap((x, by) => add(x, mul(by, factor)), params, change), { inner: next, step: add(step, 1) }];
  },
});
