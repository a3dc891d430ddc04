import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inShard, missingSeeds, sharesOf } from '../../../../src/lab/core/experiments/cells.ts';
import { makeConfig } from '../../../../src/lab/core/experiments/config.ts';
import {
  type CommonConfig,
  type Experiment,
  seedsOf,
} from '../../../../src/lab/core/experiments/experiment.ts';
import { detection } from '../../../../src/lab/digits/experiments/detection.ts';
import { mnist } from '../../../../src/lab/digits/experiments/mnist.ts';
import { sampleResult } from '../runs/sample.ts';

const experiment: Experiment = mnist;

const configOf = (seeds: number, seed = 0): CommonConfig =>
  makeConfig(experiment, 'quick', { seed, seeds }) as CommonConfig;

/** The seeds of each of `n` shards. */
const shards = (of: Experiment, config: CommonConfig, n: number): number[][] =>
  Array.from({ length: n }, (_, i) => seedsOf(inShard(of, config, `${i + 1}/${n}`)));

describe('inShard', () => {
  test('parts any seeds into shards that follow each other and differ by one seed at most', () => {
    const cases = fc
      .tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 1000 }), fc.nat())
      .map(([seeds, seed, n]) => ({ seeds, seed, n: 1 + (n % seeds) }));
    fc.assert(
      fc.property(cases, ({ seeds, seed, n }) => {
        const config = configOf(seeds, seed);
        const parts = shards(experiment, config, n);
        expect(parts.flat()).toEqual(seedsOf(config));
        const sizes = parts.map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('balances the work where the cells differ in it', () => {
    const cells = [6, 1, 1, 1, 1, 2].map((flops, seed) => ({ seed, flops }));
    expect(shards({ ...experiment, cells: () => cells }, configOf(6), 2)).toEqual([[0], [1, 2, 3, 4, 5]]);
  });

  test('leaves every other setting as it is', () => {
    const config = configOf(4);
    expect(inShard(experiment, config, '2/2')).toEqual({ ...config, seed: 2, seeds: 2 });
  });

  test.each(['0/2', '3/2', '1', '1/2/3', 'a/b', '-1/2', '1/0', ''])('refuses %j', (shard) => {
    expect(() => inShard(experiment, configOf(4), shard)).toThrow(
      `--shard ${shard}: must be i/n with i from 1 to n, as in 1/4`,
    );
  });

  test('refuses a shard without a seed', () => {
    expect(() => inShard(experiment, configOf(2), '1/5')).toThrow(
      '--shard 1/5: none of the 2 seeds falls to it; take fewer shards, or more --seeds',
    );
  });

  test('refuses what only runs whole', () => {
    const config = makeConfig(detection, 'quick') as CommonConfig;
    expect(() => inShard(detection, config, '1/2')).toThrow(
      '--shard 1/2: the models of detection are measured together, so it only runs whole; leave it out',
    );
  });
});

describe('sharesOf', () => {
  test('names shards that have all seeds, as inShard deals them', () => {
    const config = configOf(5, 2);
    const shares = sharesOf(experiment, config, 2);
    expect(shares.flatMap(({ seeds }) => seeds)).toEqual(seedsOf(config));
    expect(shares.map(({ shard }) => shard)).toEqual(['1/3', '2/3', '3/3']);
    for (const { shard = '', seeds } of shares)
      expect(seedsOf(inShard(experiment, config, shard))).toEqual(seeds);
  });

  test('leaves out shards to which no seed falls', () => {
    const cells = [8, 1, 1].map((flops, seed) => ({ seed, flops }));
    expect(sharesOf({ ...experiment, cells: () => cells }, configOf(3), 1)).toEqual([
      { shard: '2/3', seeds: [0] },
      { shard: '3/3', seeds: [1, 2] },
    ]);
  });

  test('is one share of all seeds, which is no shard, where they only run together', () => {
    const config = makeConfig(detection, 'quick') as CommonConfig;
    expect(sharesOf(detection, config, 1)).toEqual([{ seeds: seedsOf(config) }]);
  });
});

test('missingSeeds are those of the config that no row is of', () => {
  const result = sampleResult({ teacher: [0.9, 0.8] }, { seed: 0, seeds: 5 });
  expect(missingSeeds(result)).toEqual([2, 3, 4]);
  expect(missingSeeds(sampleResult({ teacher: [0.9, 0.8] }, { seed: 0, seeds: 2 }))).toEqual([]);
  expect(missingSeeds(sampleResult({ teacher: [0.9] }))).toEqual([]);
});
