// What training costs, counted from shapes: the multiplications and additions of the matrix products.
import type { BaseConfig } from '../settings.ts';
import { layerSizes } from './model.ts';

/** FLOPs of one example's training step: forward, weight gradients, and input gradients but the first. */
export function flopsPerExample(config: Pick<BaseConfig, 'hidden' | 'aux'>): number {
  const sizes = layerSizes(config);
  const products = sizes.slice(1).map((outputs, i) => 2 * sizes[i] * outputs);
  return 3 * products.reduce((sum, product) => sum + product, 0) - products[0];
}

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
