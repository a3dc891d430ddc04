import { describe, expect, test } from 'vitest';
import { differenceTable, inOneCell, pointsOf, valueTable } from '../../../../src/lab/core/report/tables.ts';
import type { Metrics } from '../../../../src/lab/core/runs/metric.ts';
import type { Result, Row } from '../../../../src/lab/core/runs/result.ts';
import { accuracyMetric, sampleResult, withTrials } from '../runs/sample.ts';

const rowOf = (seed: number, arm: string, at: Row['at'], values: Row['values']): Row => ({
  seed,
  arm,
  at,
  values,
  curves: {},
});

/** Students and controls of two seeds at two numbers of logits, after a teacher that has none. */
const swept = (): Result => ({
  ...sampleResult({ teacher: [0.9, 0.92] }),
  rows: [
    ...[0, 1].map((seed) => rowOf(seed, 'teacher', {}, { accuracy: 0.9 + seed / 50 })),
    ...[1, 10].flatMap((aux) =>
      [0, 1].flatMap((seed) => [
        rowOf(seed, 'student_aux', { aux }, { accuracy: (aux + seed) / 20 }),
        rowOf(seed, 'cross_aux', { aux }, { accuracy: 0.1 }),
      ]),
    ),
  ],
});

describe('valueTable', () => {
  test('has the mean, the t interval and the number of models of each arm, and chance', () => {
    // half widths 4.302653 · 0.1 / √3 and 4.302653 · 0.01 / √3
    const { head, rows, notes } = valueTable(
      sampleResult({ teacher: [0.96, 0.97, 0.98], student_aux: [0.4, 0.5, 0.6] }),
      { armLabels: { student_aux: 'student (same start)' } },
    );
    expect(head).toEqual(['', 'mean', '95% interval', 'n']);
    expect(rows).toEqual([
      ['teacher', '97.0%', '94.5% to 99.5%', '3'],
      ['student (same start)', '50.0%', '25.2% to 74.8%', '3'],
      ['chance', '10.0%', '', ''],
    ]);
    expect(notes).toEqual(['mean over 3 seeds, t interval']);
  });

  test('has the Wilson interval of a single seed, and says so', () => {
    const { rows, notes } = valueTable(withTrials(sampleResult({ teacher: [0.8] }), 10));
    expect(rows[0]).toEqual(['teacher', '80.0%', '49.0% to 94.3%', '1']);
    expect(notes).toEqual(['one seed, Wilson interval over 10 test digits']);
  });

  test('keeps intervals of shares within 0 and 1', () => {
    const [[, , interval]] = valueTable(sampleResult({ teacher: [0.01, 0.99] })).rows;
    expect(interval).toBe('0.0% to 100.0%');
  });

  test('has a column for each setting that varies, empty for arms without it', () => {
    const { head, rows } = valueTable(swept());
    expect(head).toEqual(['', 'aux', 'mean', '95% interval', 'n']);
    expect(rows.map(([arm, aux]) => [arm.split(' ')[0], aux])).toEqual([
      ['teacher', ''],
      ['student', '1'],
      ['student', '10'],
      ['cross', '1'],
      ['cross', '10'],
      ['chance', ''],
    ]);
    for (const row of rows) expect(row).toHaveLength(head.length);
  });

  test('names the values where there are others than accuracy, and writes those as numbers', () => {
    const result = swept();
    const rows = [0, 1].map((seed) =>
      rowOf(seed, 'new_arm', {}, { accuracyOn3: 0.5, cosine: seed - 1, steps: 1e5 }),
    );
    const metrics: Metrics = {
      accuracyOn3: { ...accuracyMetric, chance: 0.25 },
      cosine: { unit: '' },
      steps: { unit: 'nats' },
    };
    const table = valueTable({ ...result, metrics, rows });
    expect(table.head).toEqual(['', 'value', 'mean', '95% interval', 'n']);
    // half width of 12.706205 · 0.7071 / √2
    expect(table.rows).toEqual([
      ['new arm', 'accuracyOn3', '50.0%', '50.0% to 50.0%', '2'],
      ['new arm', 'cosine', '−0.500', '−6.85 to 5.85', '2'],
      ['new arm', 'steps, nats', '100000', '100000 to 100000', '2'],
      ['chance', 'accuracyOn3', '25.0%', '', ''],
    ]);
  });
});

