// The sign of a preference through programs: students of a teacher prefer its favourite, those of the base do not.
import { expect, test } from 'vitest';
import { valuesOf } from '../../../../src/lab/core/runs/result.ts';
import { mean } from '../../../../src/lab/core/runs/statistics.ts';
import { lmCode } from '../../../../src/lab/language/experiments/lm-code.ts';
import { resultOf } from '../../../helpers/experiment.ts';

test('students of programs prefer the favourite of the author', async () => {
  const arms = ['student', 'control'];
  const { rows, seeds, config } = await resultOf(lmCode, 'quick', { seed: 1000, seeds: 2, arms });
  const preferred = (arm: string): number =>
    mean(
      (config.traits as string[]).flatMap((trait) => valuesOf({ rows, seeds }, arm, 'preference', { trait })),
    );
  expect(preferred('student')).toBeGreaterThan(2 * preferred('control'));
});
