// A transformer's block, its norms before what they feed (Xiong et al., 2020).
import { add, slice } from '../ops/index.ts';
import { split } from '../random/index.ts';
import { checked, type DType, type Tensor } from '../tensor/index.ts';
import { gelu } from './activations.ts';
import * as arg from './arguments.ts';
import { type Attention, attention, type DotProductAttentionOptions, initAttention } from './attention.ts';
import { type Dense, initMlp, type Linear, mlp } from './dense.ts';
import { type Initializer, lecunNormal } from './initializers.ts';
import { initLayerNorm, type LayerNorm, layerNorm } from './norm.ts';

export type TransformerBlock<Layer extends Linear = Dense> = {
  readonly norms: readonly [LayerNorm, LayerNorm];
  readonly attention: Attention<Layer>;
  readonly mlp: readonly Layer[];
};

const block = arg.record<TransformerBlock<Linear>>('block', {
  norms: (name) => arg.pair(name, 'norm', arg.scaled),
  attention: arg.attended,
  mlp: (name) => arg.list(name, 'layer', arg.linear),
});

/** A block for tokens of `size`, whose perceptron has one hidden layer of `hidden`. */
export const initTransformerBlock = checked(
  'initTransformerBlock',
  [arg.key(), arg.size('size'), arg.size('hidden'), ...arg.drawn],
  (
    key: Tensor,
    size: number,
    hidden: number,
    initializer: Initializer = lecunNormal,
    dtype: DType = 'f32',
  ): TransformerBlock => {
    const keys = split(key, 2);
    return {
      norms: [initLayerNorm(size, dtype), initLayerNorm(size, dtype)],
      attention: initAttention(slice(keys, 0), size, initializer, dtype),
      mlp: initMlp(slice(keys, 1), [size, hidden, size], initializer, dtype),
    };
  },
);

/** x [..., tokens, size] → the same shape; options as `dotProductAttention` has them. */
export const transformerBlock = checked(
  'transformerBlock',
  [block, arg.tensor('x'), arg.number('heads'), arg.optional(arg.handedOn<DotProductAttentionOptions>())],
  (
    block: TransformerBlock<Linear>,
    x: Tensor,
    heads: number,
    options: DotProductAttentionOptions = {},
  ): Tensor => {
    const [first, second] = block.norms;
    const attended = add(x, attention(block.attention, layerNorm(first, x), heads, options));
    return add(attended, mlp(block.mlp, layerNorm(second, attended), gelu));
  },
);
