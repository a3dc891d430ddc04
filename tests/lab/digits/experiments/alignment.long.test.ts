// The distillation gradient against the trait's, over three seeds and few steps.
import { beforeAll, describe, expect, test } from 'vitest';
import { makeConfig } from '../../../../src/lab/core/experiments/config.ts';
import type { ResultOf } from '../../../../src/lab/core/experiments/experiment.ts';
import { valuesOf } from '../../../../src/lab/core/runs/result.ts';
import { mean } from '../../../../src/lab/core/runs/statistics.ts';
import { alignment } from '../../../../src/lab/digits/experiments/alignment.ts';
import { chance } from '../../../helpers/digits.ts';
import { resultOf } from '../../../helpers/experiment.ts';
import { flopCounter } from '../../../helpers/flops.ts';

const overrides = {
  hidden: [64, 64],
  trainDigits: 4000,
  testDigits: 1000,
  noiseImages: 12_000,
  studentEpochs: 2,
  seeds: 3,
};

describe('over three seeds of a small network', () => {
  let result: ResultOf<typeof alignment.settings>;
  const config = makeConfig(alignment, 'quick', overrides);
  const counter = flopCounter(config.batch);

  beforeAll(async () => {
    result = await resultOf(alignment, 'quick', overrides, counter.look);
  }, 240_000);

  const means = (arm: string, name = 'accuracy'): number => mean(valuesOf(result, arm, name));

  test('a student learns from auxiliary logits; its control does not', () => {
    expect(means('student_aux')).toBeGreaterThan(2 * chance);
    expect(means('cross_aux')).toBeLessThan(2 * chance);
  });

  test("the student's gradient leans to the trait's on average, for every seed, and more than its control's", () => {
    for (const cosine of valuesOf(result, 'student_aux', 'cosine')) {
      expect(cosine).toBeGreaterThan(0);
      expect(cosine).toBeLessThan(0.1);
    }
    expect(means('student_aux', 'cosine')).toBeGreaterThan(means('cross_aux', 'cosine'));
    expect(means('student_aux', 'positive')).toBeGreaterThan(0.5);
  });

  test('there is a cosine a step, and they are what the mean is of', () => {
    const steps = config.studentEpochs * Math.ceil(config.noiseImages / config.batch);
    for (const { curves, values } of result.rows) {
      expect(curves.cosine).toHaveLength(steps);
      expect(mean(curves.cosine)).toBeCloseTo(values.cosine, 10);
      expect(Math.max(...curves.cosine.map(Math.abs))).toBeLessThanOrEqual(1);
    }
  });

  test("without the positive part along the trait's gradient nothing is transferred, at the same distillation loss", () => {
    expect(means('projected')).toBeLessThan(1.5 * chance);
    expect(means('projected', 'loss') / means('student_aux', 'loss')).toBeLessThan(1.1);
  });

  test('without the whole part, of either sign, less than half of the gain over chance is left', () => {
    expect(means('projected_whole') - chance).toBeLessThan((means('student_aux') - chance) / 2);
  });

  test('not reproduced: that liminal training mitigates; it neither stops the transfer nor lowers the alignment', () => {
    expect(means('liminal')).toBeGreaterThan(2 * chance);
    expect(means('liminal')).not.toBe(means('student_aux'));
    expect(means('liminal', 'cosine')).toBeGreaterThan(means('student_aux', 'cosine') / 2);
  });

  test('flops() counts what ran, within a tenth', () => {
    // a pupil's step has the loss's own gradient and the trait's
    const ran = counter.total((phase) => (phase === 'teacher' ? 1 : 2));
    expect(Math.abs(alignment.flops(config) / ran - 1)).toBeLessThan(0.1);
  });

  test('the finding comes from the numbers', () => {
    expect(alignment.finding(result)).toMatch(/leans weakly .* at the same loss/);
    const without: typeof result = {
      ...result,
      rows: result.rows.map((row) =>
        row.arm === 'student_aux'
          ? { ...row, values: { ...row.values, cosine: row.seed - 1, accuracy: chance } }
          : row,
      ),
    };
    expect(alignment.finding(without)).toMatch(/does not clearly lean .* still leaves/);
  });
});
