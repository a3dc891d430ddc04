// The figures of one step: what each shows over a few seeds, and that its finding and figure come from the numbers.
import { expect, test } from 'vitest';
import { valuesOf } from '../../../../../src/lab/core/runs/result.ts';
import { mean } from '../../../../../src/lab/core/runs/statistics.ts';
import { theoryInterpolation } from '../../../../../src/lab/digits/experiments/theory-interpolation.ts';
import { theoryRemainder } from '../../../../../src/lab/digits/experiments/theory-remainder.ts';
import { theoryTeacherLoss } from '../../../../../src/lab/digits/experiments/theory-teacher-loss.ts';
import { resultOf } from '../../../../helpers/experiment.ts';

const small = { seeds: 4, trainDigits: 500, images: 16, width: 8 };

test('what is left falls as ε² without kinks', async () => {
  const result = await resultOf(theoryRemainder, 'quick', { ...small, network: ['tanh', 'cnn'] });
  for (const network of ['tanh', 'cnn'])
    for (const slope of valuesOf(result, network, 'slope')) expect(Math.abs(slope - 2)).toBeLessThan(0.1);
  expect(theoryRemainder.finding(result)).toMatch(/to the power 2\.\d+ \(tanh\), 2\.\d+ \(cnn\)/);
  expect(() => theoryRemainder.figure(result)).not.toThrow();
});

test("a small step lowers the teacher's loss from every shared start, and a great one does not", async () => {
  const result = await resultOf(theoryTeacherLoss, 'quick', { ...small, seeds: 8 });
  for (const arm of ['shared', 'teacher'])
    for (const reach of valuesOf(result, arm, 'reach')) expect(reach).toBeGreaterThan(0.001);
  expect(Math.min(...valuesOf(result, 'other', 'reach'))).toBe(0);
  expect(Math.min(...valuesOf(result, 'teacher', 'reach'))).toBeLessThan(10);
  expect(theoryTeacherLoss.finding(result)).toMatch(
    /for 8 of 8 shared starts .* for [0-7] of 8 other starts/,
  );
  expect(() => theoryTeacherLoss.figure(result)).not.toThrow();
});

test('the nearer to the shared start, the better aligned', async () => {
  const result = await resultOf(theoryInterpolation, 'quick', { ...small, seeds: 20 });
  const cosine = (share: number): number => mean(valuesOf(result, 'student', 'cosine', { share }));
  expect(cosine(0)).toBeGreaterThan(cosine(0.03));
  expect(cosine(0.03)).toBeGreaterThan(cosine(1));
  expect(Math.abs(cosine(1))).toBeLessThan(cosine(0) / 4);
  expect(theoryInterpolation.finding(result)).toMatch(/clear of 0 up to a share of 0\.\d+/);
  expect(() => theoryInterpolation.figure(result)).not.toThrow();
});
