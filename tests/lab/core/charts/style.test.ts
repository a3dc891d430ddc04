import { describe, expect, test } from 'vitest';
import {
  colourOf,
  dashOf,
  decimal,
  decimalsOf,
  howToRead,
  markOf,
  percent,
  spread,
  tinted,
} from '../../../../src/lab/core/charts/style.ts';

test('numbers have a true minus, thousands apart, and no minus before zero', () => {
  expect(decimal(1234567.891, 2)).toBe('1,234,567.89');
  expect(decimal(-0.25, 2)).toBe('−0.25');
  expect(decimal(-0.001, 2)).toBe('0.00');
  expect(percent(0.7012)).toBe('70.1%');
  expect(percent(-0.5, 0)).toBe('−50%');
});

test('a number needs as many decimals as tell it from others', () => {
  expect([20, 0.5, 0.25, 0.1 + 0.2, 1e-7, 4e-11].map(decimalsOf)).toEqual([0, 1, 2, 1, 7, 11]);
});

test('two series are alike in neither colour, dash nor mark before the fifth', () => {
  for (const look of [colourOf, dashOf, (i: number) => markOf(i).shape])
    expect(new Set([0, 1, 2, 3].map((i) => JSON.stringify(look(i)))).size).toBe(4);
});

test('no two of the first 28 series have the same look', () => {
  const looks = Array.from({ length: 28 }, (_, i) => JSON.stringify([colourOf(i), dashOf(i), markOf(i)]));
  expect(new Set(looks).size).toBe(28);
});

test('a tint is the colour with its share as alpha', () => {
  expect([0, 0.25, 1].map((share) => tinted('#0072b2', share))).toEqual([
    '#0072b200',
    '#0072b240',
    '#0072b2ff',
  ]);
});

describe('the spread of dots', () => {
  test('is none for one seed', () => expect(spread(1)).toEqual([0]));

  test('keeps every dot to a place of its own, within its bar and beside the whisker', () => {
    const places = spread(25);
    expect(new Set(places).size).toBe(25);
    for (const place of places) expect(Math.abs(place) >= 0.15 && Math.abs(place) < 0.42).toBe(true);
    expect(places.filter((place) => place > 0)).toHaveLength(13 - 1);
  });
});

const seeds = (count: number) => ({ count, one: 'seed', many: 'seeds' });

test('the sentence below a title names mark, interval and dots as they are drawn', () => {
  expect(howToRead('bar', seeds(3), 'accuracy', 'test digits')).toBe(
    'bar: mean; whisker: 95% interval (Student t, over seeds); dot: one seed',
  );
  expect(howToRead('curve', seeds(10), 'cosine')).toBe(
    'curve: mean; band: 95% interval (Student t, over seeds)',
  );
  const pairs = { count: 2, one: 'base and favourite', many: 'bases and favourites' };
  expect(howToRead('point', pairs, 'preference')).toBe(
    'point: mean; whisker: 95% interval (Student t, over bases and favourites); faint dot: one base and favourite',
  );
  expect(howToRead('point', seeds(1), 'accuracy', 'test digits')).toBe(
    'point: accuracy of one model; whisker: 95% interval (Wilson, over test digits)',
  );
});
