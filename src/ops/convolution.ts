// Convolution as machine learning has it: the kernel is not flipped.
import { prims } from '../graph/index.ts';
import { checked, letters, promote, ShapeError, showShape, type Tensor, toNumber } from '../tensor/index.ts';
import * as arg from './arguments.ts';
import { type WindowOptions, windowFields, windowsAlong } from './windows.ts';

/** `stride` is 1 by default. What `padding` puts around are zeros. */
export type ConvOptions = WindowOptions;

/**
 * x [..., n₁, …, n_d, inChannels] by weight [k₁, …, k_d, inChannels, outChannels] → [..., m₁, …, m_d, outChannels]:
 * each window's sum of products with the weights, along d axes, with
 * m = ⌊(n + padding − (k − 1) dilation − 1)/stride⌋ + 1. Bools count as i32. Throws ShapeError where they do not fit.
 */
export const conv = checked(
  'conv',
  [arg.tensor('x'), arg.tensor('weight'), arg.optional(arg.options<ConvOptions>(windowFields))],
  (x: Tensor, weight: Tensor, options: ConvOptions = {}): Tensor => {
    const fail = (why: string): never => {
      throw new ShapeError(`conv: ${showShape(x.shape)} by ${showShape(weight.shape)}: ${why}`);
    };
    const d = weight.ndim - 2;
    if (d < 0) fail('weights are [...sizes of the window, inChannels, outChannels]');
    if (x.ndim < d + 1) fail(`the left needs ${d} axes and one of channels`);
    const [inChannels, outChannels] = weight.shape.slice(d);
    const leading = x.ndim - d - 1;
    const channels = x.shape[x.ndim - 1];
    if (channels !== inChannels) fail(`there are ${channels} channels, the weights have ${inChannels}`);
    const windows = windowsAlong(x.shape.slice(leading, -1), weight.shape.slice(0, d), options, 1, fail);
    const dtype = toNumber(promote(x.dtype, weight.dtype));
    const counts = windows.map(({ count }) => count);
    if (counts.includes(0))
      return prims.full([...x.shape.slice(0, leading), ...counts, outChannels], 0, dtype);
    const around = x.shape.map((_, axis) => windows[axis - leading]?.around ?? [0, 0]);
    const padded = prims.pad(prims.cast(x, dtype), {
      low: around.map(([low]) => low),
      high: around.map(([, high]) => high),
      interior: around.map(() => 0),
    });
    const left = [...letters];
    const take = (n: number): string => left.splice(0, n).join('');
    const [batch, slid, out, inside, from, to] = [leading, d, d, d, 1, 1].map(take);
    return prims.conv(padded, prims.cast(weight, dtype), {
      lhs: batch + slid + from,
      rhs: inside + from + to,
      out: batch + out + to,
      windows: windows.map(({ stride, dilation }, i) => ({
        lhs: slid[i],
        rhs: inside[i],
        out: out[i],
        stride,
        dilation,
      })),
    });
  },
);
