// A student's way against its teacher's, over three seeds and few steps.
import { beforeAll, describe, expect, test } from 'vitest';
import { makeConfig } from '../../../../src/lab/core/experiments/config.ts';
import type { ResultOf } from '../../../../src/lab/core/experiments/experiment.ts';
import { valuesOf } from '../../../../src/lab/core/runs/result.ts';
import { mean } from '../../../../src/lab/core/runs/statistics.ts';
import { theorySteps } from '../../../../src/lab/digits/experiments/theory-steps.ts';
import { resultOf } from '../../../helpers/experiment.ts';
import { flopCounter } from '../../../helpers/flops.ts';

const overrides = {
  hidden: [32, 32],
  trainDigits: 4000,
  testDigits: 500,
  noiseImages: 4096,
  studentEpochs: 3,
  logitDigits: 50,
  kernelDigits: 6,
  points: 20,
  seeds: 3,
};

describe('over three seeds of a small network', () => {
  let result: ResultOf<typeof theorySteps.settings>;
  const config = makeConfig(theorySteps, 'quick', overrides);
  const counter = flopCounter(config.batch);

  beforeAll(async () => {
    result = await resultOf(theorySteps, 'quick', overrides, counter.look);
  }, 240_000);

  const means = (arm: string, name: string): number => mean(valuesOf(result, arm, name));

  test('a student goes its teacher’s way, step by step and on the whole; its control does not', () => {
    for (const cosine of valuesOf(result, 'student_aux', 'displacement')) expect(cosine).toBeGreaterThan(0.2);
    for (const share of valuesOf(result, 'student_aux', 'updatesTowards')) expect(share).toBeGreaterThan(0.9);
    expect(Math.abs(means('cross_aux', 'displacement'))).toBeLessThan(0.1);
    expect(means('cross_aux', 'update')).toBeLessThan(means('student_aux', 'update') / 2);
  });

  test('it comes nearer to the teacher in parameters, class logits and kernel', () => {
    for (const name of ['parameters', 'logits']) expect(means('student_aux', name)).toBeLessThan(1);
    expect(means('student_aux', 'kernel')).toBeLessThan(means('student_aux', 'kernelBefore'));
    expect(means('cross_aux', 'parameters')).toBeGreaterThan(1.5); // two starts are far from each other
    expect(means('cross_aux', 'logits')).toBeGreaterThan(0.95);
  });

  test('curves have the points that were asked for, kernels one an epoch and one before', () => {
    for (const { curves } of result.rows) {
      for (const name of ['displacement', 'update', 'parameters', 'logits'])
        expect(curves[name]).toHaveLength(config.points);
      expect(curves.kernel).toHaveLength(config.studentEpochs + 1);
      expect(curves.kernel.every((distance) => distance >= 0 && distance <= 1)).toBe(true);
    }
    const { curves } = result.rows[0];
    expect(curves.displacement[0]).toBeLessThan(curves.displacement[config.points - 1]);
  });

  test('flops() counts the training that ran, and somewhat more for what is measured', () => {
    const ratio = theorySteps.flops(config) / counter.total();
    expect(ratio).toBeGreaterThan(1);
    expect(ratio).toBeLessThan(1.5);
  });

  test('the finding comes from the numbers', () => {
    expect(theorySteps.finding(result)).toMatch(/cosine 0\.\d\d \(control −?0\.0\d\)/);
  });
});
