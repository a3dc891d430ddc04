// argmax of rows that fill vectors: the first of equals and the first NaN, in whichever lane they stand.
import { afterEach, describe, expect, test } from 'vitest';
import { argmax, jit, type Tensor, tensor, useEngine } from '../../src/index.ts';
import { compiledEngines } from '../helpers/compiled.ts';

afterEach(() => {
  useEngine('reference');
});

const width = 131; // whole vectors of each width, and a tail
const places = [0, 1, 6, 7, 8, 63, 64, 120, 127, 128, 129, 130];

/** Rows of `fill` with `value` at each of two of the places, in either order. */
const rows = (fill: number, value: number): number[][] =>
  places.flatMap((i) =>
    places.map((j) => Array.from({ length: width }, (_, at) => (at === i || at === j ? value : fill))),
  );

const plainly = (row: number[]): number => {
  const nan = row.findIndex(Number.isNaN);
  return nan >= 0 ? nan : row.indexOf(row.reduce((a, b) => Math.max(a, b)));
};

describe.each(compiledEngines())('On %s', (engine) => {
  test.each(['f32', 'f64', 'i32'] as const)('argmax of %s is the first of the greatest', (dtype) => {
    useEngine(engine);
    const whole = [...rows(-3, 5), ...rows(-(2 ** 31), -(2 ** 31)), ...rows(5, -3)];
    const broken = [
      ...rows(1, Number.NaN),
      ...rows(-Infinity, -Infinity),
      ...rows(Number.NaN, 7),
      ...rows(2, Infinity),
    ];
    const all = dtype === 'i32' ? whole : [...whole, ...broken];
    const found = jit((x: Tensor) => argmax(x, 1))(tensor(all, dtype));
    expect([...found.data]).toEqual(all.map(plainly));
  });
});
