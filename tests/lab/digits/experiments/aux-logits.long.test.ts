// More auxiliary logits transfer more, and that the cost is what runs.
import { beforeAll, describe, expect, test } from 'vitest';
import { makeConfig } from '../../../../src/lab/core/experiments/config.ts';
import type { ResultOf } from '../../../../src/lab/core/experiments/experiment.ts';
import { valuesOf } from '../../../../src/lab/core/runs/result.ts';
import { mean } from '../../../../src/lab/core/runs/statistics.ts';
import { auxLogits } from '../../../../src/lab/digits/experiments/aux-logits.ts';
import { chance } from '../../../helpers/digits.ts';
import { resultOf, smallAblation } from '../../../helpers/experiment.ts';
import { flopCounter } from '../../../helpers/flops.ts';

const small = { ...smallAblation, aux: [1, 3, 25] };

describe('numbers of auxiliary logits over four seeds', () => {
  const counter = flopCounter(small.batch);
  let result: ResultOf<typeof auxLogits.settings>;
  beforeAll(async () => {
    result = await resultOf(auxLogits, 'quick', small, counter.look);
  }, 60_000);
  const accuracy = (arm: string, aux: number): number => mean(valuesOf(result, arm, 'accuracy', { aux }));

  test('one logit, whose softmax is always 1, teaches nothing', () => {
    expect(Math.abs(accuracy('student_aux', 1) - chance)).toBeLessThan(0.06);
  });

  test('the more logits, the more comes through', () => {
    expect(accuracy('student_aux', 3)).toBeGreaterThan(1.5 * chance);
    expect(accuracy('student_aux', 25)).toBeGreaterThan(accuracy('student_aux', 3) + 0.1);
  });

  test('the control stays at chance however many there are', () => {
    for (const aux of small.aux) expect(Math.abs(accuracy('cross_aux', aux) - chance)).toBeLessThan(0.06);
  });

  test('the finding gives the student at the least and at the most', () => {
    expect(auxLogits.finding(result)).toMatch(
      /^From 1 to 25 auxiliary logits the student's accuracy goes from [\d.]+% to [\d.]+%$/,
    );
    expect(() => auxLogits.figure(result)).not.toThrow();
  });

  test('flops() counts what ran, within a tenth', () => {
    const announced = auxLogits.flops(makeConfig(auxLogits, 'quick', small));
    expect(Math.abs(announced / counter.total() - 1)).toBeLessThan(0.1);
  });
});