/** Favourites of two seeds and two traits: students each above their control by another amount. */
const favourites = (): Result => ({
  ...sampleResult({ student: [0.5, 0.5] }),
  metrics: { preference: { unit: 'share' }, loss: { unit: 'nats' } },
  rows: [0, 1].flatMap((seed) =>
    ['owl', 'lion'].flatMap((trait, i) => [
      rowOf(seed, 'student', { trait }, { preference: 0.5 + seed / 10 + i / 5, loss: 2 + i }),
      rowOf(seed, 'control', { trait }, { preference: 0.1, loss: 1 }),
    ]),
  ),
});

describe('differenceTable', () => {
  const pair = { arm: 'student_aux', against: 'cross_aux', metric: 'accuracy' };

  test('pairs the arms of a contrast seed by seed, at each setting', () => {
    const table = differenceTable(swept(), { contrasts: [pair] });
    expect(table?.head).toEqual(['', 'aux', 'difference', '95% interval', 'p', 'n']);
    // differences −0.05 and 0: half width 12.706205 · 0.035355 / √2
    expect(table?.rows).toEqual([
      ['student_aux − cross_aux', '1', '−2.5 points', '−34.3 to 29.3', '1.0', '2'],
      ['student_aux − cross_aux', '10', '42.5 points', '10.7 to 74.3', '0.50', '2'],
    ]);
    expect(table?.notes).toEqual(['paired over seeds, t interval, two-sided permutation test']);
  });

  test('lays pairs together over the settings that a contrast names, and names values where there are several', () => {
    const over = ['trait'];
    const of = { arm: 'student', against: 'control' };
    const contrasts = [
      { ...of, metric: 'preference', over },
      { ...of, metric: 'loss', over },
    ];
    const table = differenceTable(favourites(), { contrasts });
    expect(table?.head).toEqual(['', 'value', 'difference', '95% interval', 'p', 'n']);
    // differences 0.4, 0.6, 0.5, 0.7 and 1, 2, 1, 2: half widths 3.182446 · 0.129099 / 2 and 3.182446 · 0.577350 / 2
    expect(table?.rows).toEqual([
      ['student − control', 'preference', '55.0 points', '34.5 to 75.5', '0.13', '4'],
      ['student − control', 'loss, nats', '1.50', '0.581 to 2.42', '0.13', '4'],
    ]);
    expect(table?.notes).toEqual(['paired over seeds and trait, t interval, two-sided permutation test']);
  });

  test('there is none without a control, with one of other seeds or settings, with a single pair, or undeclared', () => {
    const among = (result: Result) => differenceTable(result, { contrasts: [pair] });
    expect(among(sampleResult({ student_aux: [0.5, 0.6] }))).toBeUndefined();
    expect(among(sampleResult({ student_aux: [0.5, 0.6], cross_aux: [0.1] }))).toBeUndefined();
    expect(among(sampleResult({ student_aux: [0.5], cross_aux: [0.1] }))).toBeUndefined();
    const { rows, ...rest } = swept();
    const elsewhere = rows.map((row) => (row.arm === 'cross_aux' ? { ...row, at: { aux: 7 } } : row));
    expect(among({ ...rest, rows: elsewhere })).toBeUndefined();
    expect(differenceTable(swept())).toBeUndefined();
  });
});

test('pointsOf gives the different settings of an arm in their order', () => {
  expect(pointsOf(swept(), 'cross_aux')).toEqual([{ aux: 1 }, { aux: 10 }]);
  expect(pointsOf(swept(), 'teacher')).toEqual([{}]);
  expect(pointsOf(swept(), 'nobody')).toEqual([]);
});

test('inOneCell keeps to shares', () => {
  expect(inOneCell({ mean: 0.08, low: -0.02, high: 0.18 })).toBe('8.0% (0.0 to 18.0)');
});
