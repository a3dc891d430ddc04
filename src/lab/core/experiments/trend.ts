// How a value changes from one setting to another, in words that its interval allows.
import { percent } from '../charts/style.ts';
import { mean, pairedDifference } from '../runs/statistics.ts';

/** `rises from 20.0% to 30.0%`, and so on: shares, one a seed, where the interval of the paired difference is clear of 0. */
export function trend(from: readonly number[], to: readonly number[]): string {
  const { low = 0, high = 0 } = pairedDifference(to, from);
  const ends = [percent(mean(from)), percent(mean(to))] as const;
  if (low > 0) return `rises from ${ends[0]} to ${ends[1]}`;
  if (high < 0) return `falls from ${ends[0]} to ${ends[1]}`;
  return `shows no clear change (${ends[0]} to ${ends[1]})`;
}
