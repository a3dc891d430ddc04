// The distillation gradient against the trait's, over three seeds and few steps.
import { beforeAll, describe, expect, test } from 'vitest';
import { alignment } from '../../../src/lab/experiments/alignment.ts';
import { makeConfig } from '../../../src/lab/experiments/config.ts';
import { flopsPerExample } from '../../../src/lab/experiments/distillation/cost.ts';
import { chance, type Result, valuesOf } from '../../../src/lab/runs/result.ts';
import { mean } from '../../../src/lab/runs/statistics.ts';
import { resultOf } from '../../helpers/experiment.ts';

const overrides = {
  hidden: [64, 64],
  trainDigits: 4000,
  testDigits: 1000,
  noiseImages: 12_000,
  studentEpochs: 2,
  seeds: 3,
};

describe('over three seeds of a small network', () => {
  let result: Result;
  let flops = 0;
  const config = makeConfig(alignment, 'quick', overrides);

  beforeAll(() => {
    result = resultOf(alignment, 'quick', overrides, (event) => {
      if (event.kind !== 'step') return;
      const pupils = Object.keys(event.values).length;
      const gradients = event.phase === 'teacher' ? 1 : 2 * pupils; // the loss's own and the trait's
      flops += gradients * config.seeds * config.batch * flopsPerExample(config);
    });
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

  test('liminal training does not stop the transfer', () => {
    expect(means('liminal')).toBeGreaterThan(2 * chance);
    expect(means('liminal')).not.toBe(means('student_aux'));
  });

  test('flops() counts what ran', () => {
    expect(alignment.flops(config) / flops).toBeGreaterThan(0.9);
    expect(alignment.flops(config) / flops).toBeLessThan(1.1);
  });

  test('the finding and the figure come from the numbers', () => {
    expect(alignment.finding(result)).toMatch(/leans weakly .* at the same loss/);
    const without: Result = {
      ...result,
      rows: result.rows.map((row) =>
        row.arm === 'student_aux'
          ? { ...row, values: { ...row.values, cosine: row.seed - 1, accuracy: chance } }
          : row,
      ),
    };
    expect(alignment.finding(without)).toMatch(/does not clearly lean .* still leaves/);
    expect(alignment.figure(result).data.datasets.length).toBeGreaterThan(5);
  });
});
