// What experiments say of their numbers, against the results that the repository keeps.
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { experimentNamed } from '../../src/lab/core/experiments/catalogue.ts';
import { makeConfig } from '../../src/lab/core/experiments/config.ts';
import type { Metrics } from '../../src/lab/core/runs/metric.ts';
import { type Result, readResult } from '../../src/lab/core/runs/result.ts';
import { experiments } from '../../src/lab/experiments.ts';
import { keptResults } from '../helpers/figures.ts';

/** What the experiment of a result declares today. */
function declared({ experiment: name, config: { preset } }: Result): Metrics {
  const experiment = experimentNamed(experiments, name);
  if (!experiment) throw new Error(name);
  return experiment.metrics(makeConfig(experiment, String(preset)));
}

const kept = keptResults().map((path) => ({ name: basename(path), path }));

describe.each(kept)('the experiment of $name', ({ path }) => {
  const result = readResult(path);
  const metrics = declared(result);

  test('declares every value of its rows, and no other', () => {
    const measured = new Set(result.rows.flatMap(({ values }) => Object.keys(values)));
    expect(Object.keys(metrics).sort()).toEqual([...measured].sort());
  });

  test('calls a share only what lies from 0 to 1, chance too', () => {
    for (const [of, { unit, chance = 0 }] of Object.entries(metrics)) {
      if (unit !== 'share') continue;
      const values = [chance, ...result.rows.flatMap((row) => row.values[of] ?? [])];
      expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...values)).toBeLessThanOrEqual(1);
    }
  });
});
