// The transfer under each loss, and under SGD: it needs the shared start whichever it is.
import { beforeAll, describe, expect, test } from 'vitest';
import { makeConfig } from '../../../../src/lab/core/experiments/config.ts';
import type { ResultOf } from '../../../../src/lab/core/experiments/experiment.ts';
import { valuesOf } from '../../../../src/lab/core/runs/result.ts';
import { mean } from '../../../../src/lab/core/runs/statistics.ts';
import { losses } from '../../../../src/lab/digits/experiments/losses.ts';
import { chance } from '../../../helpers/digits.ts';
import { resultOf, smallAblation } from '../../../helpers/experiment.ts';
import { flopCounter } from '../../../helpers/flops.ts';

const small = { ...smallAblation, temperatures: [1, 5] };

describe('losses over four seeds', () => {
  const counter = flopCounter(small.batch);
  let result: ResultOf<typeof losses.settings>;
  beforeAll(async () => {
    result = await resultOf(losses, 'quick', small, counter.look);
  }, 60_000);
  const accuracy = (arm: string, loss: string): number => mean(valuesOf(result, arm, 'accuracy', { loss }));

  test.each(['kl-1', 'kl-5', 'squared-logits', 'squared-units', 'kl-1-sgd'])(
    'a student that shares its start reads digits by %s, and its control does not',
    (loss) => {
      expect(accuracy('student', loss)).toBeGreaterThan(3 * chance);
      expect(Math.abs(accuracy('control', loss) - chance)).toBeLessThan(0.06);
    },
  );

  test('the finding counts the ways in which students beat their controls', () => {
    expect(losses.finding(result)).toMatch(
      /^Students beat their controls \([\d.]+% at most\) in 5 of 5 ways/,
    );
  });

  test('the finding says so where no student beats its control', () => {
    const without = { ...result, rows: result.rows.map((row) => ({ ...row, values: { accuracy: 0.1 } })) };
    expect(losses.finding(without)).toMatch(/^No loss and no optimiser/);
  });

  test('costs the FLOPs that it announces', () => {
    const announced = losses.flops(makeConfig(losses, 'quick', small));
    expect(Math.abs(announced / counter.total() - 1)).toBeLessThan(0.1);
  });
});
