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

/** What of `cells` each of `n` shards has: a cell is where its middle is. */
function dealt(cells: readonly Cell[], n: number): Cell[][] {
  const total = cells.reduce((sum, { flops }) => sum + flops, 0);
  const shards: Cell[][] = Array.from({ length: n }, () => []);
  let before = 0;
  for (const cell of cells) {
    shards[Math.floor(((before + cell.flops / 2) / total) * n)].push(cell);
    before += cell.flops;
  }
  return shards;
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
  const own = dealt(cells, of)[at - 1];
  if (own.length === 0)
    throw new ConfigError(
      `--shard ${shard}: none of the ${cells.length} seeds falls to it; take fewer shards, or more --seeds`,
    );
  return { ...config, seed: own[0].seed, seeds: own.length };
}

/** Seeds that run by themselves; `shard` names them where they are not all. */
export interface Share {
  readonly shard?: string;
  readonly seeds: readonly number[];
}

/** All seeds of `config` in shares of about equal work, `pack` seeds in each where all cost the same. */
export function sharesOf(experiment: Experiment, config: CommonConfig, pack: number): Share[] {
  const cells = cellsOf(experiment, config);
  if (cells.length === 0) return [{ seeds: seedsOf(config) }];
  const n = Math.ceil(cells.length / pack);
  return dealt(cells, n)
    .map((own, i) => ({ shard: `${i + 1}/${n}`, seeds: own.map(({ seed }) => seed) }))
    .filter(({ seeds }) => seeds.length > 0);
}

/** The seeds of a result's config that it has no models of. */
export const missingSeeds = ({ config: { seed, seeds: count }, seeds }: Result): number[] =>
  seedsOf({ seed: Number(seed), seeds: Number(count) }).filter((each) => !seeds.includes(each));
