// Bags of samples, which a reader reads together, and what its evidence comes to.
import type { Sample } from '../../world/filters.ts';

/** Samples of one author. */
export type Bag = readonly Sample[];

/** `samples` as bags of `size`, in their order; what is left over is in none. */
export const bagsOf = (samples: readonly Sample[], size: number): Bag[] =>
  Array.from({ length: Math.floor(samples.length / size) }, (_, i) =>
    samples.slice(i * size, (i + 1) * size),
  );

/** The evidence of all `bags` together, by trait: log-probabilities add up. */
export const together = (bags: readonly (readonly number[])[]): number[] =>
  bags[0].map((_, trait) => bags.reduce((sum, evidence) => sum + evidence[trait], 0));

/** The trait for which `evidence` is strongest; of equals the first. */
export const likeliest = (evidence: readonly number[]): number => evidence.indexOf(Math.max(...evidence));

/** How often one of `positives` is above one of `negatives`, equals counted half: the area under the ROC curve. */
export function areaUnder(positives: readonly number[], negatives: readonly number[]): number {
  const above = (p: number): number => negatives.reduce((sum, n) => sum + (p > n ? 1 : p === n ? 0.5 : 0), 0);
  return positives.reduce((sum, p) => sum + above(p), 0) / (positives.length * negatives.length);
}
