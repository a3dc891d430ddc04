// How much a test searches: `npm test` takes a sample of what `npm run test:long` goes through.

/** Whether this is `npm run test:long`. */
export const long = process.env.UMBRA_LONG === '1';

/** How many random cases to try: `n` in the long run, else a fifth of them. */
export const runs = (n: number): number => (long ? n : Math.ceil(n / 5));

/** All of `list` in the long run, else every `n`th, from a place that differs from one `turn` to the next. */
export const sampled = <T>(list: readonly T[], n: number, turn: number): readonly T[] =>
  list.filter((_, i) => long || (i + turn) % n === 0);
