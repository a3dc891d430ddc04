// How far a condition holds from 0 on, for many seeds at once.

export interface Reach {
  /** The greatest step up to which it was found to hold. */
  readonly step: number;
  /** Whether it still held at the cap. */
  readonly capped: boolean;
}

interface Search {
  readonly first: number;
  readonly cap: number;
  /** Where the search goes from one step to the next, until it fails. */
  readonly factor?: number;
  /** How often the factor between where it holds and where it fails is halved. */
  readonly halvings?: number;
}

/**
 * For each seed the step at which `holds` first fails, by growing steps and then bisection in the logarithm.
 * `holds` is given a step a seed. Where it fails at the very first step, the reach is 0.
 */
export function reaches(
  holds: (steps: readonly number[]) => readonly boolean[],
  seeds: number,
  { first, cap, factor = Math.SQRT2, halvings = 8 }: Search,
): Reach[] {
  const low = new Array<number>(seeds).fill(0);
  const high = new Array<number>(seeds).fill(Number.POSITIVE_INFINITY);
  for (let step = first; high.includes(Number.POSITIVE_INFINITY); step = Math.min(cap, step * factor)) {
    holds(new Array<number>(seeds).fill(step)).forEach((held, i) => {
      if (high[i] < Number.POSITIVE_INFINITY) return;
      if (held) low[i] = step;
      else high[i] = step;
    });
    if (step >= cap) break;
  }
  for (let k = 0; k < halvings; k++) {
    const middle = low.map((from, i) =>
      from === 0 || high[i] === Number.POSITIVE_INFINITY ? first : Math.sqrt(from * high[i]),
    );
    holds(middle).forEach((held, i) => {
      if (low[i] === 0 || high[i] === Number.POSITIVE_INFINITY) return;
      if (held) low[i] = middle[i];
      else high[i] = middle[i];
    });
  }
  return low.map((step, i) => ({ step, capped: high[i] === Number.POSITIVE_INFINITY }));
}
