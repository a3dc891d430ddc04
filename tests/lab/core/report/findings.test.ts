import { expect, test } from 'vitest';
import { findingsOf } from '../../../../src/lab/core/report/findings.ts';
import type { Entry } from '../../../../src/lab/core/report/inventory.ts';
import type { Result } from '../../../../src/lab/core/runs/result.ts';
import { experiments } from '../../../../src/lab/experiments.ts';
import { sampleResult } from '../runs/sample.ts';

/** Each experiment with an up-to-date result of its first preset, but those among `others` with one in another state. */
const entries = (others: readonly string[] = []): Entry[] =>
  experiments.map((experiment) => {
    const [preset] = Object.keys(experiment.presets);
    const result: Result = sampleResult({ teacher: [0.5] });
    const seen = { path: '', preset, result };
    return {
      experiment: { ...experiment, finding: () => `what ${experiment.name} shows` },
      found: [
        others.includes(experiment.name)
          ? { ...seen, state: 'custom' }
          : { ...seen, state: 'current', departs: '' },
        { ...seen, state: 'current', departs: '', preset: 'another' },
      ],
      missing: [],
    };
  });

test('there is a table a field, with a line for each of its experiments', () => {
  const tables = findingsOf({ entries: entries(), strays: [] });
  expect(tables.map(({ name }) => name)).toEqual([...new Set(experiments.map(({ field }) => field.name))]);
  const rows = tables.flatMap(({ table }) => table.rows);
  expect(rows).toHaveLength(experiments.length);
  for (const { name, source } of experiments)
    expect(rows).toContainEqual([name, source, `what ${name} shows`]);
});

test('what has no result of its first preset that is up to date has no line, and a field without lines no table', () => {
  const [{ name }] = experiments;
  const [first] = findingsOf({ entries: entries([name]), strays: [] });
  expect(first.table.rows.map(([own]) => own)).not.toContain(name);
  expect(findingsOf({ entries: entries(experiments.map((one) => one.name)), strays: [] })).toEqual([]);
});
