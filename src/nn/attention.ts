// Multi-head self-attention.
import { div, matmul, reshape, slice, softmax, swapaxes } from '../ops/index.ts';
import { split } from '../random/index.ts';
import { checked, type DType, ShapeError, showShape, type Tensor } from '../tensor/index.ts';
import * as arg from './arguments.ts';
import { type Dense, dense, initDense } from './dense.ts';
import { type Initializer, lecunNormal } from './initializers.ts';

/** What makes queries, keys and values of tokens, and one more layer behind; each [size, size]. */
export type Attention = {
  readonly query: Dense;
  readonly key: Dense;
  readonly value: Dense;
  readonly output: Dense;
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
 * x [..., tokens, size] → the same shape: each token's mean of all values, weighted by the softmax of q · k / √d in
 * each of `heads` heads of d = size / heads (Vaswani et al., 2017). Throws ShapeError unless heads divide the size.
 */
export const attention = checked(
  'attention',
  [arg.attended('layer'), arg.tensor('x'), arg.number('heads')],
  (layer: Attention, x: Tensor, heads: number): Tensor => {
    const size = x.shape[x.ndim - 1];
    if (x.ndim < 2 || !Number.isInteger(heads) || heads < 1 || size % heads !== 0)
      throw new ShapeError(
        `attention: ${heads} heads of ${showShape(x.shape)}; tokens are [..., tokens, size], and heads must divide the size`,
      );
    const depth = size / heads;
    const apart = (of: Dense): Tensor =>
      swapaxes(reshape(dense(of, x), [...x.shape.slice(0, -1), heads, depth]), -2, -3);
    const [queries, keys, values] = [layer.query, layer.key, layer.value].map(apart);
    const scores = div(matmul(queries, swapaxes(keys, -1, -2)), Math.sqrt(depth));
    const mixed = swapaxes(matmul(softmax(scores), values), -2, -3);
    return dense(layer.output, reshape(mixed, x.shape));
  },
);
