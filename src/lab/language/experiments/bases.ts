// Which bases an experiment has: one a seed, and for each another that shares nothing with it.
import type { Running } from '../../core/training/events.ts';
import { type Base, type BaseSettings, pretrain, sameSeeds } from '../pipeline/bases.ts';
import type { World } from '../world/documents.ts';

/** The seed of the base that stands for another model beside that of `seed`: its neighbour, whoever else runs. */
export const otherSeed = (seed: number): number => (seed % 2 === 0 ? seed + 1 : seed - 1);

/** The bases of `seeds` and their others, by seed. */
export async function* basesAndOthers(
  world: World,
  settings: BaseSettings,
  seeds: readonly number[],
): Running<ReadonlyMap<number, Base>> {
  const all = [...new Set(seeds.flatMap((seed) => [seed, otherSeed(seed)]))].sort((a, b) => a - b);
  const bases = yield* pretrain(world, settings, all.map(sameSeeds));
  return new Map(all.map((seed, i) => [seed, bases[i]]));
}
