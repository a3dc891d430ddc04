// What each seed's randomness is for: each purpose has a stream of its own.
import { random, type Tensor, vmap } from '../../../index.ts';

/** The number of a purpose is a part of every result's bits. */
const streams = { init: 0, teacherOrder: 1, noise: 2, studentOrder: 3, otherInit: 4, trait: 5 };

/** The keys of one purpose, i32 [seeds, 2]: they depend on the seed alone, not on how many run with it. */
export function keysFor(purpose: keyof typeof streams, seeds: readonly number[]): Tensor {
  const roots = random.keys(seeds);
  return vmap((root: Tensor) => random.foldIn(root, streams[purpose]))(roots);
}
