// Optimisers that have names: chains of `chain.ts`.
import { type Choice, checked, type Tree } from '../tensor/index.ts';
import * as arg from './arguments.ts';
import { inTurn, type Optimizer, subtracting } from './chain.ts';
import type { Schedule } from './schedules.ts';
import {
  type AdamState,
  adamFields,
  addDecayedWeights,
  momentum,
  rate,
  scaleByAdam,
  scaleByLearningRate,
} from './transformations.ts';

export interface SgdOptions {
  /** A number, or a schedule of the steps done. */
  readonly learningRate: number | Schedule;
  readonly momentum?: number;
}

/** Stochastic gradient descent: v ← momentum · v + g; x ← x − learningRate · v. */
export const sgd = checked(
  'sgd',
  [
    arg.options<SgdOptions>({
      learningRate: rate,
      momentum: (name) => arg.optional(arg.within(name, 0)),
    }),
  ],
  ({ learningRate, momentum: decay = 0 }: SgdOptions): Optimizer<readonly Tree[]> => {
    const last = scaleByLearningRate(learningRate);
    return subtracting('sgd', inTurn(decay ? [momentum(decay), last] : [last]));
  },
);

export interface AdamOptions {
  /** A number, or a schedule of the steps done. */
  readonly learningRate: number | Schedule;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

export interface AdamWOptions extends AdamOptions {
  readonly weightDecay: number;
  /** Which parameters decay; all by default. */
  readonly mask?: Choice;
}

/** Adam (Kingma & Ba, 2015, algorithm 1): the defaults are theirs. */
export const adam = checked(
  'adam',
  [arg.options<AdamOptions>({ learningRate: rate, ...adamFields })],
  (options: AdamOptions): Optimizer<AdamState> => subtracting('adam', scaleByAdam(options)),
);

/** Adam with decoupled weight decay (Loshchilov & Hutter, 2019, algorithm 2). */
export const adamW = checked(
  'adamW',
  [
    arg.options<AdamWOptions>({
      learningRate: rate,
      ...adamFields,
      weightDecay: (name) => arg.within(name, 0),
      mask: (name) => arg.optional(arg.callback<Choice>(name)),
    }),
  ],
  ({ learningRate, weightDecay, mask, ...settings }: AdamWOptions): Optimizer<readonly Tree[]> =>
    subtracting(
      'adamW',
      inTurn([
        scaleByAdam(settings),
        addDecayedWeights(weightDecay, mask),
        scaleByLearningRate(learningRate),
      ]),
    ),
);
