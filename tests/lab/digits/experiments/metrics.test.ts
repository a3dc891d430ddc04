// What experiments say of their numbers, against the numbers that the repository keeps.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeConfig } from '../../../../src/lab/core/experiments/config.ts';
import { readResult } from '../../../../src/lab/core/runs/result.ts';
import { mnist } from '../../../../src/lab/digits/experiments/mnist.ts';
import { experiments } from '../../../../src/lab/experiments.ts';
import { root } from '../../../helpers/commands.ts';

const folder = join(root, 'figures');
const results = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => readResult(join(folder, name)));

describe.each(experiments.map((experiment) => ({ name: experiment.name, experiment })))('$name', (of) => {
  const { experiment } = of;
  const own = results.filter((result) => result.experiment === experiment.name);

  test('declares every value of its rows, and no other', () => {
    expect(own.length).toBeGreaterThan(0);
    for (const { rows, config } of own) {
      const measured = new Set(rows.flatMap(({ values }) => Object.keys(values)));
      expect(Object.keys(experiment.metrics(makeConfig(experiment, String(config.preset)))).sort()).toEqual(
        [...measured].sort(),
      );
    }
  });

  test('calls a share only what lies from 0 to 1, chance too', () => {
    for (const { rows, config } of own) {
      const metrics = experiment.metrics(makeConfig(experiment, String(config.preset)));
      for (const [name, { unit, chance = 0 }] of Object.entries(metrics)) {
        if (unit !== 'share') continue;
        const values = [chance, ...rows.flatMap((row) => row.values[name] ?? [])];
        expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...values)).toBeLessThanOrEqual(1);
      }
    }
  });
});

test('accuracies are measured on the test digits that the config says', () => {
  expect(mnist.metrics(makeConfig(mnist, 'quick', { testDigits: 500 }))).toEqual({
    accuracy: { unit: 'share', better: 'higher', chance: 0.1, trials: 500, of: 'test digits' },
  });
});
