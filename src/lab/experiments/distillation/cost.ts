// What training costs, counted from shapes: the multiplications and additions of the matrix products.
import type { BaseConfig } from '../settings.ts';
import { convolutionFlops, denseSizes } from './cnn.ts';
import { layerSizes } from './model.ts';

const denseFlops = (sizes: readonly number[]): number[] =>
  sizes.slice(1).map((outputs, i) => 2 * sizes[i] * outputs);

/** FLOPs of a step: each layer forward, its weights' gradient, and its inputs' gradient but the first one's. */
const stepFlops = (layers: readonly number[]): number =>
  3 * layers.reduce((sum, layer) => sum + layer, 0) - layers[0];

type Architecture = Pick<BaseConfig, 'hidden' | 'aux'>;

/** FLOPs of one example's training step. */
export const flopsPerExample = (config: Architecture): number => stepFlops(denseFlops(layerSizes(config)));

/** The same of the convolutional network. */
export const cnnFlopsPerExample = (config: Architecture): number =>
  stepFlops([...convolutionFlops(), ...denseFlops(denseSizes(config))]);

type Cost = Pick<
  BaseConfig,
  'hidden' | 'aux' | 'seeds' | 'trainDigits' | 'teacherEpochs' | 'noiseImages' | 'studentEpochs'
>;

/** FLOPs of the teachers of a config. */
export const teacherFlops = (config: Cost): number =>
  config.seeds * config.trainDigits * config.teacherEpochs * flopsPerExample(config);

/** FLOPs of `pupils` kinds of pupils. */
export const pupilFlops = (config: Cost, pupils: number): number =>
  pupils * config.seeds * config.noiseImages * config.studentEpochs * flopsPerExample(config);
