// What randomness is for: each purpose has a stream of its own for each seed.
import { random, type Tensor } from '../../index.ts';

/** The keys of `purpose`, i32 [n, 2], of seeds or whatever else tells items apart: they do not depend on the others. */
export const keysOf = (purpose: string, items: readonly (string | number)[]): Tensor =>
  random.keys(items.map((item) => `${purpose} ${item}`));
