// The network of the experiments: hidden layers, and a head of ten class logits and auxiliary ones beside them.
import {
  argmax,
  equal,
  jit,
  nn,
  random,
  slice,
  sum,
  type Tensor,
  type Tree,
  treeLeaves,
  vmap,
} from '../../../index.ts';
import { seedsOf } from '../../core/experiments/experiment.ts';
import { classes, type Digits, pixels } from '../data/mnist.ts';
import type { BaseConfig } from '../experiments/settings.ts';
import { convolved } from './cnn.ts';

/** The layers of one model, or, with a leading axis in every leaf, of one model a seed. */
export type Model = nn.Dense[];

type Architecture = Pick<BaseConfig, 'hidden' | 'aux'>;

export const layerSizes = ({ hidden, aux }: Architecture): number[] => [pixels, ...hidden, classes + aux];

/** A model a key: weights normal with deviation 1/√fan_in, biases zero. `keys` is i32 [seeds, 2]. */
export const initModels = (config: Architecture, keys: Tensor): Model =>
  vmap((key: Tensor) => nn.initMlp(key, layerSizes(config)))(keys);

/** What the last hidden layer says, [..., width], of images [..., 784] in [−1, 1]. */
export function features(model: Model, images: Tensor): Tensor {
  const hidden = model.slice(0, -1);
  const dense = hidden.filter(({ weight }) => weight.ndim === 2);
  const convs = hidden.slice(0, hidden.length - dense.length); // a convolutional network's come first
  return nn.relu(nn.mlp(dense, convs.length ? convolved(convs, images) : images));
}

/** All 10 + m logits [..., 10 + m] of images [..., 784] in [−1, 1]. */
export const logits = (model: Model, images: Tensor): Tensor =>
  nn.dense(model[model.length - 1], features(model, images));

export const classLogits = (all: Tensor): Tensor => slice(all, '...', `:${classes}`);
export const auxLogits = (all: Tensor): Tensor => slice(all, '...', `${classes}:`);

const chunk = 1000; // images at a time, which bounds the memory that measuring takes

/** A function measuring every seed's model: its share of `digits` whose greatest class logit is right. */
export const measureOn = (digits: Digits): ((models: Model) => number[]) => measureAnswers(digits, logits);

/** As {@link measureOn}, of whatever gives all logits [n, 10 + m] of images; every leaf has the seeds first. */
export function measureAnswers<T extends Tree>(
  digits: Digits,
  answer: (model: T, images: Tensor) => Tensor,
): (models: T) => number[] {
  const countRight = jit(
    vmap(
      (model: T, images: Tensor, labels: Tensor) =>
        sum(equal(argmax(classLogits(answer(model, images)), -1), labels)),
      [0, null, null],
    ),
  );
  const n = digits.labels.size;
  return (models) => {
    const right: number[] = new Array(treeLeaves(models)[0].shape[0]).fill(0);
    for (let at = 0; at < n; at += chunk) {
      const range = `${at}:${Math.min(at + chunk, n)}`;
      const counts = countRight(models, slice(digits.images, range), slice(digits.labels, range));
      counts.data.forEach((count, seed) => {
        right[seed] += count;
      });
    }
    return right.map((count) => count / n);
  };
}

/** By seed, the accuracy on `digits`, as learners are measured. */
export const accuracyOn = (digits: Digits) => {
  const measure = measureOn(digits);
  return (models: Model) => ({ accuracy: measure(models) });
};

/** What each seed's randomness is for; each use has a stream of its own. */
const streams = { init: 0, teacherOrder: 1, noise: 2, studentOrder: 3, otherInit: 4, trait: 5 };

/** The keys of one purpose, i32 [seeds, 2]: they depend on the seed alone, not on how many run with it. */
export function keysFor(purpose: keyof typeof streams, seeds: readonly number[]): Tensor {
  const roots = random.keys(seeds);
  return vmap((root: Tensor) => random.foldIn(root, streams[purpose]))(roots);
}

/** Where each seed's teacher starts. */
export const initialModels = (config: BaseConfig): Model =>
  initModels(config, keysFor('init', seedsOf(config)));

/** Where each seed's control starts, which is no teacher's start. */
export const otherModels = (config: BaseConfig): Model =>
  initModels(config, keysFor('otherInit', seedsOf(config)));
