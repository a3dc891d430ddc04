// Random small architectures of the library's layers, as fast-check draws and shrinks them.
import fc from 'fast-check';
import {
  add,
  mul,
  nn,
  random,
  reshape,
  slice,
  type Tensor,
  type Tree,
  tanh,
  treeMap,
} from '../../../../../src/index.ts';
import {
  type Network,
  pixels,
  type Sizes,
  side,
} from '../../../../../src/lab/digits/experiments/theory/networks.ts';
import { classes } from '../../../../helpers/digits.ts';

const activations = { tanh, gelu: nn.gelu, silu: nn.silu, softplus: nn.softplus, relu: nn.relu } as const;

/** A layer. One that the shape does not allow (a convolution of a vector, say) is left out. */
export type Layer =
  | { readonly kind: 'dense'; readonly size: number }
  | { readonly kind: 'conv'; readonly kernel: number; readonly stride: number; readonly channels: number }
  | { readonly kind: 'norm' }
  | { readonly kind: 'attention'; readonly heads: number }
  | { readonly kind: 'activation'; readonly of: keyof typeof activations }
  | { readonly kind: 'residual'; readonly around: readonly Layer[] };

/** How an image [49] is seen at first: as a vector, as a token a row, or as a map of one channel. */
const views = { vector: [pixels], rows: [side, side], map: [side, side, 1] } as const;

export interface Architecture {
  readonly view: keyof typeof views;
  readonly layers: readonly Layer[];
}

const simple: fc.Arbitrary<Layer> = fc.oneof(
  fc.record({ kind: fc.constant('dense' as const), size: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ kind: fc.constant('norm' as const) }),
  fc.record({ kind: fc.constant('attention' as const), heads: fc.integer({ min: 1, max: 2 }) }),
  fc.record({
    kind: fc.constant('conv' as const),
    kernel: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 2 }),
    channels: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({
    kind: fc.constant('activation' as const),
    of: fc.constantFrom(...(Object.keys(activations) as (keyof typeof activations)[])),
  }),
);

export const architecture: fc.Arbitrary<Architecture> = fc.record({
  view: fc.constantFrom(...(Object.keys(views) as (keyof typeof views)[])),
  layers: fc.array(
    fc.oneof(
      { weight: 4, arbitrary: simple },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant('residual' as const),
          around: fc.array(simple, { minLength: 1, maxLength: 3 }),
        }),
      },
    ),
    { minLength: 1, maxLength: 5 },
  ),
});

/** A layer for inputs of one shape, leading axis aside: its parameters from a key, and what it does with them. */
interface Built {
  readonly shape: readonly number[];
  init(key: Tensor): Tree;
  apply(params: Tree, x: Tensor): Tensor;
}

const built = <P extends Tree>(
  shape: readonly number[],
  init: (key: Tensor) => P,
  apply: (params: P, x: Tensor) => Tensor,
): Built => ({ shape, init, apply: (params, x) => apply(params as P, x) }); // of this layer's own init

const nothing = (): Tree[] => [];

function build(layer: Layer, shape: readonly number[]): Built | undefined {
  const [before, channels] = [shape.slice(0, -1), shape[shape.length - 1]];
  switch (layer.kind) {
    case 'dense':
      return built(
        [...before, layer.size],
        (key) => nn.initDense(key, channels, layer.size, nn.lecunNormal, 'f64'),
        nn.dense,
      );
    case 'conv':
      if (shape.length < 3) return undefined;
      return built(
        [...shape.slice(0, 2).map((n) => Math.ceil(n / layer.stride)), layer.channels],
        (key) => nn.initConv(key, layer.kernel, channels, layer.channels, nn.lecunNormal, 'f64'),
        (params, x) => nn.conv2d(params, x, { stride: layer.stride, padding: 'same' }),
      );
    case 'norm':
      if (channels < 3) return undefined; // of two numbers it leaves little more than which one is larger
      return built(shape, () => nn.initLayerNorm(channels, 'f64'), nn.layerNorm);
    case 'attention':
      if (shape.length < 2 || channels % layer.heads !== 0) return undefined;
      return built(
        shape,
        (key) => nn.initAttention(key, channels, nn.lecunNormal, 'f64'),
        (params, x) => nn.attention(params, x, layer.heads),
      );
    case 'activation':
      return built(shape, nothing, (_, x) => activations[layer.of](x));
    case 'residual': {
      const inside = sequence(layer.around, shape);
      if (inside.shape.join() !== shape.join()) return undefined;
      return built(shape, inside.init, (params, x) => add(x, inside.apply(params, x)));
    }
    default:
      return layer satisfies never;
  }
}

function sequence(layers: readonly Layer[], shape: readonly number[]): Built {
  const parts: Built[] = [];
  for (const layer of layers) {
    const part = build(layer, parts.at(-1)?.shape ?? shape);
    if (part) parts.push(part);
  }
  return built<Tree[]>(
    parts.at(-1)?.shape ?? shape,
    (key) => parts.map((part, i) => part.init(random.foldIn(key, i))),
    (params, x) => parts.reduce((h, part, i) => part.apply(params[i], h), x),
  );
}

/** Adds noise to all parameters, biases and scales too, so that no unit stands on its kink. */
function shaken<T extends Tree>(params: T, key: Tensor): T {
  let i = 0;
  return treeMap(
    (leaf) => add(leaf, mul(random.normal(random.foldIn(key, i++), leaf.shape, 'f64'), 0.1)),
    params,
  );
}

/** The network, with a dense layer to its logits behind all others. */
export function networkOf({ view, layers }: Architecture): Network {
  const body = sequence(layers, views[view]);
  const features = body.shape.reduce((a, b) => a * b, 1);
  return {
    name: 'random',
    classes,
    smooth: !JSON.stringify(layers).includes('"relu"'),
    init: (key: Tensor, { aux }: Sizes): Tree => {
      const keys = random.split(key, 3);
      const head = nn.initDense(slice(keys, 0), features, classes + aux, nn.lecunNormal, 'f64');
      return shaken([head, body.init(slice(keys, 1))], slice(keys, 2));
    },
    outputs: (params, images) => {
      const [head, inside] = params as [nn.Dense, Tree]; // of init
      const n = images.shape[0];
      return nn.dense(head, reshape(body.apply(inside, reshape(images, [n, ...views[view]])), [n, features]));
    },
  };
}
