// Convolution as machine learning has it: the kernel is not flipped.
import { prims } from '../graph/index.ts';
import { checked, promote, range, ShapeError, showShape, type Tensor } from '../tensor/index.ts';
import * as arg from './arguments.ts';

export interface ConvOptions {
  /** How many entries the windows lie apart; 1 by default. */
  readonly stride?: number;
  /**
   * 'valid', the default, takes the windows that lie within, ⌊(n − k)/stride⌋ + 1 along n entries; 'same' puts
   * zeros around, one more after than before where their number is odd, so that there are ⌈n/stride⌉.
   */
  readonly padding?: 'valid' | 'same';
}

/** The zeros to put before and after `n` entries for windows of `k`. */
function zerosFor(n: number, k: number, stride: number, padding: ConvOptions['padding']): [number, number] {
  const missing = padding === 'same' ? Math.max(0, (Math.ceil(n / stride) - 1) * stride + k - n) : 0;
  return [missing >> 1, (missing + 1) >> 1];
}

/**
 * x [..., n₁, …, n_d, inChannels] by weight [k₁, …, k_d, inChannels, outChannels] → [..., m₁, …, m_d, outChannels]:
 * each window's sum of products with the weights, along d axes. Throws ShapeError where they do not fit.
 */
export const conv = checked(
  'conv',
  [
    arg.tensor('x'),
    arg.tensor('weight'),
    arg.optional(arg.options<ConvOptions>({ stride: arg.anything, padding: arg.anything })),
  ],
  (x: Tensor, weight: Tensor, { stride = 1, padding = 'valid' }: ConvOptions = {}): Tensor => {
    const fail = (why: string): never => {
      throw new ShapeError(`conv: ${showShape(x.shape)} by ${showShape(weight.shape)}: ${why}`);
    };
    const d = weight.ndim - 2;
    if (d < 0) fail('weights are [...sizes of the window, inChannels, outChannels]');
    if (x.ndim < d + 1) fail(`the left needs ${d} axes and one of channels`);
    const kernel = weight.shape.slice(0, d);
    const [inChannels] = weight.shape.slice(d);
    const leading = x.ndim - d - 1;
    const channels = x.shape[x.ndim - 1];
    if (channels !== inChannels) fail(`there are ${channels} channels, the weights have ${inChannels}`);
    if (!Number.isInteger(stride) || stride < 1) fail(`stride ${stride} is not a whole number ≥ 1`);
    const zeros = range(x.ndim).map((axis) => {
      const at = axis - leading;
      return at < 0 || at >= d ? [0, 0] : zerosFor(x.shape[axis], kernel[at], stride, padding);
    });
    const dtype = promote(x.dtype, weight.dtype);
    const sizes = x.shape.slice(leading, -1);
    if (padding === 'same' && sizes.includes(0)) {
      const patches = sizes.map((n) => Math.ceil(n / stride));
      return prims.full([...x.shape.slice(0, leading), ...patches, weight.shape[d + 1]], 0, dtype);
    }
    if (kernel.some((k, at) => k > x.shape[leading + at] + zeros[leading + at][0] + zeros[leading + at][1]))
      fail("it is smaller than the window; take padding: 'same', or smaller windows");
    const padded = prims.pad(prims.cast(x, dtype), {
      low: zeros.map(([low]) => low),
      high: zeros.map(([, high]) => high),
      interior: zeros.map(() => 0),
    });
    const letters = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'];
    const take = (n: number): string => letters.splice(0, n).join('');
    const [batch, slid, out, inside, from, to] = [leading, d, d, d, 1, 1].map(take);
    return prims.conv(padded, prims.cast(weight, dtype), {
      lhs: batch + slid + from,
      rhs: inside + from + to,
      out: batch + out + to,
      windows: range(d).map((i) => ({ lhs: slid[i], rhs: inside[i], out: out[i], stride, dilation: 1 })),
    });
  },
);
