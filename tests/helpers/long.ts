// How much a test searches: `npm test` takes a sample of what `npm run test:long` goes through.

/** Whether this is `npm run test:long`. */
export const long = process.env.UMBRA_LONG === '1';

/** How many random cases to try: `n` in the long run, else a fifth of them. */
export const runs = (n: number): number => (long ? n : Math.ceil(n / 5));
