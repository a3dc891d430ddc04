import { describe, expect, test } from 'vitest';
import { decades, legible, positionsOf, tickLabel } from '../../../../src/lab/core/charts/positions.ts';

describe('positions', () => {
  test('on a linear axis are the values', () => {
    const { at, ...ends } = positionsOf([3, -1, 2], 'linear', 'here');
    expect([at(-1), at(2.5), ends]).toEqual([-1, 2.5, { min: -1, max: 3, gap: null }]);
  });

  test('on a log axis are powers of ten', () => {
    const { at, ...ends } = positionsOf([1, 10, 1000], 'log', 'here');
    expect([at(10), at(100)]).toEqual([1, 2]);
    expect(ends).toEqual({ min: 0, max: 3, gap: null });
  });

  test('on a log axis have zero before all others, and the break between', () => {
    const { at, min, max, gap } = positionsOf([0, 0.01, 1], 'log', 'here');
    expect(at(0)).toBe(min);
    expect(min).toBeLessThan(gap ?? Number.NaN);
    expect(gap).toBeLessThan(-2);
    expect([at(0.01), max]).toEqual([-2, 0]);
  });

  test.each([
    [[1, -2], 'log', "here: x = -2 cannot stand on a log axis; take scale 'linear'"],
    [[1, Number.NaN], 'linear', 'here: x = NaN cannot stand on a linear axis'],
    [[0], 'log', "here: a log axis needs an x above 0; take scale 'linear'"],
  ] as const)('of %o on a %s axis are refused', (xs, scale, message) => {
    expect(() => positionsOf(xs, scale, 'here')).toThrow(new RangeError(message));
  });
});

test('ticks are written with the decimals that each needs, at most four digits', () => {
  expect([0, 0.01, 0.25, 250, 100000, 1 / 3, 2 / 300].map(tickLabel)).toEqual([
    '0',
    '0.01',
    '0.25',
    '250',
    '100,000',
    '0.3333',
    '0.006667',
  ]);
});

test('of ticks that run into each other the later are left out, and each stands once', () => {
  expect(legible([250, 1, 100, 104, 1], (x) => x, 13)).toEqual([1, 100, 250]);
});

test('decades have 1, 2 and 5 of each power of ten within the values', () => {
  expect(decades([0, 0.02, 3])).toEqual([0.02, 0.05, 0.1, 0.2, 0.5, 1, 2]);
});
