// The convolutional layer over images: patches by `take`, then a matrix product.
import { add, matmul, pad, reshape, take, tensor, zeros } from '../ops/index.ts';
import { type DType, range, ShapeError, showShape, type Tensor } from '../tensor/index.ts';
import { type Initializer, lecunNormal } from './initializers.ts';

/** Weights [height, width, inChannels, outChannels] and biases [outChannels]. */
export type Conv = { readonly weight: Tensor; readonly bias: Tensor };

export interface ConvOptions {
  /** How far apart, in pixels, the patches lie; 1 by default. */
  readonly stride?: number;
  /**
   * 'valid', the default, takes the patches that lie within the image, ⌊(n − k)/stride⌋ + 1 along n pixels;
   * 'same' puts zeros around it, one more below and right where their number is odd, so that there are ⌈n/stride⌉.
   */
  readonly padding?: 'valid' | 'same';
}

/**
 * A layer with weights from `initializer`, whose fan_in is kernel · kernel · inChannels, and biases zero.
 * `kernel` is the patch's side, or its height and width.
 */
export function initConv(
  key: Tensor,
  kernel: number | readonly [number, number],
  inChannels: number,
  outChannels: number,
  initializer: Initializer = lecunNormal,
  dtype: DType = 'f32',
): Conv {
  const [height, width] = typeof kernel === 'number' ? [kernel, kernel] : kernel;
  return {
    weight: initializer(key, [height, width, inChannels, outChannels], dtype),
    bias: zeros([outChannels], dtype),
  };
}

type Padding = NonNullable<ConvOptions['padding']>;

/** How many patches of `k` pixels lie along `n`, `stride` apart, and the zeros to put before and after. */
function layout(n: number, k: number, stride: number, padding: Padding) {
  if (padding === 'valid') return { patches: Math.floor((n - k) / stride) + 1, zeros: [0, 0] as const };
  const patches = Math.ceil(n / stride);
  const missing = Math.max(0, (patches - 1) * stride + k - n);
  return { patches, zeros: [missing >> 1, (missing + 1) >> 1] as const };
}

function check({ weight, bias }: Conv, x: Tensor, stride: number, padding: Padding): void {
  const fail = (why: string): never => {
    throw new ShapeError(`conv2d: ${showShape(x.shape)} by ${showShape(weight.shape)}: ${why}`);
  };
  if (weight.ndim !== 4) fail('weights are [height, width, inChannels, outChannels]');
  if (x.ndim < 3) fail('images are [..., height, width, channels]');
  const [height, width, inChannels, outChannels] = weight.shape;
  const [rows, columns, channels] = x.shape.slice(-3);
  if (channels !== inChannels) fail(`the images have ${channels} channels, the weights ${inChannels}`);
  if (bias.ndim !== 1 || bias.shape[0] !== outChannels)
    fail(`the biases are ${showShape(bias.shape)}; they must be [${outChannels}]`);
  if (!Number.isInteger(stride) || stride < 1) fail(`stride ${stride} is not a whole number ≥ 1`);
  if (padding === 'valid' && (height > rows || width > columns))
    fail("the images are smaller than the patches; take padding: 'same', or smaller ones");
}

/**
 * x [..., height, width, inChannels] → [..., height', width', outChannels]: at each patch its product with
 * the weights, not flipped, plus the bias.
 */
export function conv2d(conv: Conv, x: Tensor, options: ConvOptions = {}): Tensor {
  const { stride = 1, padding = 'valid' } = options;
  check(conv, x, stride, padding);
  const [height, width, inChannels, outChannels] = conv.weight.shape;
  const [leading, [rows, columns]] = [x.shape.slice(0, -3), x.shape.slice(-3)];
  const down = layout(rows, height, stride, padding);
  const across = layout(columns, width, stride, padding);
  const padded = pad(x, [...leading.map(() => [0, 0] as const), down.zeros, across.zeros, [0, 0]]);
  const [paddedRows, line] = padded.shape.slice(-3);
  // one table of where the patches' pixels lie: joined slices would be told apart again at every read
  const places = range(down.patches).flatMap((r) =>
    range(across.patches).flatMap((c) =>
      range(height).flatMap((i) => range(width).map((j) => (r * stride + i) * line + c * stride + j)),
    ),
  );
  const pixels = reshape(padded, [...leading, paddedRows * line, inChannels]);
  const size = height * width * inChannels;
  const patches = reshape(take(pixels, tensor(places, 'i32'), -2), [
    ...leading,
    down.patches,
    across.patches,
    size,
  ]);
  return add(matmul(patches, reshape(conv.weight, [size, outChannels])), conv.bias);
}
