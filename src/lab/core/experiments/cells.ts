// Which of an experiment's seeds one of several runs takes.
import type { Result } from '../runs/result.ts';
import { ConfigError } from './config.ts';
import { type Cell, type CommonConfig, type Experiment, seedsOf } from './experiment.ts';

/** The pieces of a run of `config` that can run apart, in the order of their seeds. */
function cellsOf(experiment: Experiment, config: CommonConfig): readonly Cell[] {
  if (experiment.cells) return experiment.cells(config);
  const seeds = seedsOf(config);
  const flops = experiment.flops(config) / seeds.length;
  return seeds.map((seed) => ({ seed, flops }));
}

/** `2/3` in numbers. Throws ConfigError. */
function parsed(shard: string): { at: number; of: number } {
  const [at, of] = /^(\d{1,6})\/(\d{1,6})$/.exec(shard)?.slice(1).map(Number) ?? [];
  if (!(at >= 1 && at <= of))
    throw new ConfigError(`--shard ${shard}: must be i/n with i from 1 to n, as in 1/4`);
  return { at, of };
}

/**
 * `config` with the seeds of `shard` alone, which is `i/n`: seeds that follow each other, about an n-th of the work.
 * Every seed is in one of the n shards. Throws ConfigError for what is none, or has no seed.
 */
export function inShard(experiment: Experiment, config: CommonConfig, shard: string): CommonConfig {
  const { at, of } = parsed(shard);
  const cells = cellsOf(experiment, config);
  if (cells.length === 0)
    throw new ConfigError(
      `--shard ${shard}: the models of ${experiment.name} are measured together, so it only runs whole; leave it out`,
    );
  const total = cells.reduce((sum, { flops }) => sum + flops, 0);
  let before = 0;
  const own = cells.filter(({ flops }) => {
    const middle = before + flops / 2; // a cell is where its middle is
    before += flops;
    return Math.floor((middle / total) * of) + 1 === at;
  });
  if (own.length === 0)
    throw new ConfigError(
      `--shard ${shard}: none of the ${cells.length} seeds falls to it; take fewer shards, or more --seeds`,
    );
  return { ...config, seed: own[0].seed, seeds: own.length };
}

/** The seeds of a result's config that it has no models of. */
export const missingSeeds = ({ config: { seed, seeds: count }, seeds }: Result): number[] =>
  seedsOf({ seed: Number(seed), seeds: Number(count) }).filter((each) => !seeds.includes(each));
