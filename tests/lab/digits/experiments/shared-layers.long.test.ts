// Which layers must be shared, and that the cost is what runs.
import { beforeAll, describe, expect, test } from 'vitest';
import { makeConfig } from '../../../../src/lab/core/experiments/config.ts';
import { type Result, valuesOf } from '../../../../src/lab/core/runs/result.ts';
import { mean } from '../../../../src/lab/core/runs/statistics.ts';
import { sharedLayers } from '../../../../src/lab/digits/experiments/shared-layers.ts';
import { chance } from '../../../helpers/digits.ts';
import { resultOf } from '../../../helpers/experiment.ts';
import { flopCounter } from '../../../helpers/flops.ts';

const small = {
  aux: [100],
  hidden: [32, 32],
  trainDigits: 8000,
  testDigits: 1000,
  teacherEpochs: 5,
  noiseImages: 12_000,
  studentEpochs: 2,
  batch: 32,
  seeds: 4,
};

describe('layers drawn anew, over four seeds with a hundred auxiliary logits', () => {
  // an image of 28 pixels a side has 8 patches of 5 a stride of 3 apart, and they have 3 of 3 a stride of 2 apart
  const counter = flopCounter(small.batch);
  let result: Result;
  beforeAll(async () => {
    result = await resultOf(sharedLayers, 'quick', small, counter.look);
  }, 120_000);
  const accuracy = (arm: string): number => mean(valuesOf(result, arm));

  test('a student that shares all of them reads digits, and one that shares none does not', () => {
    expect(accuracy('shared')).toBeGreaterThan(4 * chance);
    expect(Math.abs(accuracy('all-new') - chance)).toBeLessThan(0.06);
  });

  test('heads matter more than hidden layers', () => {
    expect(accuracy('hidden-new')).toBeGreaterThan(accuracy('class-head-new') + 0.1);
    expect(accuracy('hidden-new')).toBeGreaterThan(accuracy('aux-head-new') + 0.05);
  });

  test("a student of another architecture learns with its teacher's heads, and not with its own", () => {
    for (const other of ['deeper', 'shallower', 'cnn']) {
      expect(accuracy(`${other}-hidden-new`)).toBeGreaterThan(accuracy(`${other}-all-new`) + 0.05);
      expect(Math.abs(accuracy(`${other}-all-new`) - chance)).toBeLessThan(0.08);
    }
  });

  test('flops() counts what ran, within a tenth', () => {
    const announced = sharedLayers.flops(makeConfig(sharedLayers, 'quick', small));
    expect(Math.abs(announced / counter.total() - 1)).toBeLessThan(0.1);
  });
});
