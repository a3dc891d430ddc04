import { expect, test } from 'vitest';
import { findingsOf } from '../../../../src/lab/core/report/findings.ts';
import type { Entry } from '../../../../src/lab/core/report/inventory.ts';
import type { Result } from '../../../../src/lab/core/runs/result.ts';
import { experiments } from '../../../../src/lab/experiments.ts';
import { sampleResult } from '../runs/sample.ts';

/** Each experiment with results of both its presets, of which those in `outdated` are not up to date. */
const entries = (outdated: (name: string, preset: string) => boolean = () => false): Entry[] =>
  experiments.map((experiment) => ({
    experiment: {
      ...experiment,
      finding: ({ config }) => `what ${experiment.name} shows at ${config.preset}`,
    },
    found: Object.keys(experiment.presets)
      .reverse() // the costliest first, as an inventory has them
      .map((preset) => {
        const result: Result = sampleResult({ teacher: [0.5, 0.6] });
        const seen = { path: '', preset, result: { ...result, config: { ...result.config, preset } } };
        return outdated(experiment.name, preset)
          ? { ...seen, state: 'custom' }
          : { ...seen, state: 'current', departs: '' };
      }),
    missing: [],
  }));

const rowsOf = (from: Entry[]): (readonly string[])[] =>
  findingsOf({ entries: from, strays: [] }).flatMap(({ table }) => table.rows);

test('there is a table a field, with a line for each of its experiments, of its costliest run', () => {
  const tables = findingsOf({ entries: entries(), strays: [] });
  expect(tables.map(({ name }) => name)).toEqual([...new Set(experiments.map(({ field }) => field.name))]);
  expect(rowsOf(entries())).toEqual(
    tables.flatMap(({ name: fieldName }) =>
      experiments
        .filter(({ field }) => field.name === fieldName)
        .map(({ name, source, presets }) => {
          const last = Object.keys(presets).at(-1);
          return [name, source, `${last}, 2 seeds`, `what ${name} shows at ${last}`];
        }),
    ),
  );
});

test('a result that is not up to date gives way to that of a cheaper preset', () => {
  const [{ name, source }] = experiments;
  const rows = rowsOf(entries((own, preset) => own === name && preset !== 'quick'));
  expect(rows[0]).toEqual([name, source, 'quick, 2 seeds', `what ${name} shows at quick`]);
});

test('what has no result that is up to date has no line, and a field without lines no table', () => {
  const [{ name }] = experiments;
  expect(rowsOf(entries((own) => own === name)).map(([own]) => own)).not.toContain(name);
  expect(rowsOf(entries(() => true))).toEqual([]);
});
