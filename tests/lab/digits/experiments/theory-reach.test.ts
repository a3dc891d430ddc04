// How far the conclusions hold: the search, and the experiment on small networks.
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../../../src/index.ts';
import { makeConfig } from '../../../../src/lab/core/experiments/config.ts';
import type { ResultOf } from '../../../../src/lab/core/experiments/experiment.ts';
import { valuesOf } from '../../../../src/lab/core/runs/result.ts';
import { mean } from '../../../../src/lab/core/runs/statistics.ts';
import { reaches } from '../../../../src/lab/digits/experiments/theory/reach.ts';
import { theoryReach } from '../../../../src/lab/digits/experiments/theory-reach.ts';
import { resultOf } from '../../../helpers/experiment.ts';
import { dataOf } from '../../core/charts/drawn.ts';

useEngine('reference'); // small and many graphs: compiling them would take longer

test('the search finds each seed’s first failure, 0 where there is no beginning, and says what reached the cap', () => {
  const limits = [3, 0.001, 1000, 7.5];
  const found = reaches((steps) => steps.map((step, i) => step < limits[i]), 4, { first: 0.01, cap: 100 });
  expect(found.map(({ capped }) => capped)).toEqual([false, false, true, false]);
  expect(found[0].step / 3).toBeCloseTo(1, 2);
  expect(found[0].step).toBeLessThan(3);
  expect(found[1].step).toBe(0);
  expect(found[2].step).toBe(100);
  expect(found[3].step / 7.5).toBeCloseTo(1, 2);
});

describe('four seeds of small networks', () => {
  const overrides = { width: [4, 16], aux: [3], images: 32, digits: 64, seeds: 4, cap: 1000 };
  let result: ResultOf<typeof theoryReach.settings>;
  beforeAll(async () => {
    result = await resultOf(theoryReach, 'quick', overrides);
  }, 60_000);

  test('every conclusion holds for some way, and the agreement for longer than a teacher’s step is any use', () => {
    for (const { values } of result.rows) expect(10 ** values.log10).toBeGreaterThan(1 / 64); // the least tried
    for (const width of overrides.width) {
      const logs = (arm: string): number => mean(valuesOf(result, arm, 'log10', { width }));
      expect(logs('agree')).toBeGreaterThan(logs('own'));
    }
  });

  test('flops() follows the seeds; finding and figure come from the numbers', () => {
    const flops = (seeds: number): number => theoryReach.flops(makeConfig(theoryReach, 'quick', { seeds }));
    expect(flops(40) / flops(20)).toBeCloseTo(2, 10);
    expect(theoryReach.finding(result)).toMatch(/^From width 4 to 16 \(m = 3\)/);
    const figure = theoryReach.figure(result);
    for (const [arm, label] of [
      ['agree', 'agreement, m = 3'],
      ['own', "teacher's step, m = 3"],
      ['student', "student's step, m = 3"],
    ])
      expect(dataOf(figure, label)).toEqual(
        overrides.width.map((width) => ({
          x: expect.any(Number),
          y: expect.closeTo(mean(valuesOf(result, arm, 'log10', { width })), 9),
        })),
      );
  });
});
