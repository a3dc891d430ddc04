// The structure of a pair of results.
import type { Structure } from '../tensor/index.ts';

export const pairStructure = (a: Structure, b: Structure): Structure => ({
  key: `[${a.key},${b.key}]`,
  leaves: a.leaves + b.leaves,
  build: (leaves) => [a.build(leaves.slice(0, a.leaves)), b.build(leaves.slice(a.leaves))],
});
