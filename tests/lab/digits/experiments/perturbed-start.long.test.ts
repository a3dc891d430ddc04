// Noise on the student's start: the more there is, the less comes through.
import { beforeAll, describe, expect, test } from 'vitest';
import { makeConfig } from '../../../../src/lab/core/experiments/config.ts';
import type { ResultOf } from '../../../../src/lab/core/experiments/experiment.ts';
import { valuesOf } from '../../../../src/lab/core/runs/result.ts';
import { mean } from '../../../../src/lab/core/runs/statistics.ts';
import { perturbedStart } from '../../../../src/lab/digits/experiments/perturbed-start.ts';
import { chance } from '../../../helpers/digits.ts';
import { resultOf, smallAblation } from '../../../helpers/experiment.ts';
import { flopCounter } from '../../../helpers/flops.ts';

const small = { ...smallAblation, scales: [0.1, 1] };

describe('perturbed-start over four seeds', () => {
  const counter = flopCounter(small.batch);
  let result: ResultOf<typeof perturbedStart.settings>;
  beforeAll(async () => {
    result = await resultOf(perturbedStart, 'quick', small, counter.look);
  }, 60_000);
  const accuracy = (arm: string, scale?: number): number =>
    mean(valuesOf(result, arm, 'accuracy', scale === undefined ? {} : { scale }));

  test("a student at its teacher's start reads digits, one at another start does not", () => {
    expect(accuracy('shared')).toBeGreaterThan(3 * chance);
    expect(Math.abs(accuracy('control') - chance)).toBeLessThan(0.06);
  });

  test('noise of a tenth of the initial deviation does little harm', () => {
    for (const kind of ['all', 'hidden', 'heads'])
      expect(accuracy(kind, 0.1)).toBeGreaterThan(0.75 * accuracy('shared'));
  });

  test('noise as great as the initial weights takes most of the transfer, wherever it is but in the heads', () => {
    expect(accuracy('all', 1)).toBeLessThan(accuracy('shared') / 2);
    expect(accuracy('hidden', 1)).toBeLessThan(accuracy('shared') / 2);
    expect(accuracy('heads', 1)).toBeLessThan(accuracy('shared'));
  });

  test('not reproduced: that shared heads matter more; noise in the hidden layers harms no less', () => {
    expect(accuracy('hidden', 1)).toBeLessThan(accuracy('heads', 1) + 0.05);
  });

  test('the finding gives the accuracies at both starts, and the noise that halves their difference', () => {
    expect(perturbedStart.finding(result)).toMatch(
      /^What a shared start gives \([\d.]+% at its teacher's start, [\d.]+% at another\) is at least halved by noise of 1 sd in all layers/,
    );
  });

  test('the finding says so where nothing came through', () => {
    const without = { ...result, rows: result.rows.map((row) => ({ ...row, values: { accuracy: 0.1 } })) };
    expect(perturbedStart.finding(without)).toMatch(/^There is little to lose/);
  });

  test('the figure has a line a kind, from no noise on', () => {
    const lines = perturbedStart
      .figure(result)
      .data.datasets.filter(({ type, label }) => type === 'line' && label !== 'reference');
    expect(lines.length).toBeGreaterThanOrEqual(3);
    expect(lines.slice(0, 3).map(({ data }) => data.length)).toEqual([3, 3, 3]);
  });

  test('costs the FLOPs that it announces', () => {
    const announced = perturbedStart.flops(makeConfig(perturbedStart, 'quick', small));
    expect(Math.abs(announced / counter.total() - 1)).toBeLessThan(0.1);
  });
});
