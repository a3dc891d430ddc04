// The search for the largest step.
import { describe, expect, test } from 'vitest';
import { largestSteps } from '../../../../src/lab/experiments/theory/largest.ts';

describe('largestSteps', () => {
  test('encloses each limit, within a sixteenth of a doubling', () => {
    const limits = [3, 0.0123, 700];
    const found = largestSteps((steps) => steps.map((step, i) => step < limits[i]), [1e-3, 1e-3, 1e-2]);
    found.forEach(({ holds, fails }, i) => {
      expect(holds).toBeLessThan(limits[i]);
      expect(fails).toBeGreaterThanOrEqual(limits[i]);
      expect(fails / holds).toBeLessThan(1 + 1 / 15);
    });
  });

  test('says 0 where the first step fails, and ∞ where none does', () => {
    expect(largestSteps((steps) => steps.map((_, i) => i === 1), [1, 1], 3)).toEqual([
      { holds: 0, fails: 1 },
      { holds: 8, fails: Number.POSITIVE_INFINITY },
    ]);
  });

  test('stops at the first failure, though it holds again beyond', () => {
    const [{ holds, fails }] = largestSteps(([step]) => [step < 5 || step > 10], [1]);
    expect([holds, fails]).toEqual([4.75, 5]);
  });
});
