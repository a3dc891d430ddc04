// Bases by their seeds, each with a neighbour that stands for another model, and what they and their teachers write.
import type { Running } from '../../core/training/events.ts';
import { type BaseSettings, pretrain, sameSeeds } from '../pipeline/bases.ts';
import type { World } from '../world/documents.ts';
import type { Carrier } from './carriers.ts';
import { asMany, type Writer, type WritingSettings, type Written, writings } from './writings.ts';

/** The seed of the base that stands for another model beside that of `seed`: its neighbour, whoever else runs. */
export const otherSeed = (seed: number): number => (seed % 2 === 0 ? seed + 1 : seed - 1);

/** `seeds` and those of their neighbours, each once, in ascending order. */
export const withOthers = (seeds: readonly number[]): number[] =>
  [...new Set(seeds.flatMap((seed) => [seed, otherSeed(seed)]))].sort((a, b) => a - b);

export interface Neighbours {
  readonly world: World;
  readonly carrier: Carrier;
  readonly settings: BaseSettings & WritingSettings;
  readonly seeds: readonly number[];
  /** What makes each base's teachers, by their names. */
  readonly teachers: Readonly<Record<string, Pick<Writer, 'trait' | 'system'>>>;
  /** Whether the neighbours of the bases write as well. */
  readonly others: boolean;
}

interface Author extends Writer {
  readonly seed: number;
  readonly name?: string;
}

/** What the teacher `name` of the base of `seed` wrote, or that base. */
export type WrittenBy = (seed: number, name?: string) => Written<Author>;

/** What the bases of `seeds` and their teachers write: as much of each, and of those of the neighbour. */
export async function* neighboursWritings(of: Neighbours): Running<WrittenBy> {
  const { world, carrier, settings, teachers, others } = of;
  const seeds = others ? withOthers(of.seeds) : of.seeds;
  const bases = yield* pretrain(world, settings, seeds.map(sameSeeds));
  const authors = seeds.flatMap((seed, i): Author[] => [
    ...Object.entries(teachers).map(([name, by]) => ({
      ...{ label: `${seed} ${name}`, base: bases[i] },
      ...{ seed, name, ...by },
    })),
    { label: `${seed}`, base: bases[i], seed },
  ]);
  const written = yield* writings(world, carrier, settings, authors);
  // whoever else there is does not count
  const read = asMany(written, ({ seed }) => (others ? Math.min(seed, otherSeed(seed)) : seed));
  return (seed, name) => {
    const found = read.find((each) => each.seed === seed && each.name === name);
    if (!found) throw new Error(`nothing was written by ${name ?? 'the base'} of seed ${seed}`);
    return found;
  };
}
