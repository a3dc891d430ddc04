// What a student looks at: images that are a function of a key and their number, so none is ever stored.
import { random, remainder, type Tensor, take, vmap } from '../../../index.ts';
import type { MnistConfig } from './config.ts';
import { pixels } from './model.ts';

/** The images numbered `indices`, i32 [b], under one seed's key: f32 [b, 784]. */
export type ImageSource = (key: Tensor, indices: Tensor) => Tensor;

/** The source that the config names. `digits` are training images, f32 [n, 784] in [−1, 1]. */
export function imageSource(noise: MnistConfig['noise'], digits: Tensor): ImageSource {
  const each =
    (draw: (key: Tensor) => Tensor): ImageSource =>
    (key, indices) =>
      vmap((i: Tensor) => draw(random.foldIn(key, i)))(indices);
  switch (noise) {
    case 'uniform':
      return each((key) => random.uniform(key, [pixels], -1, 1));
    case 'gaussian':
      return each((key) => random.normal(key, [pixels]));
    case 'digits':
      return (_, indices) => take(digits, remainder(indices, digits.shape[0]));
    default:
      return noise satisfies never;
  }
}
