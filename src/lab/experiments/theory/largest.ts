// The largest step for which something holds: by doubling, then by halving what is left; knows no network.

/** What is known of one step's limit. */
export interface Limit {
  /** The largest step tried up to which it held at every step tried; 0 if it did not hold at the first. */
  readonly holds: number;
  /** The smallest step tried at which it did not; ∞ if it held at all of them. */
  readonly fails: number;
}

/**
 * For each of several, side by side: from `first` on, steps are doubled `doublings` times or until `holds` says no, and
 * then the interval that is left is halved `halvings` times. `holds` tells for a step each whether it holds there.
 */
export function largestSteps(
  holds: (steps: readonly number[]) => readonly boolean[],
  first: readonly number[],
  doublings = 20,
  halvings = 4,
): Limit[] {
  let limits = first.map((): Limit => ({ holds: 0, fails: Number.POSITIVE_INFINITY }));
  const tryAt = (steps: readonly number[]): void => {
    const held = holds(steps);
    limits = limits.map((limit, i) => {
      if (steps[i] <= limit.holds || steps[i] >= limit.fails) return limit; // known already
      return held[i] ? { ...limit, holds: steps[i] } : { ...limit, fails: steps[i] };
    });
  };
  for (let i = 0; i <= doublings && limits.some(({ fails }) => !Number.isFinite(fails)); i++)
    tryAt(first.map((step) => step * 2 ** i));
  for (let i = 0; i < halvings; i++)
    tryAt(
      limits.map(({ holds: low, fails }) => (Number.isFinite(fails) && low > 0 ? (low + fails) / 2 : low)),
    );
  return limits;
}
