// Bags of samples, which a reader reads together, and what its evidence comes to.
import { LabError } from '../../../core/errors.ts';
import type { Sample } from '../../world/filters.ts';

/** Samples of one author. */
export type Bag = readonly Sample[];

/** What the teachers of several bases and those bases wrote, as many bags of each. */
export interface Library {
  /** By base, trait and place. */
  readonly taught: readonly (readonly (readonly Bag[])[])[];
  /** By base and place. */
  readonly own: readonly (readonly Bag[])[];
}

/** `samples` as bags of `size`, in their order; what is left over is in none. */
export const bagsOf = (samples: readonly Sample[], size: number): Bag[] =>
  Array.from({ length: Math.floor(samples.length / size) }, (_, i) =>
    samples.slice(i * size, (i + 1) * size),
  );

/** The bags of `size` that there are of every author. Throws LabError where those are fewer than three. */
export function libraryOf(
  taught: readonly (readonly (readonly Sample[])[])[],
  own: readonly (readonly Sample[])[],
  size: number,
): Library {
  const least = Math.min(...[...taught.flat(), ...own].map(({ length }) => length));
  const bags = Math.floor(least / size);
  if (bags < 3)
    throw new LabError(
      `an author's ${least} samples fill ${bags} bags of ${size}, and readers need three of each: two to learn from and one to be tried on; give a smaller --bag or more --samples`,
    );
  const cut = (samples: readonly Sample[]): Bag[] => bagsOf(samples, size).slice(0, bags);
  return { taught: taught.map((traits) => traits.map(cut)), own: own.map(cut) };
}

/** How many of each author's bags, from the first, readers learn from: two thirds; the others are kept back. */
export const learntFrom = ({ own }: Library): number => Math.floor((2 * own[0].length) / 3);

/** By base, trait of the author, bag and trait that it could be, how much speaks for that: a log-probability. */
export type Evidence = readonly (readonly (readonly (readonly number[])[])[])[];

/** What readers that learn say, one a base. */
export interface Reading {
  /** Each of all bags of the base whose teachers it never saw. */
  readonly unseen: Evidence;
  /** Each of a base whose teachers it learnt from, of the bags that were kept back. */
  readonly known: Evidence;
}

/** The reader that knows the teachers of `base`, though not the bags kept back: that of the base before it. */
export const knowing = (base: number, bases: number): number => (base + bases - 1) % bases;

/** Evidence of several bags together: log-probabilities add up. */
export const together = (bags: readonly (readonly number[])[]): number[] =>
  bags[0].map((_, trait) => bags.reduce((sum, evidence) => sum + evidence[trait], 0));

/** The trait for which `evidence` is strongest; of equals the first. */
export const likeliest = (evidence: readonly number[]): number => evidence.indexOf(Math.max(...evidence));

/** How often one of `positives` is above one of `negatives`, equals counted half: the area under the ROC curve. */
export function areaUnder(positives: readonly number[], negatives: readonly number[]): number {
  const above = (p: number): number => negatives.reduce((sum, n) => sum + (p > n ? 1 : p === n ? 0.5 : 0), 0);
  return positives.reduce((sum, p) => sum + above(p), 0) / (positives.length * negatives.length);
}
