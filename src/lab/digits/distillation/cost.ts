// What training costs, counted from shapes: the products' multiplications and additions, and the memory.

import type { Memory } from '../../core/experiments/experiment.ts';
import { pixels } from '../data/images.ts';
import type { BaseConfig } from '../experiments/settings.ts';
import { convolutionFlops, denseSizes } from './cnn.ts';
import { layerSizes } from './model.ts';

const denseFlops = (sizes: readonly number[]): number[] =>
  sizes.slice(1).map((outputs, i) => 2 * sizes[i] * outputs);

/** FLOPs of a step: each layer forward, its weights' gradient, and its inputs' gradient but the first one's. */
const stepFlops = (layers: readonly number[]): number =>
  3 * layers.reduce((sum, layer) => sum + layer, 0) - layers[0];

type Architecture = Pick<BaseConfig, 'data' | 'hidden' | 'aux'>;

/** FLOPs of one example's training step. */
export const flopsPerExample = (config: Architecture): number => stepFlops(denseFlops(layerSizes(config)));

/** The same of the convolutional network. */
export const cnnFlopsPerExample = (config: Architecture): number =>
  stepFlops([...convolutionFlops(), ...denseFlops(denseSizes(config))]);

type Cost = Pick<
  BaseConfig,
  'data' | 'hidden' | 'aux' | 'seeds' | 'trainDigits' | 'teacherEpochs' | 'noiseImages' | 'studentEpochs'
>;

/** FLOPs of the teachers of a config. */
export const teacherFlops = (config: Cost): number =>
  config.seeds * config.trainDigits * config.teacherEpochs * flopsPerExample(config);

/** FLOPs of `pupils` kinds of pupils. */
export const pupilFlops = (config: Cost, pupils: number): number =>
  pupils * config.seeds * config.noiseImages * config.studentEpochs * flopsPerExample(config);

const f32 = 4;
/** Copies of a model's weights. A step has, beside the weights, their gradient and Adam's two means. */
const copies = { step: 4, checkpoint: 3, teacher: 3 };

/** What teachers and then `pupils` kinds of pupils of them hold, each kind trained beside the others. */
export function memoryOf(config: BaseConfig, pupils: number): Memory {
  const { seeds, trainDigits, testDigits, noiseImages, aux } = config;
  const sizes = layerSizes(config);
  const learners = Math.max(1, pupils);
  const images = pupils > 0 ? noiseImages : 0;
  const batch = Math.min(config.batch, Math.max(trainDigits, images));
  const layers = sizes.slice(1).map((outputs, i) => sizes[i] * outputs);
  const weights = f32 * seeds * layers.reduce((sum, layer) => sum + layer, 0);
  const units = sizes.slice(1).reduce((sum, size) => sum + size, 0);
  const step =
    learners * (copies.step * weights + f32 * seeds * batch * units) + f32 * seeds * batch * pixels;
  const answers = f32 * seeds * images * aux;
  const digits = f32 * pixels * (trainDigits + testDigits);
  return {
    bytes: step + (copies.teacher + copies.checkpoint * learners) * weights + answers + digits,
    step,
    largest: seeds * Math.max(...layers, batch * Math.max(...sizes), images * aux),
  };
}
