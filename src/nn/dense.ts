// The dense layer, and the perceptrons that are made of it.
import { add, matmul, mul, slice, zeros } from '../ops/index.ts';
import { split } from '../random/index.ts';
import { checked, type DType, ShapeError, showShape, type Tensor } from '../tensor/index.ts';
import { relu, silu } from './activations.ts';
import * as arg from './arguments.ts';
import { type Initializer, lecunNormal } from './initializers.ts';

/** Weights [inputs, outputs] and biases [outputs]. */
export type Dense = { readonly weight: Tensor; readonly bias: Tensor };

/** What a layer adds to x · weight: x · a · b, of a [inputs, rank] and b [rank, outputs]. */
export type Lora = { readonly a: Tensor; readonly b: Tensor };

/** A dense layer that may have no biases, or have been adapted. */
export type Linear = { readonly weight: Tensor; readonly bias?: Tensor; readonly lora?: Lora };

/** A dense layer with weights from `initializer` and biases zero. */
export const initDense = checked(
  'initDense',
  [arg.key(), arg.size('inputs'), arg.size('outputs'), ...arg.drawn],
  (
    key: Tensor,
    inputs: number,
    outputs: number,
    initializer: Initializer = lecunNormal,
    dtype: DType = 'f32',
  ): Dense => ({ weight: initializer(key, [inputs, outputs], dtype), bias: zeros([outputs], dtype) }),
);

/** x [..., inputs] → x · weight + bias [..., outputs], without what the layer does not have. */
export const dense = checked(
  'dense',
  [arg.linear('layer'), arg.tensor('x')],
  ({ weight, bias, lora }: Linear, x: Tensor): Tensor => {
    const product = matmul(x, weight);
    const adapted = lora ? add(product, matmul(matmul(x, lora.a), lora.b)) : product;
    return bias ? add(adapted, bias) : adapted;
  },
);

/** The layers of a perceptron through `sizes`: inputs, hidden layers, outputs. */
export const initMlp = checked(
  'initMlp',
  [arg.key(), arg.sizes('sizes'), ...arg.drawn],
  (
    key: Tensor,
    sizes: readonly number[],
    initializer: Initializer = lecunNormal,
    dtype: DType = 'f32',
  ): Dense[] => {
    if (sizes.length < 2)
      throw new ShapeError(
        `initMlp: sizes ${showShape(sizes)} make no layer; give inputs, hidden layers, outputs`,
      );
    const keys = split(key, sizes.length - 1);
    return sizes
      .slice(1)
      .map((outputs, i) => initDense(slice(keys, i), sizes[i], outputs, initializer, dtype));
  },
);

/** Dense layers with `activation` between them: x [..., sizes[0]] → [..., sizes.at(-1)]. */
export const mlp = checked(
  'mlp',
  [
    arg.list('layers', 'layer', arg.linear),
    arg.tensor('x'),
    arg.optional(arg.givesTensor<(x: Tensor) => Tensor>('activation')),
  ],
  (layers: readonly Linear[], x: Tensor, activation: (x: Tensor) => Tensor = relu): Tensor =>
    layers.reduce((h, layer, i) => dense(layer, i === 0 ? h : activation(h)), x),
);

/** What opens the hidden units, what they hold, each [size, hidden], and the way back [hidden, size]. */
export type GatedMlp = { readonly gate: Linear; readonly up: Linear; readonly down: Linear };

/** Layers without biases, as Llama has them. */
export const initGatedMlp = checked(
  'initGatedMlp',
  [arg.key(), arg.size('size'), arg.size('hidden'), ...arg.drawn],
  (
    key: Tensor,
    size: number,
    hidden: number,
    initializer: Initializer = lecunNormal,
    dtype: DType = 'f32',
  ): GatedMlp => {
    const keys = split(key, 3);
    const layer = (i: number, inputs: number, outputs: number): Linear => ({
      weight: initializer(slice(keys, i), [inputs, outputs], dtype),
    });
    return { gate: layer(0, size, hidden), up: layer(1, size, hidden), down: layer(2, hidden, size) };
  },
);

/**
 * x [..., size] → down(activation(gate(x)) up(x)), of the same shape: SwiGLU with `silu`, the default, GeGLU with `gelu`
 * (Shazeer, 2020).
 */
export const gatedMlp = checked(
  'gatedMlp',
  [
    arg.record<GatedMlp>('layers', { gate: arg.linear, up: arg.linear, down: arg.linear }),
    arg.tensor('x'),
    arg.optional(arg.givesTensor<(x: Tensor) => Tensor>('activation')),
  ],
  ({ gate, up, down }: GatedMlp, x: Tensor, activation: (x: Tensor) => Tensor = silu): Tensor =>
    dense(down, mul(activation(dense(gate, x)), dense(up, x))),
);
