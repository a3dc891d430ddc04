// Training as a stage: models that learn side by side, each of them an output of its own.
import { slice, stack, type Tree, treeMap } from '../../../index.ts';
import type { Running } from '../training/events.ts';
import type { Learner } from '../training/learner.ts';
import { type TrainOptions, train } from '../training/train.ts';
import { type TrainedModel, trainedModel } from './codec.ts';
import { type Inputs, type Made, stageOfMany } from './stage.ts';

/** Trees of the same structure as one whose leaves have them first, and back. */
export const together = <T extends Tree>(trees: readonly T[]): T =>
  treeMap((...leaves) => stack(leaves), trees[0], ...trees.slice(1));
export const apart = <T extends Tree>(tree: T, i: number): T => treeMap((leaf) => slice(leaf, i), tree);

/** How the models of some items learn: their starts, batches and keys have the items first. */
export type Training<P extends Tree, B extends Tree> = Omit<TrainOptions<P, B>, 'phase' | 'learners' | 'of'> &
  Pick<Learner<P, B>, 'start' | 'context' | 'gradient' | 'optimizer' | 'measure'>;

export interface TrainOfMany<I, P extends Tree, B extends Tree> {
  /** What is trained, as in 'teacher'. */
  readonly name: string;
  readonly items: readonly I[];
  /** All that an item's model depends on. */
  readonly inputs: (item: I) => Inputs;
  /** A model with the structure and shapes of each. */
  readonly like: P;
  training(some: readonly I[]): Training<P, B>;
}

/** The trained model of each item; those that are not there yet learn side by side. */
export const trainOfMany = <I, P extends Tree, B extends Tree>({
  name,
  items,
  inputs,
  like,
  training,
}: TrainOfMany<I, P, B>): Running<Made<TrainedModel<P>>[]> =>
  stageOfMany({
    name,
    items,
    inputs,
    codec: trainedModel(like),
    async *make(missing) {
      const { start, context, gradient, optimizer, measure, ...options } = training(missing);
      const trained = yield* train<P, B>({
        ...options,
        phase: name,
        of: JSON.stringify(missing.map((item) => inputs(item))),
        learners: { [name]: { start, context, gradient, optimizer, measure } },
      });
      const { params, curves } = trained[name];
      return missing.map((_, i) => ({
        params: apart(params, i),
        curves: Object.fromEntries(Object.entries(curves).map(([curve, lists]) => [curve, lists[i]])),
      }));
    },
  });
