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
import { classes } from '../../data/mnist.ts';

export const side = 7;
export const pixels = side ** 2;

/** Sizes that a network is made with. */
export interface Sizes {
  /** Of the hidden layers. */
  readonly width: number;
  /** Auxiliary logits beside the ten class logits. */
  readonly aux: number;
}

/** A network: parameters from a key, and its 10 + m logits [n, 10 + m] of images [n, 49]. */
export interface Network {
  readonly name: string;
  init(key: Tensor, sizes: Sizes): Tree;
  outputs(params: Tree, images: Tensor): Tensor;
  /** Whether its outputs have derivatives of every order in the parameters. */
  readonly smooth: boolean;
}

const network = <P extends Tree>(
  name: string,
  init: (key: Tensor, sizes: Sizes) => P,
  outputs: (params: P, images: Tensor) => Tensor,
  smooth = true,
): Network => ({
  name,
  init,
  outputs: (params, images) => outputs(params as P, images), // of this network's own init
  smooth,
});

const logitsOf = ({ aux }: Sizes): number => classes + aux;

const mlp = (name: string, activation: (x: Tensor) => Tensor, smooth?: boolean): Network =>
  network<nn.Dense[]>(
    name,
    (key, sizes) =>
      nn.initMlp(key, [pixels, sizes.width, sizes.width, logitsOf(sizes)], nn.lecunNormal, 'f64'),
    (layers, images) => nn.mlp(layers, images, activation),
    smooth,
  );

const linear = network<nn.Dense>(
  'linear',
  (key, sizes) => nn.initDense(key, pixels, logitsOf(sizes), nn.lecunNormal, 'f64'),
  (layer, images) => nn.dense(layer, images),
);

const channels = 4;

const cnn = network<{ conv: nn.Conv; layers: nn.Dense[] }>(
  'cnn',
  (key, sizes) => {
    const keys = random.split(key, 2);
    const patches = channels * 3 ** 2;
    return {
      conv: nn.initConv(slice(keys, 0), 3, 1, channels, nn.lecunNormal, 'f64'),
      layers: nn.initMlp(slice(keys, 1), [patches, sizes.width, logitsOf(sizes)], nn.lecunNormal, 'f64'),
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
const transformer = network<{
  embed: nn.Dense;
  positions: Tensor;
  block: nn.TransformerBlock;
  head: nn.Dense;
}>(
  'transformer',
  (key, sizes) => {
    const keys = random.split(key, 4);
    const { width } = sizes;
    return {
      embed: nn.initDense(slice(keys, 0), side, width, nn.lecunNormal, 'f64'),
      positions: mul(random.normal(slice(keys, 1), [side, width], 'f64'), 0.1),
      block: nn.initTransformerBlock(slice(keys, 2), width, 2 * width, nn.lecunNormal, 'f64'),
      head: nn.initDense(slice(keys, 3), width, logitsOf(sizes), nn.lecunNormal, 'f64'),
    };
  },
  ({ embed, positions, block, head }, images) => {
    const rows = reshape(images, [images.shape[0], side, side]);
    const tokens = add(nn.dense(embed, rows), positions);
    return nn.dense(head, mean(nn.transformerBlock(block, tokens, heads), -2));
  },
);

export const networks = {
  linear,
  relu: mlp('relu', nn.relu, false),
  tanh: mlp('tanh', tanh),
  gelu: mlp('gelu', nn.gelu),
  cnn,
  transformer,
} as const satisfies Readonly<Record<string, Network>>;

export type NetworkName = keyof typeof networks;
export const networkNames = Object.keys(networks) as [NetworkName, ...NetworkName[]];

const productsOfMlp = ({ width, aux }: Sizes): number =>
  pixels * width + width ** 2 + width * logitsOf({ width, aux });

/** Products that an image takes in each network, roughly. */
export const products: Readonly<Record<NetworkName, (sizes: Sizes) => number>> = {
  linear: (sizes) => pixels * logitsOf(sizes),
  relu: productsOfMlp,
  tanh: productsOfMlp,
  gelu: productsOfMlp,
  cnn: (sizes) => channels * 3 ** 2 * (3 ** 2 + sizes.width) + sizes.width * logitsOf(sizes),
  // each row: its embedding, its attention to all rows, four products of attention, and the two layers behind it
  transformer: (sizes) =>
    side * (3 * side * sizes.width + 8 * sizes.width ** 2) + sizes.width * logitsOf(sizes),
};
