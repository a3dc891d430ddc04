// The networks that the theorem is tried on: small, in f64, each an initialiser and a function of images. An image is
// a digit at a quarter of its resolution, 7 × 7 pixels.
import {
  add,
  mean,
  mul,
  nn,
  random,
  reshape,
  slice,
  type Tensor,
  type Tree,
  tanh,
} from '../../../../index.ts';
export const side = 7;
export const pixels = side ** 2;

/** Sizes that a network is made with. */
export interface Sizes {
  /** Of the hidden layers. */
  readonly width: number;
  /** Auxiliary logits beside the class logits. */
  readonly aux: number;
}

/** A network: parameters from a key, and its k + m logits [n, k + m] of images [n, 49] of k classes. */
export interface Network {
  readonly name: string;
  readonly classes: number;
  init(key: Tensor, sizes: Sizes): Tree;
  outputs(params: Tree, images: Tensor): Tensor;
  /** Whether its outputs have derivatives of every order in the parameters. */
  readonly smooth: boolean;
}

/** A network for any number of classes. */
type Family = (classes: number) => Network;

const family =
  <P extends Tree>(
    name: string,
    init: (key: Tensor, width: number, logits: number) => P,
    outputs: (params: P, images: Tensor) => Tensor,
    smooth = true,
  ): Family =>
  (classes) => ({
    name,
    classes,
    init: (key, { width, aux }) => init(key, width, classes + aux),
    outputs: (params, images) => outputs(params as P, images), // of this network's own init
    smooth,
  });

const mlp = (name: string, activation: (x: Tensor) => Tensor, smooth?: boolean): Family =>
  family<nn.Dense[]>(
    name,
    (key, width, logits) => nn.initMlp(key, [pixels, width, width, logits], nn.lecunNormal, 'f64'),
    (layers, images) => nn.mlp(layers, images, activation),
    smooth,
  );

const linear = family<nn.Dense>(
  'linear',
  (key, _, logits) => nn.initDense(key, pixels, logits, nn.lecunNormal, 'f64'),
  (layer, images) => nn.dense(layer, images),
);

const channels = 4;

const cnn = family<{ conv: nn.Conv; layers: nn.Dense[] }>(
  'cnn',
  (key, width, logits) => {
    const keys = random.split(key, 2);
    const patches = channels * 3 ** 2;
    return {
      conv: nn.initConv(slice(keys, 0), 3, 1, channels, nn.lecunNormal, 'f64'),
      layers: nn.initMlp(slice(keys, 1), [patches, width, logits], nn.lecunNormal, 'f64'),
    };
  },
  ({ conv, layers }, images) => {
    const squares = reshape(images, [images.shape[0], side, side, 1]);
    const maps = tanh(nn.conv2d(conv, squares, { stride: 2 }));
    return nn.mlp(layers, reshape(maps, [images.shape[0], -1]), tanh);
  },
);

const heads = 2;

/** A token a row of the image. */
const transformer = family<{
  embed: nn.Dense;
  positions: Tensor;
  block: nn.TransformerBlock;
  head: nn.Dense;
}>(
  'transformer',
  (key, width, logits) => {
    const keys = random.split(key, 4);
    return {
      embed: nn.initDense(slice(keys, 0), side, width, nn.lecunNormal, 'f64'),
      positions: mul(random.normal(slice(keys, 1), [side, width], 'f64'), 0.1),
      block: nn.initTransformerBlock(slice(keys, 2), width, 2 * width, nn.lecunNormal, 'f64'),
      head: nn.initDense(slice(keys, 3), width, logits, nn.lecunNormal, 'f64'),
    };
  },
  ({ embed, positions, block, head }, images) => {
    const rows = reshape(images, [images.shape[0], side, side]);
    const tokens = add(nn.dense(embed, rows), positions);
    return nn.dense(head, mean(nn.transformerBlock(block, tokens, heads), -2));
  },
);

const families = {
  linear,
  relu: mlp('relu', nn.relu, false),
  tanh: mlp('tanh', tanh),
  gelu: mlp('gelu', nn.gelu),
  cnn,
  transformer,
} as const satisfies Readonly<Record<string, Family>>;

export type NetworkName = keyof typeof families;
export const networkNames = Object.keys(families) as [NetworkName, ...NetworkName[]];

/** The network called `name` for images of `classes` classes. */
export const networkFor = (name: NetworkName, classes: number): Network => families[name](classes);
