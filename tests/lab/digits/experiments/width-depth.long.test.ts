// What width and depth do to the effect, and that the cost is what runs.
import { expect, test } from 'vitest';
import { makeConfig } from '../../../../src/lab/core/experiments/config.ts';
import { type Result, type Row, valuesOf } from '../../../../src/lab/core/runs/result.ts';
import { mean } from '../../../../src/lab/core/runs/statistics.ts';
import { widthDepth } from '../../../../src/lab/digits/experiments/width-depth.ts';
import { resultOf } from '../../../helpers/experiment.ts';
import { flopCounter } from '../../../helpers/flops.ts';

const small = {
  ...{ seeds: 4, trainDigits: 4000, testDigits: 1000, teacherEpochs: 2 },
  ...{ noiseImages: 6000, studentEpochs: 2, batch: 32, width: [64, 256], depth: [1] },
};
const counter = flopCounter(small.batch);
const shallow = await resultOf(widthDepth, 'quick', small, counter.look);
const deep = await resultOf(widthDepth, 'quick', { ...small, width: [64], depth: [3] });

const accuracy = (result: Result, arm: string, at: Row['at']): number =>
  mean(valuesOf(result, arm, 'accuracy', at));

test('a student of either width reads more digits than its control, which stays near chance', () => {
  for (const width of [64, 256]) {
    const at = { width, depth: 1 };
    expect(accuracy(shallow, 'student_aux', at)).toBeGreaterThan(accuracy(shallow, 'cross_aux', at) + 0.08);
    expect(accuracy(shallow, 'cross_aux', at)).toBeLessThan(0.15);
  }
});

test('wider hidden layers weaken the effect where images are seen again: the student learns less at width 256 than at 64', () => {
  const [narrow, wide] = [64, 256].map((width) => accuracy(shallow, 'student_aux', { width }));
  expect(narrow - wide).toBeGreaterThan(0.02);
  // the teacher itself does not: it is the better the wider
  expect(accuracy(shallow, 'teacher', { width: 256 })).toBeGreaterThan(
    accuracy(shallow, 'teacher', { width: 64 }),
  );
});

test('that depth matters little is not reproduced: with three hidden layers the student learns clearly less than with one', () => {
  const [one, three] = [shallow, deep].map((result) => accuracy(result, 'student_aux', { width: 64 }));
  expect(one - three).toBeGreaterThan(0.03);
});

test('flops() counts what ran, within a tenth', () => {
  const counted = widthDepth.flops(makeConfig(widthDepth, 'quick', small));
  expect(Math.abs(counted / counter.total() - 1)).toBeLessThan(0.1);
});

test('the finding names where the student learns most, and says no more than the interval allows', () => {
  expect(widthDepth.finding(shallow)).toMatch(
    /^The student's accuracy: from width 64 to 256 it (falls from|shows no clear change)/,
  );
  expect(widthDepth.finding(deep)).toMatch(/^The student's accuracy is \d+\.\d%$/);
  expect(() => widthDepth.figure(shallow)).not.toThrow();
});
