// What others have published on an experiment, arm by arm.
import type { Interval, Summary } from '../runs/statistics.ts';

/** What the numbers of ours are held against. */
export interface Published {
  /** The preset with the settings of what was published. */
  readonly preset: string;
  /** Each arm as the paper calls it, with its accuracy and half its 95% interval, to three decimals. */
  readonly arms: Readonly<
    Record<string, { readonly label: string; readonly accuracy: number; half: number }>
  >;
  /** Where these numbers are from: a heading, and the whole reference. */
  readonly title: string;
  readonly source: string;
  /** What a paper says in words on some arms, and whether the summaries of all arms bear it out. */
  readonly claims: Readonly<Record<string, Claim>>;
  readonly claimsTitle: string;
  readonly claimsSource: string;
}

export interface Claim {
  readonly text: string;
  holds(summaryOf: (arm: string) => Summary | undefined): boolean | undefined;
}

// How far the true end of an interval can lie from mean ± half, both rounded to three decimals.
const rounding = 0.001;

/** The interval that a mean and its half width stand for, rounding allowed for. */
export const intervalOf = ({ accuracy, half }: Published['arms'][string]): Interval => ({
  low: accuracy - half - rounding,
  high: accuracy + half + rounding,
});
