// The dense layer, and the multilayer perceptron that stacks it.
import { add, matmul, slice, zeros } from '../ops/index.ts';
import { split } from '../random/index.ts';
import { checked, type DType, ShapeError, showShape, type Tensor } from '../tensor/index.ts';
import { relu } from './activations.ts';
import * as arg from './arguments.ts';
import { type Initializer, lecunNormal } from './initializers.ts';

/** Weights [inputs, outputs] and biases [outputs]. */
export type Dense = { readonly weight: Tensor; readonly bias: Tensor };

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

/** x [..., inputs] → x · weight + bias [..., outputs]. */
export const dense = checked(
  'dense',
  [arg.weighted('layer'), arg.tensor('x')],
  ({ weight, bias }: Dense, x: Tensor): Tensor => add(matmul(x, weight), bias),
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
    arg.list('layers', 'layer', arg.weighted),
    arg.tensor('x'),
    arg.optional(arg.givesTensor<(x: Tensor) => Tensor>('activation')),
  ],
  (layers: readonly Dense[], x: Tensor, activation: (x: Tensor) => Tensor = relu): Tensor =>
    layers.reduce((h, layer, i) => dense(layer, i === 0 ? h : activation(h)), x),
);
