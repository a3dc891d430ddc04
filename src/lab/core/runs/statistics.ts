// Means over seeds, 95% intervals around them, and paired differences; knows numbers, not experiments.
import jStat from 'jstat';
import { random } from '../../../index.ts';

const confidence = 0.95;
const upperTail = (1 + confidence) / 2;

/** From `low` to `high`, both within. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** An estimate and the two-sided 95% interval around it, in the unit of the values. */
export interface Summary extends Interval {
  readonly mean: number;
  /** 't': Student's t over the values. 'wilson': Wilson's score interval of the one value, a proportion. */
  readonly method: 't' | 'wilson';
}

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
export function wilson(proportion: number, trials: number): Interval {
  const shrink = 1 + z ** 2 / trials;
  const centre = (proportion + z ** 2 / (2 * trials)) / shrink;
  const half = (z / shrink) * Math.sqrt((proportion * (1 - proportion) + z ** 2 / (4 * trials)) / trials);
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/** Student's 95% interval around the mean of two or more values. */
function tInterval(values: readonly number[]): Interval {
  const centre = mean(values);
  const half =
    (studentT(upperTail, values.length - 1) * standardDeviation(values)) / Math.sqrt(values.length);
  return { low: centre - half, high: centre + half };
}

function checkNumbers(op: string, values: readonly number[]): void {
  if (values.length === 0) throw new RangeError(`${op}: there is no value`);
  const bad = values.find((value) => !Number.isFinite(value));
  if (bad !== undefined) throw new RangeError(`${op}: ${bad} is among the values`);
}

/**
 * The mean of one value a seed and its 95% interval: over seeds by Student's t for two or more, which may
 * reach beyond [0, 1]; for a single value, a proportion measured on `trials` test digits, by Wilson.
 * Throws RangeError if there is no value, if one is no number, or if a single one is no proportion of `trials`.
 */
export function summarize(values: readonly number[], trials?: number): Summary {
  checkNumbers('summarize', values);
  const centre = mean(values);
  if (values.length > 1) return { mean: centre, ...tInterval(values), method: 't' };
  if (trials === undefined || !(trials > 0))
    throw new RangeError('summarize: a single value needs its number of trials');
  if (centre < 0 || centre > 1)
    throw new RangeError(`summarize: a single value must be a proportion, not ${centre}`);
  return { mean: centre, ...wilson(centre, trials), method: 'wilson' };
}

/** Whether two intervals have a point in common. */
export const intervalsAgree = (a: Interval, b: Interval): boolean => a.low <= b.high && b.low <= a.high;

/** What pairs differ by. */
export interface Difference {
  /** The mean of a − b. */
  readonly mean: number;
  /** Its 95% interval by Student's t; a single pair has none. */
  readonly low: number | undefined;
  readonly high: number | undefined;
  /** How often the mean would lie as far from 0 as it does, were each pair's order chance. */
  readonly p: number;
}

/** The most pairs whose signs are all tried; beyond, `flips` of them are drawn. */
const exactPairs = 40;
const flips = 2 ** 16;

/** The sums of `values` under every choice of their signs: that of number i has −values[j] where i has bit j. */
function signedSums(values: readonly number[]): Float64Array {
  const sums = new Float64Array(2 ** values.length);
  values.forEach((value, i) => {
    const half = 2 ** i;
    for (let j = 0; j < half; j++) {
      sums[half + j] = sums[j] - value;
      sums[j] += value;
    }
  });
  return sums;
}

/** The share of all choices of signs under which the sum of `values` is at least `limit`. */
function exactShare(values: readonly number[], limit: number): number {
  const middle = values.length >> 1;
  const [left, right] = [signedSums(values.slice(0, middle)).sort(), signedSums(values.slice(middle)).sort()];
  let [count, from] = [0, right.length];
  for (const sum of left) {
    while (from > 0 && sum + right[from - 1] >= limit) from--;
    count += right.length - from;
  }
  return count / 2 ** values.length;
}

/** The sums of `values` under `flips` random choices of signs, the same ones at every call. */
function drawnSums(values: readonly number[]): Float64Array {
  const key = random.key('sign flips');
  const sums = new Float64Array(flips);
  for (let start = 0; start < values.length; start += 32) {
    const words = random.bits(random.foldIn(key, start / 32), [flips]).data;
    for (let at = 0; at < 32 && start + at < values.length; at += 8) {
      const some = signedSums(values.slice(start + at, start + at + 8));
      for (let i = 0; i < flips; i++) sums[i] += some[(words[i] >>> at) & (some.length - 1)];
    }
  }
  return sums;
}

/** p of the two-sided sign-flip test (Fisher 1935) that `values` have mean 0; `slack` is what rounding may do. */
function signFlipTest(values: readonly number[], slack: number): number {
  const limit = Math.abs(values.reduce((sum, value) => sum + value, 0)) - slack;
  if (limit <= 0) return 1;
  // as many choices of signs lie below −limit as above limit
  if (values.length <= exactPairs) return 2 * exactShare(values, limit);
  const count = drawnSums(values).reduce((n, sum) => n + Number(Math.abs(sum) >= limit), 0);
  return (count + 1) / (flips + 1); // what was seen is one of the choices (Phipson & Smyth 2010)
}

/**
 * How `a` and `b`, one value a seed each, differ seed by seed: the mean of a − b, its 95% interval by
 * Student's t, and the p of the two-sided sign-flip permutation test: over all choices of signs for up to 40
 * pairs, over 65,536 drawn ones beyond, always the same. A pair without difference counts as any other.
 * Throws RangeError if the lists differ in length or are empty, or if one of the values is no number.
 */
export function pairedDifference(a: readonly number[], b: readonly number[]): Difference {
  if (a.length !== b.length)
    throw new RangeError(`pairedDifference: ${a.length} values and ${b.length} do not pair; give one a seed`);
  checkNumbers('pairedDifference', [...a, ...b]);
  const differences = a.map((value, i) => value - b[i]);
  const magnitude = [...a, ...b].reduce((sum, value) => sum + Math.abs(value), 0);
  const slack = (a.length + 2) * Number.EPSILON * magnitude;
  const interval = a.length > 1 ? tInterval(differences) : { low: undefined, high: undefined };
  return { mean: mean(differences), ...interval, p: signFlipTest(differences, slack) };
}

/** Spearman's correlation of the ranks of `a` and `b`; equal values share a rank. NaN where all of one are equal. */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length || a.length < 2)
    throw new RangeError(
      `rankCorrelation: ${a.length} values and ${b.length} do not pair; give as many of each, at least two`,
    );
  checkNumbers('rankCorrelation', [...a, ...b]);
  return jStat.spearmancoeff(a, b);
}
