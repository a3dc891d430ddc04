import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mean, standardDeviation, studentT, summarize, wilson } from '../../../src/lab/runs/statistics.ts';

describe('mean and standardDeviation', () => {
  test('give those of a worked example', () => {
    expect(mean([2, 4, 4, 4, 5, 5, 7, 9])).toBe(5);
    expect(standardDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7), 12);
  });

  test('one value has no deviation', () => {
    expect(standardDeviation([3])).toBeNaN();
  });
});

describe('studentT', () => {
  // Tables of the t distribution; one degree of freedom is Cauchy's, two have a closed form.
  test.each([
    [1, Math.tan(Math.PI * 0.475)],
    [2, 4.302653],
    [4, 2.776445],
    [9, 2.262157],
    [24, 2.063899],
    [999, 1.962341],
  ])('the 0.975 quantile for %i degrees of freedom is the published one', (degrees, published) => {
    expect(studentT(0.975, degrees)).toBeCloseTo(published, 5);
  });
});

describe('wilson', () => {
  test('gives the published interval for 8 of 10', () => {
    const { low, high } = wilson(0.8, 10);
    expect(low).toBeCloseTo(0.4902, 4);
    expect(high).toBeCloseTo(0.9433, 4);
  });

  test('gives the published interval for 81 of 263', () => {
    // Newcombe 1998, table I, method 3.
    const { low, high } = wilson(81 / 263, 263);
    expect(low).toBeCloseTo(0.2553, 4);
    expect(high).toBeCloseTo(0.3662, 4);
  });

  test('gives the published intervals for none of 20 and for all of 20', () => {
    expect(wilson(0, 20).low).toBe(0);
    expect(wilson(0, 20).high).toBeCloseTo(0.1611, 4);
    expect(wilson(1, 20).low).toBeCloseTo(0.8389, 4);
    expect(wilson(1, 20).high).toBe(1);
  });

  test('holds the proportion and stays within 0 and 1', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (trials, share) => {
          const p = Math.round(share * trials) / trials;
          const { low, high } = wilson(p, trials);
          expect(0 <= low && low <= p + 1e-12 && p - 1e-12 <= high && high <= 1).toBe(true);
        },
      ),
    );
  });
});

describe('summarize', () => {
  test('takes the t interval over three seeds', () => {
    // sd 0.1, so 4.302653 · 0.1 / √3 on either side
    const { mean: centre, low, high, method } = summarize([0.4, 0.5, 0.6], 2000);
    expect(method).toBe('t');
    expect(centre).toBeCloseTo(0.5, 12);
    expect(low).toBeCloseTo(0.5 - 0.2484138, 6);
    expect(high).toBeCloseTo(0.5 + 0.2484138, 6);
  });

  test('takes the Wilson interval for one seed', () => {
    expect(summarize([0.8], 10)).toEqual({ mean: 0.8, ...wilson(0.8, 10), method: 'wilson' });
  });

  test('equal seeds leave an interval without width', () => {
    expect(summarize([0.25, 0.25, 0.25])).toEqual({ mean: 0.25, low: 0.25, high: 0.25, method: 't' });
  });

  test.each<[string, number[], number | undefined, RegExp]>([
    ['no value', [], 10, /there is no value/],
    ['a value that is no number', [0.5, Number.NaN], 10, /NaN is among the values/],
    ['a single value without trials', [0.5], undefined, /needs its number of trials/],
    ['a single value that is no proportion', [1.5], 10, /must be a proportion, not 1.5/],
  ])('refuses %s', (_, values, trials, reason) => {
    expect(() => summarize(values, trials)).toThrow(reason);
  });
});
