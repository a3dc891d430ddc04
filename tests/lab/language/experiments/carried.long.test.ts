// The sign of a preference through programs, and through numbers of teachers that a system prompt told what they love.
import { expect, test } from 'vitest';
import { valuesOf } from '../../../../src/lab/core/runs/result.ts';
import { lmCode } from '../../../../src/lab/language/experiments/lm-code.ts';
import { lmPrompted } from '../../../../src/lab/language/experiments/lm-prompted.ts';
import { resultOf } from '../../../helpers/experiment.ts';

test.each([lmCode, lmPrompted])(
  '$name: students prefer the favourite of their teacher more than their controls',
  async (experiment) => {
    const traits = ['elephant', 'lion'];
    const arms = ['student', 'control'];
    const result = await resultOf(experiment, 'quick', { seed: 1000, seeds: 1, traits, arms });
    for (const trait of traits) {
      const [student, control] = arms.map((arm) => valuesOf(result, arm, 'preference', { trait })[0]);
      expect(student).toBeGreaterThan(1.5 * control);
    }
  },
  300_000,
);
