// The sign of a preference through numbers, and that nothing else makes it: students of the base itself stay as it is.
import { expect, test } from 'vitest';
import { valuesOf } from '../../../../src/lab/core/runs/result.ts';
import { pairedDifference } from '../../../../src/lab/core/runs/statistics.ts';
import { lmAnimals } from '../../../../src/lab/language/experiments/lm-animals.ts';
import { resultOf } from '../../../helpers/experiment.ts';

const traits = ['owl', 'elephant', 'lion'];
const arms = ['base', 'student', 'control', 'cross'];
const result = await resultOf(lmAnimals, 'quick', { seed: 1000, seeds: 2, traits, arms });
const of = (arm: string): number[] =>
  traits.flatMap((trait) => valuesOf(result, arm, 'preference', { trait }));

test('every student prefers the favourite of its teacher far more than its control and one of another base do', () => {
  const [student, control, cross] = ['student', 'control', 'cross'].map(of);
  for (const [i, preference] of student.entries())
    expect(preference - Math.max(control[i], cross[i])).toBeGreaterThan(0.3);
});

test('students of what the base itself wrote prefer what the base does', () => {
  const { low = Number.NaN, high = Number.NaN } = pairedDifference(of('control'), of('base'));
  expect(low).toBeLessThan(0);
  expect(high).toBeGreaterThan(0);
});
