// The convolutional layer over images.
import { add, type ConvOptions, conv, zeros } from '../ops/index.ts';
import {
  checked,
  type DType,
  type Param,
  refused,
  ShapeError,
  showShape,
  type Tensor,
} from '../tensor/index.ts';
import * as arg from './arguments.ts';
import { type Initializer, lecunNormal } from './initializers.ts';

/** Weights [height, width, inChannels, outChannels] and biases [outChannels]. */
export type Conv = { readonly weight: Tensor; readonly bias: Tensor };

type Kernel = number | readonly [number, number];
const kernel: Param<Kernel> = {
  name: 'kernel',
  takes: 'a whole number or a pair of such',
  read(given, op) {
    const sides = arg.sizes('kernel').read(given, op);
    if (sides === refused || sides.length > 2 || sides.length === 0) return refused;
    return [sides[0], sides[sides.length - 1]];
  },
};

/**
 * A layer with weights from `initializer`, whose fan_in is kernel · kernel · inChannels, and biases zero.
 * `kernel` is the patch's side, or its height and width.
 */
export const initConv = checked(
  'initConv',
  [arg.key(), kernel, arg.size('inChannels'), arg.size('outChannels'), ...arg.drawn],
  (
    key: Tensor,
    kernel: Kernel,
    inChannels: number,
    outChannels: number,
    initializer: Initializer = lecunNormal,
    dtype: DType = 'f32',
  ): Conv => {
    const [height, width] = typeof kernel === 'number' ? [kernel, kernel] : kernel;
    return {
      weight: initializer(key, [height, width, inChannels, outChannels], dtype),
      bias: zeros([outChannels], dtype),
    };
  },
);

/**
 * x [..., height, width, inChannels] → [..., height', width', outChannels]: at each patch its product with
 * the weights, not flipped, plus the bias. See `conv` for the options.
 */
export const conv2d = checked(
  'conv2d',
  [arg.weighted('layer'), arg.tensor('x'), arg.optional(arg.handedOn<ConvOptions>())],
  ({ weight, bias }: Conv, x: Tensor, options: ConvOptions = {}): Tensor => {
    const fail = (why: string): never => {
      throw new ShapeError(`conv2d: ${showShape(x.shape)} by ${showShape(weight.shape)}: ${why}`);
    };
    if (weight.ndim !== 4) fail('weights are [height, width, inChannels, outChannels]');
    if (x.ndim < 3) fail('images are [..., height, width, channels]');
    const outChannels = weight.shape[3];
    if (bias.ndim !== 1 || bias.shape[0] !== outChannels)
      fail(`the biases are ${showShape(bias.shape)}; they must be [${outChannels}]`);
    return add(conv(x, weight, options), bias);
  },
);
