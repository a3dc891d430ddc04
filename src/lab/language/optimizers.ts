// Optimisers by name, and the schedule of their learning rates: a function of the steps done, so that one compiled step serves all.
import { add, div, minimum, mul, nn, sub, type Tree } from '../../index.ts';

export const optimizerNames = ['sgd', 'adam'] as const;
export type OptimizerName = (typeof optimizerNames)[number];

/** Adam, its learning rate times `schedule`. */
export const scheduledAdam = (options: nn.ScaleByAdamOptions, schedule: nn.Schedule): nn.Optimizer<Tree> =>
  nn.chain(nn.scaleByAdam(options), nn.scaleByLearningRate(schedule));

/** SGD with momentum 0.9, and Adam, of a learning rate that is taken times a schedule. */
export const optimizers: Readonly<
  Record<OptimizerName, (learningRate: number, schedule: nn.Schedule) => nn.Optimizer<Tree>>
> = {
  sgd: (learningRate, schedule) =>
    nn.chain(nn.momentum(0.9), nn.scaleByLearningRate(learningRate), nn.scaleByLearningRate(schedule)),
  adam: (learningRate, schedule) => scheduledAdam({ learningRate }, schedule),
};

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
  ({ steps, warmup = 1, end = 0 }: LinearDecayOptions): nn.Schedule =>
  (step) =>
    mul(minimum(div(add(step, 1), warmup), 1), sub(1, mul(step, (1 - end) / steps)));
