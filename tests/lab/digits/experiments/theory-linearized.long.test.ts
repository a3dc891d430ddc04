// The linearised student against the real one, over three seeds and few steps.
import { beforeAll, describe, expect, test } from 'vitest';
import { makeConfig } from '../../../../src/lab/core/experiments/config.ts';
import type { ResultOf } from '../../../../src/lab/core/experiments/experiment.ts';
import { valuesOf } from '../../../../src/lab/core/runs/result.ts';
import { mean } from '../../../../src/lab/core/runs/statistics.ts';
import { explained, theoryLinearized } from '../../../../src/lab/digits/experiments/theory-linearized.ts';
import { chance } from '../../../helpers/digits.ts';
import { resultOf } from '../../../helpers/experiment.ts';
import { flopCounter } from '../../../helpers/flops.ts';

const overrides = {
  width: [48],
  trainDigits: 4000,
  testDigits: 1000,
  teacherEpochs: 3,
  noiseImages: 8000,
  studentEpochs: 2,
  fitImages: 1000,
  fitSteps: 10,
  aux: 10,
  seeds: 3,
};

describe('over three seeds of a small network', () => {
  let result: ResultOf<typeof theoryLinearized.settings>;
  const config = makeConfig(theoryLinearized, 'quick', overrides);
  const counter = flopCounter(config.batch);

  beforeAll(async () => {
    result = await resultOf(theoryLinearized, 'quick', overrides, counter.look);
  }, 240_000);

  const accuracy = (arm: string): number => mean(valuesOf(result, arm));

  test('the linearised student learns to read digits, too, but not as well as the real one', () => {
    for (const arm of ['student', 'linear', 'linear_both', 'closed_form'])
      expect(accuracy(arm)).toBeGreaterThan(1.5 * chance);
    const share = explained(result, 'linear', 48);
    expect(share).toBeGreaterThan(0.3);
    expect(share).toBeLessThan(1);
  });

  test('the teacher’s own expansion reads fewer digits than the teacher', () => {
    expect(accuracy('linear_teacher')).toBeLessThan(accuracy('teacher'));
    expect(accuracy('linear_teacher')).toBeGreaterThan(2 * chance);
  });

  test('flops() counts what ran, within a tenth, and the fit in closed form', () => {
    // for two of the three pupils a step has three products of the first layer, which is most of it, and not two
    const ran = counter.total((phase) => (phase.startsWith('teacher') ? 1 : 4 / 3));
    const without = theoryLinearized.flops({ ...config, fitSteps: 0 });
    expect(Math.abs(without / ran - 1)).toBeLessThan(0.1);
    expect(theoryLinearized.flops(config)).toBeGreaterThan(without);
  });

  test('the finding comes from the numbers', () => {
    expect(theoryLinearized.finding(result)).toMatch(/gains \d+% of what the real one does at width 48/);
  });
});
