// Training as a stage: models that learn side by side, each of them an output of its own.
import { slice, stack, type Tree, treeMap } from '../../../index.ts';
import type { Json } from '../runs/result.ts';
import type { Running } from '../training/events.ts';
import type { Learner, Trained } from '../training/learner.ts';
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
  /** What its phase and its learner are called, where that is something else. */
  readonly phase?: string;
  readonly items: readonly I[];
  /** All that an item's model depends on. */
  readonly inputs: (item: I) => Inputs;
  /**
   * What tells an item from others that the run may train in this phase, where less than its inputs does: tensors
   * among those have other last bits where the run goes on on another engine.
   */
  readonly of?: (item: I) => Json;
  /** A model with the structure and shapes of each. */
  readonly like: P;
  training(some: readonly I[]): Training<P, B>;
}

/** The trained model of each item; those that are not there yet learn side by side. */
export const trainOfMany = <I, P extends Tree, B extends Tree>({
  name,
  phase = name,
  items,
  inputs,
  of = inputs,
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
        phase,
        of: JSON.stringify(missing.map((item) => of(item))),
        learners: { [phase]: { start, context, gradient, optimizer, measure } },
      });
      const { params, curves } = trained[phase];
      return missing.map((_, i) => ({
        params: apart(params, i),
        curves: Object.fromEntries(Object.entries(curves).map(([curve, lists]) => [curve, lists[i]])),
      }));
    },
  });

/** Models that are outputs of their own, as training side by side gives them. */
export const sideBySide = <P extends Tree>(models: readonly Made<TrainedModel<P>>[]): Trained<P> => ({
  params: together(models.map(({ value }) => value.params)),
  curves: Object.fromEntries(
    Object.keys(models[0].value.curves).map((name) => [
      name,
      models.map(({ value }) => [...value.curves[name]]),
    ]),
  ),
});
