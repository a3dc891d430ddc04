// Windows by their definition: which entry each member of each window is, and which lie outside.
import { everyIndex, type Index } from './grids.ts';

/** Along each axis: members, how far apart windows and their members lie, how much lies before and after. */
export interface Sliding {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** How many windows lie along each axis of `sizes`: counted, one after the other. */
export const counted = (
  sizes: readonly number[],
  { kernel, stride, dilation, low, high }: Sliding,
): number[] =>
  sizes.map((n, axis) => {
    let count = 0;
    for (
      let first = -low[axis];
      first + (kernel[axis] - 1) * dilation[axis] < n + high[axis];
      first += stride[axis]
    )
      count++;
    return count;
  });

/** The members of window `at`: their places in the window, and where they lie, if they do not lie outside. */
export const members = (at: Index, sizes: readonly number[], { kernel, stride, dilation, low }: Sliding) =>
  everyIndex(kernel).map((member) => {
    const place = member.map((k, axis) => at[axis] * stride[axis] + k * dilation[axis] - low[axis]);
    const inside = place.every((i, axis) => i >= 0 && i < sizes[axis]);
    return { member, place: inside ? place : undefined };
  });

/** What 'same' puts before and after: TensorFlow's formula. */
export function same(
  sizes: readonly number[],
  kernel: readonly number[],
  stride: readonly number[],
  dilation: readonly number[],
) {
  const all = sizes.map((n, axis) => {
    const reach = dilation[axis] * (kernel[axis] - 1) + 1;
    const rest = n % stride[axis];
    return Math.max(0, rest === 0 ? reach - stride[axis] : reach - rest);
  });
  return { low: all.map((n) => Math.floor(n / 2)), high: all.map((n) => n - Math.floor(n / 2)) };
}
