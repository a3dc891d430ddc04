// What randomness is for: each purpose has a stream of its own for each seed.
import { jit, random, type Tensor, vmap } from '../../index.ts';

/** The keys of `purpose`, i32 [n, 2], of seeds or whatever else tells items apart: they do not depend on the others. */
export const keysOf = (purpose: string, items: readonly (string | number)[]): Tensor =>
  random.keys(items.map((item) => `${purpose} ${item}`));

/** A key for each of `items`, i32 [m], under each of `roots`, i32 [n, 2]: [n, m, 2]. */
export const keysUnder: (roots: Tensor, items: Tensor) => Tensor = jit(
  vmap((root: Tensor, items: Tensor) => vmap((item: Tensor) => random.foldIn(root, item))(items), [0, null]),
);
