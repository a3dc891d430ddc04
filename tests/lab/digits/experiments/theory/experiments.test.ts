// The figures of one step: what each shows over a few seeds, and that its finding and figure come from the numbers.
import { expect, test } from 'vitest';
import { valuesOf } from '../../../../../src/lab/core/runs/result.ts';
import { mean, summarize } from '../../../../../src/lab/core/runs/statistics.ts';
import { decadesOf, powersAmong, slopeOf } from '../../../../../src/lab/digits/experiments/theory/along.ts';
import { theoryInner } from '../../../../../src/lab/digits/experiments/theory-inner.ts';
import { theorySigns } from '../../../../../src/lab/digits/experiments/theory-signs.ts';
import { resultOf } from '../../../../helpers/experiment.ts';

const small = { seeds: 4, trainDigits: 500, images: 16, width: 8 };

test('decades, their powers of ten and the slope over them', () => {
  expect(decadesOf(-1, 1, 2)).toEqual([0.1, 0.316, 1, 3.16, 10]);
  expect(powersAmong(decadesOf(-4, 0, 3))).toEqual([1e-4, 1e-3, 0.01, 0.1, 1]);
  expect(slopeOf([1, 2, 4], [5, 3, -1])).toBeCloseTo(-2, 12);
});

test('from a shared start the inner product is positive and in proportion to ε; from another it is of either sign', async () => {
  const result = await resultOf(theoryInner, 'quick', { ...small, seeds: 12 });
  expect(valuesOf(result, 'shared', 'positive')).toEqual(new Array(12).fill(1));
  for (const slope of valuesOf(result, 'shared', 'slope')) expect(Math.abs(slope - 1)).toBeLessThan(0.05);
  const positive = mean(valuesOf(result, 'other', 'positive'));
  expect(positive).toBeGreaterThan(0.1);
  expect(positive).toBeLessThan(0.9);
  expect(theoryInner.finding(result)).toMatch(/positive at every ε and seed.*to within 10⁻[⁴⁵⁶⁷⁸⁹]/);
  expect(() => theoryInner.figure(result)).not.toThrow();
  const negated = {
    ...result,
    rows: result.rows.map((row) => ({ ...row, curves: { inner: row.curves.inner.map((v) => -v) } })),
  };
  expect(theoryInner.finding(negated)).toMatch(/negative in 100/);
});

test('without the shared start the sign is a coin', async () => {
  const result = await resultOf(theorySigns, 'quick', { ...small, seeds: 200 });
  const share = (arm: string): number =>
    mean(valuesOf(result, arm, 'cosine').map((cosine) => Number(cosine > 0)));
  expect(share('shared')).toBe(1);
  expect(valuesOf(result, 'shared', 'change').every((change) => change < 0)).toBe(true);
  const { low, high } = summarize([share('other')], 200);
  expect(low).toBeLessThan(0.5);
  expect(high).toBeGreaterThan(0.5);
  expect(theorySigns.finding(result)).toMatch(/^Of 200 pairs of starts, .* positive in 100%/);
  expect(() => theorySigns.figure(result)).not.toThrow();
});
