// The network of the experiments: hidden layers, and a head of class logits and auxiliary ones beside them.
import {
  argmax,
  equal,
  jit,
  nn,
  slice,
  sum,
  type Tensor,
  type Tree,
  treeLeaves,
  vmap,
} from '../../../index.ts';
import { seedsOf } from '../../core/experiments/experiment.ts';
import { type Digits, pixels } from '../data/images.ts';
import { classesOf } from '../data/sets.ts';
import type { BaseConfig } from '../experiments/settings.ts';
import { type Cnn, convolved } from './cnn.ts';
import { keysFor } from './keys.ts';

/** The layers of a perceptron, the head last. */
export type Mlp = nn.Dense[];

/** One model, or, with a leading axis in every leaf, one a seed. */
export type Model = Mlp | Cnn;

type Architecture = Pick<BaseConfig, 'data' | 'hidden' | 'aux'>;

export const layerSizes = (config: Architecture): number[] => [
  pixels,
  ...config.hidden,
  classesOf(config) + config.aux,
];

/**
 * A model a key, i32 [keys, 2]. Compiled, since what is evaluated at once is evaluated by another engine where it is
 * little: few models, other bits.
 */
export const initEach = <M extends Model>(init: (key: Tensor) => M, keys: Tensor): M => jit(vmap(init))(keys);

const isCnn = (model: Model): model is Cnn => 'convs' in model;

const denseLayers = (model: Model): Mlp => (isCnn(model) ? model.layers : model);

/** `model` with another head. */
export const withHead = (model: Model, head: nn.Dense): Model =>
  isCnn(model) ? { ...model, layers: model.layers.with(-1, head) } : model.with(-1, head);

/** What the last hidden layer says, [..., width], of images [..., 784] in [−1, 1]. */
export function features(model: Model, images: Tensor): Tensor {
  const hidden = denseLayers(model).slice(0, -1);
  return nn.relu(nn.mlp(hidden, isCnn(model) ? convolved(model.convs, images) : images));
}

/** All k + m logits [..., k + m], k of classes and m auxiliary ones, of images [..., 784] in [−1, 1]. */
export function logits(model: Model, images: Tensor): Tensor {
  const layers = denseLayers(model);
  return nn.dense(layers[layers.length - 1], features(model, images));
}

/** The first of all logits, one a class. */
export const classLogits = (all: Tensor, classes: number): Tensor => slice(all, '...', `:${classes}`);

/** The last `m` of all logits. */
export const auxLogits = (all: Tensor, m: number): Tensor => slice(all, '...', `-${m}:`);

const chunk = 1000; // images at a time, which bounds the memory that measuring takes

/** A function measuring every seed's model: its share of `digits` whose greatest class logit is right. */
export const measureOn = (digits: Digits): ((models: Model) => number[]) => measureAnswers(digits, logits);

/** As {@link measureOn}, of whatever gives all logits [n, k + m] of images; every leaf has the seeds first. */
export function measureAnswers<T extends Tree>(
  digits: Digits,
  answer: (model: T, images: Tensor) => Tensor,
): (models: T) => number[] {
  const countRight = jit(
    vmap(
      (model: T, images: Tensor, labels: Tensor) =>
        sum(equal(argmax(classLogits(answer(model, images), digits.classes), -1), labels)),
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

/** Weights normal with deviation 1/√fan_in, biases zero. */
const initMlps = (config: BaseConfig, keys: Tensor): Mlp =>
  initEach((key) => nn.initMlp(key, layerSizes(config)), keys);

/** Where each seed's teacher starts. */
export const initialModels = (config: BaseConfig): Mlp => initMlps(config, keysFor('init', seedsOf(config)));

/** Where each seed's control starts, which is no teacher's start. */
export const otherModels = (config: BaseConfig): Mlp =>
  initMlps(config, keysFor('otherInit', seedsOf(config)));
