// What the experiments here run on: handwritten digits, and for the theorem's small networks beside them.
import { type DType, grad, jit, mul, nn, random, sum, type Tensor, tanh, treeLeaves } from '../../index.ts';
import { projectOption } from '../core/cli/command.ts';
import type { CommonConfig, Field, Sample } from '../core/experiments/experiment.ts';
import { flopsOf } from '../core/training/flops.ts';
import type { TrainAndTest } from './data/images.ts';
import { type DataConfig, loadData } from './data/load.ts';
import { setOf, shortName } from './data/sets.ts';

/** Training and test digits, pixels in [−1, 1]. */
export type Data = TrainAndTest;

/** The gradient of a network of these layers. */
function gradientSample(
  sizes: readonly number[],
  examples: number,
  dtype: DType,
  activation: (x: Tensor) => Tensor,
): Sample {
  const init = (): nn.Dense[] => nn.initMlp(random.key(0), sizes, nn.lecunNormal, dtype);
  const draw = (): Tensor => random.normal(random.key(1), [examples, sizes[0]], dtype);
  const gradientOn = (model: nn.Dense[], images: Tensor): nn.Dense[] =>
    grad((of: nn.Dense[]) => {
      const outputs = nn.mlp(of, images, activation);
      return sum(mul(outputs, outputs));
    })(model);
  return {
    name: JSON.stringify([sizes, examples, dtype]),
    // drawing images, updating weights and measuring accuracies were seen to take half as long as the gradients
    overhead: 0.5,
    get flops() {
      return flopsOf(gradientOn, (): [nn.Dense[], Tensor] => [init(), draw()]);
    },
    prepare() {
      const [layers, images] = [init(), draw()];
      const gradient = jit(gradientOn);
      return () => {
        for (const { data } of treeLeaves(gradient(layers, images))) data.at(0);
      };
    },
  };
}

export const digits: Field<Data> = {
  name: 'Digits',
  about:
    'A student network that imitates meaningless outputs of its teacher, on images that say nothing, picks up what the teacher knows, if both started from the same weights.',
  options: () => [
    projectOption('--datasets <folder>', 'where npm run datasets:fetch put what it fetched', 'datasets'),
  ],
  load: (config, { datasets }) => loadData(config as CommonConfig & DataConfig, String(datasets)),
  describe({ data, trainDigits, testDigits }) {
    const { what } = setOf({ data: String(data) });
    return `${trainDigits} + ${testDigits} ${shortName(String(data))} ${what}`;
  },
  sample: ({ hidden = [256, 256], batch = 256 }) =>
    gradientSample([784, ...(hidden as number[]), 13], Math.min(Number(batch), 256), 'f32', nn.relu),
};

/** The same for experiments on what the theorem says. */
export const theorem: Field<Data> = {
  ...digits,
  name: 'The theorem',
  about:
    'A small step of a student on whatever its teacher says moves it the way that its teacher moved, if both started from the same weights: what is left of that for real networks and many steps.',
};

/** The same for those of them that compute with small networks in f64. */
export const smallNetworks: Field<Data> = {
  ...theorem,
  sample: () => gradientSample([49, 64, 64, 13], 256, 'f64', tanh),
};
