import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  intervalsAgree,
  mean,
  pairedDifference,
  rankCorrelation,
  standardDeviation,
  studentT,
  summarize,
  wilson,
} from '../../../../src/lab/core/runs/statistics.ts';
import { generator } from '../../../helpers/draws.ts';
import { runs } from '../../../helpers/long.ts';

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

describe('intervalsAgree', () => {
  const around = (low: number, high: number) => ({ low, high });

  test.each([
    [around(0, 2), around(1, 3), true],
    [around(0, 9), around(4, 5), true],
    [around(0, 1), around(1, 2), true],
    [around(0, 1), around(1.001, 2), false],
  ])('of %o and %o is %s, in either order', (a, b, agree) => {
    expect(intervalsAgree(a, b)).toBe(agree);
    expect(intervalsAgree(b, a)).toBe(agree);
  });
});

describe('pairedDifference', () => {
  /** p of the sign-flip test of whole numbers, from the distribution of their sum, found by convolution. */
  function enumerated(differences: readonly number[]): number {
    const most = differences.reduce((sum, d) => sum + Math.abs(d), 0);
    let share = new Float64Array(2 * most + 1);
    share[most] = 1;
    for (const d of differences) {
      const next = new Float64Array(share.length);
      share.forEach((s, i) => {
        if (s === 0) return;
        next[i + d] += s / 2;
        next[i - d] += s / 2;
      });
      share = next;
    }
    const seen = Math.abs(differences.reduce((sum, d) => sum + d, 0));
    return share.reduce((p, s, i) => (Math.abs(i - most) >= seen ? p + s : p), 0);
  }

  /** Accuracies on 10,000 digits that differ by whole numbers of digits, around `shift` of them. */
  function accuracies(n: number, shift: number, seed: number) {
    const next = generator(seed);
    const differences = Array.from({ length: n }, () => Math.round(shift + 200 * (next() - 0.5)));
    const base = differences.map(() => 2000 + Math.floor(5000 * next()));
    return {
      differences,
      a: base.map((digits, i) => (digits + differences[i]) / 10_000),
      b: base.map((digits) => digits / 10_000),
    };
  }

  test('of three pairs is worked out by hand', () => {
    // differences 0.1, 0.2, 0.3; only +++ and −−− of the eight choices reach 0.6
    const { mean: centre, low, high, p } = pairedDifference([0.5, 0.6, 0.7], [0.4, 0.4, 0.4]);
    expect(p).toBe(2 / 8);
    expect(centre).toBeCloseTo(0.2, 12);
    expect(low).toBeCloseTo(0.2 - 0.2484138, 6);
    expect(high).toBeCloseTo(0.2 + 0.2484138, 6);
  });

  // permutation_test((a, b), lambda x, y, axis: np.mean(x - y, axis=axis), permutation_type='samples',
  // n_resamples=np.inf) and ttest_rel(a, b).confidence_interval(.95) of SciPy 1.17.1
  test.each<[string, number[], number[], number[]]>([
    [
      'five pairs, two of them equal',
      [0.8, 0.6, 0.9, 0.7, 0.5],
      [0.5, 0.6, 0.4, 0.8, 0.5],
      [0.14, -0.17165519010507038, 0.4516551901050704, 0.5],
    ],
    [
      'ten pairs',
      [0.512, 0.387, 0.641, 0.455, 0.703, 0.298, 0.577, 0.436, 0.619, 0.521],
      [0.101, 0.402, 0.398, 0.512, 0.344, 0.297, 0.488, 0.405, 0.377, 0.601],
      [0.1224, -0.004754430119657052, 0.2495544301196571, 0.072265625],
    ],
    [
      'eighteen pairs with ties',
      Array.from({ length: 18 }, (_, i) => ((i * 7 + 3) % 19) / 19 + 0.1),
      Array.from({ length: 18 }, (_, i) => ((i * 5 + 11) % 19) / 19),
      [0.0736842105263158, -0.1821685094142818, 0.3295369304669134, 0.5503311157226562],
    ],
  ])('of %s is what SciPy says', (_, a, b, [centre, low, high, p]) => {
    const found = pairedDifference(a, b);
    expect(found.p).toBe(p);
    expect(found.mean).toBeCloseTo(centre, 12);
    expect(found.low).toBeCloseTo(low, 7);
    expect(found.high).toBeCloseTo(high, 7);
  });

  test('tries every choice of signs for up to 40 pairs', () => {
    for (const [n, shift] of [
      [2, 30],
      [7, 30],
      [25, 20],
      [39, 10],
      [40, 30],
    ]) {
      const { differences, a, b } = accuracies(n, shift, n);
      const expected = enumerated(differences);
      expect(Math.abs(pairedDifference(a, b).p / expected - 1)).toBeLessThan(1e-12);
      expect(pairedDifference(b, a).p).toBe(pairedDifference(a, b).p);
    }
  });

  test('sees the least p that there can be, for 25 pairs and for 40', () => {
    for (const n of [25, 40]) {
      const a = Array.from({ length: n }, (_, i) => 0.5 + i / 100);
      expect(
        pairedDifference(
          a,
          a.map(() => 0.1),
        ).p,
      ).toBe(2 ** (1 - n));
    }
  });

  test('draws signs for more than 40 pairs, to within the error of 65,536 draws and always the same', () => {
    for (const [n, shift] of [
      [41, 10],
      [64, 15],
      [100, 5],
    ]) {
      const { differences, a, b } = accuracies(n, shift, n);
      const expected = enumerated(differences);
      const { p } = pairedDifference(a, b);
      expect(Math.abs(p - expected)).toBeLessThan(4 * Math.sqrt((expected * (1 - expected)) / 2 ** 16));
      expect(pairedDifference(a, b).p).toBe(p);
    }
  });

  test('never gives a p of 0', () => {
    const a = Array.from({ length: 50 }, (_, i) => 0.5 + i / 100);
    const { p } = pairedDifference(
      a,
      a.map(() => 0.1),
    );
    expect(p).toBe(1 / (2 ** 16 + 1));
  });

  test('counts what rounding alone keeps apart as equal', () => {
    // 0.3 − 0.2 and 0.8 − 0.7 differ in their last bits; half of the choices give ±0.2, the others 0
    expect(pairedDifference([0.3, 0.8, 0.7], [0.2, 0.7, 0.7]).p).toBe(0.5);
    // 0.1 + 0.2 − 0.3 is 0 but for rounding, so every choice is as far from 0
    expect(pairedDifference([0.1, 0.2, 0], [0, 0, 0.3]).p).toBe(1);
  });

  test('of equal lists is 0, and chance explains it', () => {
    const a = [0.25, 0.5, 0.75];
    expect(pairedDifference(a, a)).toEqual({ mean: 0, low: 0, high: 0, p: 1 });
  });

  test('of a single pair has no interval, and chance explains it', () => {
    expect(pairedDifference([0.75], [0.25])).toEqual({ mean: 0.5, low: undefined, high: undefined, p: 1 });
  });

  test.each<[string, number[], number[], string]>([
    ['lists of different lengths', [1, 2], [1], '2 values and 1 do not pair; give one a seed'],
    ['no pair', [], [], 'there is no value'],
    ['a value that is no number', [1, 2], [1, Number.NaN], 'NaN is among the values'],
  ])('refuses %s', (_, a, b, reason) => {
    expect(() => pairedDifference(a, b)).toThrow(new RangeError(`pairedDifference: ${reason}`));
  });
});

describe('the correlation of ranks', () => {
  test('is 1 for what rises together, however bent, and −1 for what falls', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: -50, max: 50 }), { minLength: 2 }), (values) => {
        expect(rankCorrelation(values, values.map(Math.atan))).toBeCloseTo(1, 12);
        expect(
          rankCorrelation(
            values,
            values.map((value) => -(value ** 3)),
          ),
        ).toBeCloseTo(-1, 12);
      }),
      { numRuns: runs(100) },
    );
  });

  test('gives equal values the same rank', () => {
    expect(rankCorrelation([1, 2, 2, 3], [1, 2, 3, 4])).toBeCloseTo(0.9486832980505138, 12); // scipy.stats.spearmanr
  });

  test('is not of lists that do not pair', () => {
    expect(() => rankCorrelation([1, 2], [1])).toThrow('rankCorrelation: 2 values and 1 do not pair');
    expect(() => rankCorrelation([1, Number.NaN], [1, 2])).toThrow(
      'rankCorrelation: NaN is among the values',
    );
  });
});
