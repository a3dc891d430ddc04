// The language model of the small world: a GPT with its norms before what they feed, as functions of a tree of parameters.
import {
  add,
  arange,
  mul,
  nn,
  random,
  reshape,
  ShapeError,
  sigmoid,
  slice,
  square,
  swapaxes,
  type Tensor,
  take,
  where,
} from '../../index.ts';

export interface ModelConfig {
  /** Number of different tokens. */
  readonly vocabulary: number;
  /** The most tokens that a row has. */
  readonly length: number;
  readonly width: number;
  readonly blocks: number;
  readonly heads: number;
  /** Hidden units of each block's perceptron. */
  readonly hidden: number;
}

/** The parameters of one model, or, with a leading axis in every leaf, of several. */
export type Model = {
  /** [vocabulary, width]: what a token is read as, and what the logits are products with. */
  readonly embedding: Tensor;
  /** [length, width]. */
  readonly positions: Tensor;
  readonly blocks: readonly nn.TransformerBlock[];
  readonly norm: nn.LayerNorm;
};

/** `layer` with weights of half the deviation. */
const halved = ({ weight, bias }: nn.Dense): nn.Dense => ({ weight: mul(weight, 0.5), bias });

/**
 * Embedding and positions N(0, 1/width), weights N(0, 1/fan_in), those of layers whose outputs are added to the stream
 * N(0, 1/(4 fan_in)); biases 0, scales 1.
 */
export function initModel(key: Tensor, config: ModelConfig): Model {
  const { vocabulary, length, width, blocks, heads, hidden } = config;
  if (width % heads !== 0)
    throw new ShapeError(`initModel: ${heads} heads do not divide a width of ${width}; change one of them`);
  const keys = random.split(key, blocks + 2);
  const vectors = (i: number, n: number): Tensor => nn.initEmbedding(slice(keys, i), n, width);
  return {
    embedding: vectors(blocks, vocabulary),
    positions: vectors(blocks + 1, length),
    blocks: Array.from({ length: blocks }, (_, i) => {
      const { norms, attention, mlp } = nn.initTransformerBlock(slice(keys, i), width, hidden);
      return {
        norms,
        attention: { ...attention, output: halved(attention.output) },
        mlp: [mlp[0], halved(mlp[1])],
      };
    }),
    norm: nn.initLayerNorm(width),
  };
}

/**
 * The usual approximation of x Φ(x), as in GPT-2: x sigmoid(2 √(2/π) (x + 0.044715 x³)). The error
 * function of the exact one would take a third of a training step on one engine and most of it on another.
 */
function gelu(x: Tensor): Tensor {
  const cubic = mul(x, add(mul(square(x), 0.044715), 1));
  return mul(x, sigmoid(mul(cubic, 2 * Math.sqrt(2 / Math.PI))));
}

/** Queries, keys or values [..., heads, tokens, depth] of a layer's outputs [..., tokens, width]. */
function byHead(x: Tensor, heads: number): Tensor {
  const [tokens, width] = x.shape.slice(-2);
  return swapaxes(reshape(x, [...x.shape.slice(0, -2), tokens, heads, width / heads]), -2, -3);
}

/** How the tokens of a row look each other up in a block: answers to queries; all are [n, heads, tokens, depth]. */
export type Lookup = (queries: Tensor, keys: Tensor, values: Tensor) => Tensor;

/** A block on x [n, tokens, width]. */
function block(layers: nn.TransformerBlock, x: Tensor, heads: number, lookup: Lookup): Tensor {
  const { norms, attention, mlp } = layers;
  const normed = nn.layerNorm(norms[0], x);
  const [queries, keys, values] = [attention.query, attention.key, attention.value].map((layer) =>
    byHead(nn.dense(layer, normed), heads),
  );
  const mixed = reshape(swapaxes(lookup(queries, keys, values), -2, -3), x.shape);
  const attended = add(x, nn.dense(attention.output, mixed));
  return add(attended, nn.mlp(mlp, nn.layerNorm(norms[1], attended), gelu));
}

/** Logits [n, t, vocabulary] after `tokens`, i32 [n, t], at `positions`, i32 [t]; each block has a lookup. */
export function logitsWith(
  model: Model,
  tokens: Tensor,
  positions: Tensor,
  heads: number,
  lookup: (block: number) => Lookup,
): Tensor {
  const start = add(nn.embedding(model.embedding, tokens), take(model.positions, positions));
  const stream = model.blocks.reduce((x, layers, i) => block(layers, x, heads, lookup(i)), start);
  return nn.tiedHead(model.embedding, nn.layerNorm(model.norm, stream));
}

/** Logits [n, t, vocabulary] of what follows each of `tokens`, i32 [n, t], given those up to it. */
export function logits(model: Model, tokens: Tensor, { length, heads }: ModelConfig): Tensor {
  const [, t] = tokens.shape;
  if (tokens.ndim !== 2 || t > length)
    throw new ShapeError(
      `logits: tokens [${tokens.shape}] for a model of length ${length}; they must be [n, t], with t no more than that`,
    );
  return logitsWith(
    model,
    tokens,
    arange(t),
    heads,
    () => (queries, keys, values) => nn.dotProductAttention(queries, keys, values, { causal: true }),
  );
}

/**
 * Mean cross-entropy in nats of the tokens that count, each given those before it. `tokens` is i32 [n, t], `counts`
 * bool [n, t]; the first of a row is never predicted.
 */
export function nextTokenLoss(model: Model, tokens: Tensor, counts: Tensor, config: ModelConfig): Tensor {
  const labels = where(slice(counts, ':', '1:'), slice(tokens, ':', '1:'), -1);
  return nn.crossEntropy(logits(model, slice(tokens, ':', ':-1'), config), labels, { ignoreIndex: -1 });
}
