// Means over seeds and 95% intervals around them; knows numbers, not experiments.
import jStat from 'jstat';

const confidence = 0.95;
const upperTail = (1 + confidence) / 2;

/** An estimate and the two-sided 95% interval around it, in the unit of the values. */
export interface Summary {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** 't': Student's t over the values. 'wilson': Wilson's score interval of the one value, a proportion. */
  readonly method: 't' | 'wilson';
}

const fail = (reason: string): never => {
  throw new RangeError(`summarize: ${reason}`);
};

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The sample's standard deviation, with n − 1 below; NaN for fewer than two values. */
export function standardDeviation(values: readonly number[]): number {
  if (values.length < 2) return Number.NaN;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/** The `p` quantile of Student's t distribution, good to seven digits. */
export const studentT = (p: number, degreesOfFreedom: number): number =>
  jStat.studentt.inv(p, degreesOfFreedom);

// The standard normal's 0.975 quantile.
const z = 1.959963984540054;

/** Wilson's 95% interval of a proportion (Wilson 1927) that was seen on `trials` independent trials. */
export function wilson(proportion: number, trials: number): { low: number; high: number } {
  const shrink = 1 + z ** 2 / trials;
  const centre = (proportion + z ** 2 / (2 * trials)) / shrink;
  const half = (z / shrink) * Math.sqrt((proportion * (1 - proportion) + z ** 2 / (4 * trials)) / trials);
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/**
 * The mean of one value a seed and its 95% interval: over seeds by Student's t for two or more, which may
 * reach beyond [0, 1]; for a single value, a proportion measured on `trials` test digits, by Wilson.
 * Throws RangeError if there is no value, if one is no number, or if a single one is no proportion of `trials`.
 */
export function summarize(values: readonly number[], trials?: number): Summary {
  if (values.length === 0) fail('there is no value');
  const bad = values.find((value) => !Number.isFinite(value));
  if (bad !== undefined) fail(`${bad} is among the values`);
  const centre = mean(values);
  if (values.length > 1) {
    const half =
      (studentT(upperTail, values.length - 1) * standardDeviation(values)) / Math.sqrt(values.length);
    return { mean: centre, low: centre - half, high: centre + half, method: 't' };
  }
  if (trials === undefined || !(trials > 0)) return fail('a single value needs its number of trials');
  if (centre < 0 || centre > 1) fail(`a single value must be a proportion, not ${centre}`);
  return { mean: centre, ...wilson(centre, trials), method: 'wilson' };
}
