// From one value a seed to what a chart shows of it: mean, interval and the range of an axis.
import { summarize } from '../runs/statistics.ts';
import type { Unit } from './style.ts';

/** One value a seed. */
export interface Sample {
  readonly values: readonly number[];
  /** Of how many trials a single value is the share; without it, a single value has no interval. */
  readonly trials?: number;
}

export interface Estimate {
  readonly mean: number;
  /** The 95% interval, null where a single value allows none. */
  readonly interval: { readonly low: number; readonly high: number } | null;
}

/** The mean of a sample and its 95% interval. RangeErrors begin with `place`, which names the sample. */
export function estimate({ values, trials }: Sample, place: string): Estimate {
  const bad = values.find((value) => !Number.isFinite(value));
  if (values.length === 0) throw new RangeError(`${place} has no value; give one a seed`);
  if (bad !== undefined)
    throw new RangeError(`${place} has the value ${bad}; leave out seeds that have no finite value`);
  if (values.length === 1 && trials === undefined) return { mean: values[0], interval: null };
  try {
    const { mean, low, high } = summarize(values, trials);
    return { mean, interval: { low, high } };
  } catch (error) {
    throw error instanceof RangeError ? new RangeError(`${place}: ${error.message}`) : error;
  }
}

/** An interval kept within 0 and 1 if `bounded`. */
export const within = (bounded: boolean, { mean, interval }: Estimate): Estimate =>
  bounded && interval
    ? { mean, interval: { low: Math.max(0, interval.low), high: Math.min(1, interval.high) } }
    : { mean, interval };

/** Whether values are shares of a whole, which no interval can leave; differences of shares are not. */
export const bounded = (unit: Unit, samples: readonly Sample[]): boolean =>
  unit === 'share' && samples.every(({ values }) => values.every((value) => value >= 0 && value <= 1));

/** The least step of 1, 2, 2.5 or 5 times a power of ten that covers `span` in at most `count` steps. */
export function niceStep(span: number, count: number): number {
  const power = 10 ** Math.floor(Math.log10(span / count));
  const step = [1, 2, 2.5, 5, 10].find((factor) => factor * power * count >= span * (1 - 1e-9)) ?? 10;
  return step * power;
}

export interface Range {
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

/**
 * The range of an axis for `values`: from a whole step to a whole step unless `min` or `max` is given, and
 * with zero unless the values lie closer together than half their distance from it or `zero` says; never above
 * `cap`, and with steps that are whole `step`s.
 */
export function rangeOf(
  values: readonly number[],
  given: {
    readonly min?: number;
    readonly max?: number;
    readonly zero?: boolean;
    readonly cap?: number;
    readonly step?: number;
  },
): Range {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const distance = Math.max(low, -high);
  if (given.zero ?? high - low >= distance / 2) [low, high] = [Math.min(low, 0), Math.max(high, 0)];
  low = given.min ?? low;
  high = given.max ?? high;
  if (low > high) throw new RangeError(`no axis goes from ${low} up to ${high}; choose another min or max`);
  if (low === high) {
    const half = Math.abs(low) / 10 || 1;
    low = given.min ?? (low === 0 ? 0 : low - half);
    high = given.max ?? Math.min(given.cap ?? Infinity, high + half);
    if (low === high) high += half;
  }
  const nice = niceStep(high - low, 5);
  const step = given.step ? Math.ceil(nice / given.step) * given.step : nice;
  const whole = (x: number, round: (x: number) => number): number =>
    Number((round(Number((x / step).toPrecision(12))) * step).toPrecision(12));
  return { min: given.min ?? whole(low, Math.floor), max: given.max ?? whole(high, Math.ceil), step };
}
