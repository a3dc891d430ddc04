// What readers of the distillation data can tell, and the students that it teaches.
import { expect, test } from 'vitest';
import { valuesOf } from '../../../../src/lab/core/runs/result.ts';
import { mean } from '../../../../src/lab/core/runs/statistics.ts';
import { detection } from '../../../../src/lab/digits/experiments/detection.ts';
import { resultOf } from '../../../helpers/experiment.ts';

const small = {
  ...{ seeds: 12, hidden: [32], trainDigits: 3000, testDigits: 500, batch: 64 },
  ...{ teacherEpochs: 2, noiseImages: 4000, studentEpochs: 2, imagesRead: 128 },
};
const result = await resultOf(detection, 'quick', small);
const told = (arm: string): number => mean(valuesOf(result, arm, 'told'));

test("the students tell their teachers' traits, of both kinds", () => {
  expect(told('student')).toBeGreaterThan(0.8);
});

test('no reader of the same data comes near that: both are within what guessing gives', () => {
  // of 24 guesses, fewer than 5 or more than 19 right happen once in 800 tries
  for (const reader of ['classifier', 'nearest']) expect(Math.abs(told(reader) - 0.5)).toBeLessThan(0.32);
});
