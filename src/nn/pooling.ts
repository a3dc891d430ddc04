// Pooling: the greatest or the mean of each window along any number of axes.
import { div, max, mean, ones, pad, reshape, slice, stack, sum, zeros } from '../ops/index.ts';
import { type WindowOptions, type Windows, windowFields, windowsAlong } from '../ops/windows.ts';
import { checked, leastOf, range, ShapeError, showShape, type Tensor } from '../tensor/index.ts';
import * as arg from './arguments.ts';

/** `stride` is the window by default: windows lie side by side. */
export type PoolOptions = WindowOptions;

export interface AvgPoolOptions extends PoolOptions {
  /**
   * Whether means are over all members of a window, with zeros for those in the padding: true by default, as in
   * PyTorch and flax. Otherwise they are over those inside, as in TensorFlow.
   */
  readonly countIncludePad?: boolean;
}

/** `x` with the windows along `axis` in its place, and a new axis after it for their members. */
function unfold(x: Tensor, axis: number, { size, stride, dilation, count }: Windows): Tensor {
  const part = (start: number, n: number, step: number): Tensor =>
    slice(x, ...range(axis).map(() => ':'), `${start}:${start + (n - 1) * step + 1}:${step}`);
  if (stride === size && dilation === 1)
    return reshape(part(0, count * size, 1), x.shape.toSpliced(axis, 1, count, size));
  return stack(
    range(size).map((member) => part(member * dilation, count, stride)),
    axis + 1,
  );
}

/** `reduce` over the axes that hold the members of each window of `x`, which has `outside` around it. */
function pool(
  op: string,
  x: Tensor,
  window: number | readonly number[],
  options: PoolOptions,
  outside: number,
  reduce: (x: Tensor, axes: readonly number[]) => Tensor,
): Tensor {
  const kernel = typeof window === 'number' ? [window, window] : window;
  const fail = (why: string): never => {
    throw new ShapeError(`${op}: ${showShape(x.shape)} by windows of ${showShape(kernel)}: ${why}`);
  };
  const first = x.ndim - kernel.length - 1;
  if (first < 0) fail(`it needs ${kernel.length} axes and one of channels`);
  const windows = windowsAlong(x.shape.slice(first, -1), kernel, options, kernel, fail);
  for (const { size, dilation, around } of windows)
    if (Math.max(...around) > (size - 1) * dilation)
      fail(`with padding ${Math.max(...around)} some windows lie outside; take less, or larger windows`);
  const widths = x.shape.map((_, axis) => windows[axis - first]?.around ?? [0, 0]);
  const padded = widths.flat().some((n) => n > 0) ? pad(x, widths, outside) : x;
  const members = windows.flatMap(({ count, size }) => [count, size]);
  const patches = windows.some(({ count }) => count === 0)
    ? zeros(x.shape.toSpliced(first, kernel.length, ...members), x.dtype)
    : windows.reduceRight((all, along, i) => unfold(all, first + i, along), padded);
  return reduce(
    patches,
    windows.map((_, i) => first + 2 * i + 1),
  );
}

/**
 * x [..., n₁, …, n_d, channels] → [..., m₁, …, m_d, channels]: the greatest in each window of `window` entries along
 * d axes, or along two, height and width, where it is one number. What `padding` puts around is never the greatest.
 * Several greatest share the derivative. Throws ShapeError where windows do not fit, or lie in the padding alone.
 */
export const maxPool = checked(
  'maxPool',
  [arg.tensor('x'), arg.numberOrList('window'), arg.optional(arg.options<PoolOptions>(windowFields))],
  (x: Tensor, window: number | readonly number[], options: PoolOptions = {}): Tensor =>
    pool('maxPool', x, window, options, leastOf(x.dtype), max),
);

/** The same as {@link maxPool} with the mean of each window; whole numbers and bools give f32. */
export const avgPool = checked(
  'avgPool',
  [
    arg.tensor('x'),
    arg.numberOrList('window'),
    arg.optional(
      arg.options<AvgPoolOptions>({
        ...windowFields,
        countIncludePad: (name) => arg.optional(arg.boolean(name)),
      }),
    ),
  ],
  (
    x: Tensor,
    window: number | readonly number[],
    { countIncludePad = true, ...options }: AvgPoolOptions = {},
  ): Tensor => {
    if (countIncludePad) return pool('avgPool', x, window, options, 0, mean);
    const total = pool('avgPool', x, window, options, 0, sum);
    const axes = typeof window === 'number' ? 2 : window.length;
    const inside = ones([...x.shape.slice(-axes - 1, -1), 1]);
    return div(total, pool('avgPool', inside, window, options, 0, sum));
  },
);
