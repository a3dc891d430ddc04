import { describe, expect, test } from 'vitest';
import { bounded, estimate, niceStep, rangeOf, within } from '../../../../src/lab/core/charts/samples.ts';

describe('the estimate of a sample', () => {
  test('is its mean with the t interval', () => {
    // half width 4.302653 · 0.1 / √3
    expect(estimate({ values: [0.4, 0.5, 0.6] }, 'here')).toEqual({
      mean: 0.5,
      interval: { low: expect.closeTo(0.2515862, 6), high: expect.closeTo(0.7484138, 6) },
    });
  });

  test('of one value has the Wilson interval of its trials, or none', () => {
    expect(estimate({ values: [0.8], trials: 10 }, 'here').interval).toEqual({
      low: expect.closeTo(0.4902, 4),
      high: expect.closeTo(0.9433, 4),
    });
    expect(estimate({ values: [-3] }, 'here')).toEqual({ mean: -3, interval: null });
  });

  test('names the sample that has none', () => {
    expect(() => estimate({ values: [] }, 'bar "a"')).toThrow(
      new RangeError('bar "a" has no value; give one a seed'),
    );
    expect(() => estimate({ values: [1, Number.NaN] }, 'bar "a"')).toThrow(
      /^bar "a" has the value NaN; leave out/,
    );
    expect(() => estimate({ values: [1.5], trials: 10 }, 'bar "a"')).toThrow(
      /^bar "a": .*must be a proportion/,
    );
  });

  test('is kept within 0 and 1 where values are shares of a whole, not where they are differences', () => {
    const wide = estimate({ values: [0, 1] }, 'here');
    expect(within(bounded('share', [{ values: [0, 1] }]), wide).interval).toEqual({ low: 0, high: 1 });
    expect(within(bounded('share', [{ values: [0, 1] }, { values: [-0.1] }]), wide)).toEqual(wide);
    expect(within(bounded('number', [{ values: [0, 1] }]), wide)).toEqual(wide);
  });
});

test('a nice step is the least that covers the span', () => {
  expect([1, 0.4, 295, 0.98, 7].map((span) => niceStep(span, 5))).toEqual([
    0.2,
    expect.closeTo(0.1, 12),
    100,
    0.2,
    2,
  ]);
});

describe('the range of an axis', () => {
  test.each([
    ['whole steps around the data', [-0.08, 0.27], {}, [-0.1, 0.3]],
    ['zero, where the data reach far down towards it', [0.3, 0.97], {}, [0, 1]],
    ['not zero, where the data lie close together far from it', [0.93, 0.97], {}, [0.93, 0.97]],
    ['zero for the asking', [0.93, 0.97], { zero: true }, [0, 1]],
    ['what was asked for', [0.3, 0.97], { min: 0.25, max: 0.8 }, [0.25, 0.8]],
    ['negative values up to zero', [-8, -1], {}, [-8, 0]],
    ['room around a single value', [2], {}, [1.8, 2.2]],
    ['no more than there can be', [1, 1], { cap: 1 }, [0.9, 1]],
    ['nothing below nothing', [0, 0], {}, [0, 1]],
  ])('has %s', (_, values, given, [min, max]) => {
    expect(rangeOf(values, given)).toMatchObject({
      min: expect.closeTo(min, 12),
      max: expect.closeTo(max, 12),
    });
  });

  test('is refused where there is none', () => {
    expect(() => rangeOf([1, 2], { min: 3, max: 1 })).toThrow(
      'no axis goes from 3 up to 1; choose another min or max',
    );
  });
});
