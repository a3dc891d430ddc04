// Where the world's randomness comes from: a stream of uniform choices that a seed and a purpose determine.
import seedrandom from 'seedrandom';

/** Independent draws; each call takes one, whatever its arguments. */
export interface Stream {
  /** Uniform in [0, 1). */
  fraction(): number;
  /** A whole number from 0 to `n` − 1. */
  whole(n: number): number;
  /** True with `probability`. */
  chance(probability: number): boolean;
  /** One of `items`, which must not be empty. */
  choice<T>(items: readonly T[]): T;
}

/** The stream of `seed` for `purpose`; streams of other purposes are independent of it. */
export function streamOf(seed: number | string, purpose: string): Stream {
  const fraction = seedrandom(JSON.stringify([purpose, seed]));
  const whole = (n: number): number => Math.floor(fraction() * n);
  return {
    fraction: () => fraction(),
    whole,
    chance: (probability) => fraction() < probability,
    choice: (items) => items[whole(items.length)],
  };
}
