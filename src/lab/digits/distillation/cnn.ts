// A small convolutional network that can stand where the experiments' perceptron does: two layers of patches,
// then a hidden layer and a head like the perceptron's last two.
import { nn, random, reshape, slice, type Tensor } from '../../../index.ts';
import { side } from '../data/images.ts';
import { classesOf } from '../data/sets.ts';
import type { BaseConfig } from '../experiments/settings.ts';

const layers = [
  { kernel: 5, stride: 3, channels: 8 },
  { kernel: 3, stride: 2, channels: 16 },
];
type Layer = (typeof layers)[number];

/** The convolutional layers, and the dense ones behind them, the head last. */
export type Cnn = { readonly convs: nn.Conv[]; readonly layers: nn.Dense[] };

type Architecture = Pick<BaseConfig, 'data' | 'hidden' | 'aux'>;

const patchesAlong = (n: number, { kernel, stride }: Layer): number => Math.floor((n - kernel) / stride) + 1;

/** The convolutional layers with the channels they read, and how many patches a side has. */
const maps = layers.map((layer, i) => ({
  ...layer,
  from: i ? layers[i - 1].channels : 1,
  patches: layers.slice(0, i + 1).reduce(patchesAlong, side),
}));

/** The sizes of the dense layers behind: what the patches end in, the last hidden width, all logits. */
function denseSizes(config: Architecture): number[] {
  const { hidden, aux } = config;
  const { patches, channels } = maps[maps.length - 1];
  return [patches ** 2 * channels, hidden[hidden.length - 1], classesOf(config) + aux];
}

/** One model; its last hidden layer is as wide as that of the perceptron of `config`. */
export function initCnn(key: Tensor, config: Architecture): Cnn {
  const keys = random.split(key, maps.length + 1);
  return {
    convs: maps.map(({ kernel, from, channels }, i) => nn.initConv(slice(keys, i), kernel, from, channels)),
    layers: nn.initMlp(slice(keys, maps.length), denseSizes(config)),
  };
}

/** What the convolutional layers `convs` make of images [..., 784], a row each. */
export function convolved(convs: readonly nn.Conv[], images: Tensor): Tensor {
  const leading = images.shape.slice(0, -1);
  const squares = reshape(images, [...leading, side, side, 1]);
  const last = convs.reduce(
    (x, conv, i) => nn.relu(nn.conv2d(conv, x, { stride: layers[i].stride })),
    squares,
  );
  return reshape(last, [...leading, last.shape.slice(-3).reduce((a, b) => a * b)]);
}
