// Attention: what queries find among keys, and the layers that make both of tokens.
import {
  add,
  arange,
  expandDims,
  less,
  logicalAnd,
  matmul,
  mul,
  reshape,
  slice,
  softmax,
  swapaxes,
  where,
} from '../ops/index.ts';
import { split } from '../random/index.ts';
import {
  broadcastShapes,
  checked,
  type DType,
  ShapeError,
  sameShape,
  showShape,
  type Tensor,
} from '../tensor/index.ts';
import * as arg from './arguments.ts';
import { type Dense, dense, initDense, type Linear } from './dense.ts';
import { type Initializer, lecunNormal } from './initializers.ts';

export interface DotProductAttentionOptions {
  /**
   * Broadcasts to [..., heads, tokens, others]: bool, true where a token sees another, or numbers that are added to the
   * scores.
   */
  readonly mask?: Tensor;
  /** Whether a token sees only others at its own position and before; both are counted from their first. */
  readonly causal?: boolean;
  /** What products of queries and keys are multiplied by; 1/√depth by default. */
  readonly scale?: number;
}

const options = arg.options<DotProductAttentionOptions>({
  mask: (name) => arg.optional(arg.tensor(name)),
  causal: (name) => arg.optional(arg.boolean(name)),
  scale: (name) => arg.optional(arg.finite(name)),
});

/** The score of what is not seen. It is finite so that a token that sees nothing has weights, and no NaN. */
const unseen = -(2 ** 127);

/**
 * softmax(queries keysᵀ scale + mask) values (Vaswani et al., 2017), of queries [..., heads, tokens, depth] and keys and
 * values [..., groups, others, depth], where the values' depth may be another, and is that of the result. With fewer groups
 * than heads, heads / groups neighbouring heads share one (Ainslie et al., 2023). Scores and softmax are f32, or f64; a
 * token that sees nothing gets the mean of all values. Throws ShapeError where shapes do not fit.
 */
export const dotProductAttention = checked(
  'dotProductAttention',
  [arg.tensor('queries'), arg.tensor('keys'), arg.tensor('values'), arg.optional(options)],
  (
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    { mask, causal = false, scale }: DotProductAttentionOptions = {},
  ): Tensor => {
    const [heads, tokens, depth] = queries.shape.slice(-3);
    const [groups, others] = keys.shape.slice(-3);
    if (
      [queries, keys, values].some(({ ndim }) => ndim < 3) ||
      keys.shape[keys.ndim - 1] !== depth ||
      !sameShape(values.shape.slice(-3, -1), [groups, others]) ||
      heads % groups !== 0
    )
      throw new ShapeError(
        `dotProductAttention: queries ${showShape(queries.shape)}, keys ${showShape(keys.shape)} and values ${showShape(values.shape)}; they must be [..., heads, tokens, depth] and twice [..., groups, others, depth], and groups must divide heads`,
      );
    // the heads of a group stand under each other, so that its keys and values are read once
    const byGroup = (x: Tensor): Tensor =>
      reshape(x, [...x.shape.slice(0, -3), groups, (heads / groups) * tokens, x.shape[x.ndim - 1]]);
    const byHead = (x: Tensor): Tensor =>
      reshape(x, [...x.shape.slice(0, -3), heads, tokens, x.shape[x.ndim - 1]]);
    const scaled = mul(queries, scale ?? 1 / Math.sqrt(depth));
    const scores = byHead(matmul(byGroup(scaled), swapaxes(keys, -1, -2)));
    if (mask && !sameShape(broadcastShapes('dotProductAttention', mask.shape, scores.shape), scores.shape))
      throw new ShapeError(
        `dotProductAttention: the mask is ${showShape(mask.shape)}; it must broadcast to the scores, ${showShape(scores.shape)}`,
      );
    const biased = mask && mask.dtype !== 'bool' ? add(scores, mask) : scores;
    const before = causal ? [less(arange(others), expandDims(arange(1, tokens + 1), 1))] : [];
    const seen = [...before, ...(mask?.dtype === 'bool' ? [mask] : [])];
    const weights = softmax(
      seen.length > 0
        ? where(
            seen.reduce((a, b) => logicalAnd(a, b)),
            biased,
            unseen,
          )
        : biased,
    );
    return byHead(matmul(byGroup(weights), values));
  },
);

/** What makes queries, keys and values of tokens, and one more layer behind; each [size, size]. */
export type Attention<Layer extends Linear = Dense> = {
  readonly query: Layer;
  readonly key: Layer;
  readonly value: Layer;
  readonly output: Layer;
};

export const initAttention = checked(
  'initAttention',
  [arg.key(), arg.size('size'), ...arg.drawn],
  (key: Tensor, size: number, initializer: Initializer = lecunNormal, dtype: DType = 'f32'): Attention => {
    const keys = split(key, 4);
    const layer = (i: number): Dense => initDense(slice(keys, i), size, size, initializer, dtype);
    return { query: layer(0), key: layer(1), value: layer(2), output: layer(3) };
  },
);

/**
 * Self-attention: x [..., tokens, size] → the same shape, by `dotProductAttention`, which says what the options are, in each
 * of `heads` heads of depth size / heads. Layers of keys and values with fewer outputs have fewer heads. Throws ShapeError
 * unless heads divide the size.
 */
export const attention = checked(
  'attention',
  [
    arg.attended('layer'),
    arg.tensor('x'),
    arg.number('heads'),
    arg.optional(arg.handedOn<DotProductAttentionOptions>()),
  ],
  (layer: Attention<Linear>, x: Tensor, heads: number, options: DotProductAttentionOptions = {}): Tensor => {
    const size = x.shape[x.ndim - 1];
    if (x.ndim < 2 || !Number.isInteger(heads) || heads < 1 || size % heads !== 0)
      throw new ShapeError(
        `attention: ${heads} heads of ${showShape(x.shape)}; tokens are [..., tokens, size], and heads must divide the size`,
      );
    const depth = size / heads;
    const apart = (of: Linear): Tensor => {
      const all = dense(of, x);
      return swapaxes(reshape(all, [...x.shape.slice(0, -1), all.shape[x.ndim - 1] / depth, depth]), -2, -3);
    };
    const [queries, keys, values] = [layer.query, layer.key, layer.value].map(apart);
    const mixed = swapaxes(dotProductAttention(queries, keys, values, options), -2, -3);
    return dense(layer.output, reshape(mixed, x.shape));
  },
);
