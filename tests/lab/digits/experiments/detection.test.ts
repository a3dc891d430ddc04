// Readers of the distillation data and the students that it teaches, and that the cost is what runs.
import { expect, test } from 'vitest';
import { add, mul, random, tensor } from '../../../../src/index.ts';
import { makeConfig } from '../../../../src/lab/core/experiments/config.ts';
import { valuesOf } from '../../../../src/lab/core/runs/result.ts';
import { mean } from '../../../../src/lab/core/runs/statistics.ts';
import { classify, detection, nearest } from '../../../../src/lab/digits/experiments/detection.ts';
import { resultOf } from '../../../helpers/experiment.ts';
import { flopCounter } from '../../../helpers/flops.ts';

const small = {
  ...{ seeds: 12, hidden: [32], trainDigits: 3000, testDigits: 500, batch: 64 },
  ...{ teacherEpochs: 2, noiseImages: 4000, studentEpochs: 2, imagesRead: 128 },
};
const config = makeConfig(detection, 'quick', small);
const counter = flopCounter(config.batch);
const result = await resultOf(detection, 'quick', small, (event) => {
  counter.look(event);
});
const told = (arm: string): number => mean(valuesOf(result, arm, 'told'));

test("the students tell their teachers' traits, of both kinds", () => {
  expect(told('student')).toBeGreaterThan(0.8);
});

test('no reader of the same data comes near that: both are within what guessing gives', () => {
  // of 24 guesses, fewer than 5 or more than 19 right happen once in 800 tries
  for (const reader of ['classifier', 'nearest']) expect(Math.abs(told(reader) - 0.5)).toBeLessThan(0.32);
});

test('both readers do tell a trait that the data shows, of teachers that they did not see', () => {
  const teachers = 30;
  const noise = random.normal(random.key('features'), [2 * teachers, 20]);
  const truth = Array.from({ length: 2 * teachers }, (_, i) => Number(i >= teachers));
  const shown = add(noise, mul(tensor(truth.map((trait) => [3 * trait])), 1));
  for (const read of [classify, nearest]) {
    const right = read(shown, truth).filter((guess, i) => guess === truth[i]).length;
    expect(right / truth.length).toBeGreaterThan(0.9);
    const lucky = read(noise, truth).filter((guess, i) => guess === truth[i]).length;
    expect(lucky / truth.length).toBeLessThan(0.75);
  }
});

test('flops() counts what ran, within a tenth', () => {
  expect(Math.abs(detection.flops(config) / counter.total() - 1)).toBeLessThan(0.1);
});

test('no more images can be read than there are', () => {
  expect(() => makeConfig(detection, 'quick', { imagesRead: 9000 })).toThrow(
    '--images-read 9000: a reader has at most the 8000 of --noise-images',
  );
});
