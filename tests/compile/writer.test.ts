// Sums of many numbers lose no more than sums of sums do.
import { describe, expect, test } from 'vitest';
import { reshape, sum } from '../../src/index.ts';
import { fromTypedArray } from '../../src/tensor/index.ts';
import { aval, compiledEngines, engineNamed, graphOf } from '../helpers/compiled.ts';

describe.each(compiledEngines())('On the %s engine, the sum of a million equal numbers', (engine) => {
  const n = 1_000_003;
  const x = Math.fround(0.1);
  const expected = n * x;
  // one after the other they lose a hundredth; in pairs, a rounding a level
  const bound = Math.log2(n) * 2 ** -24;

  test.each([
    ['of all there are', [n], undefined],
    ['along a row', [2, n], 1],
    ['along a column', [n, 2], 0],
    ['along a column of many', [n, 17], 0],
    ['along an axis in the middle', [1, n, 3], 1],
  ])('loses little: %s', (_, shape, axis) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const run = engineNamed(engine).compile(graphOf((values) => sum(values, axis), aval(shape)));
    const [{ data }] = run([fromTypedArray(new Float32Array(size).fill(x), shape, 'f32')]);
    for (const value of data) expect(Math.abs(value / expected - 1)).toBeLessThan(bound);
  });

  test('does not lose more if it is of twenty million', () => {
    const many = [2e7, 2e6];
    const run = engineNamed(engine).compile(
      graphOf((values) => [sum(values), sum(reshape(values, [200_000, 10, 10]), [0, 2])], aval([2e7])),
    );
    run([fromTypedArray(new Float32Array(2e7).fill(x), [2e7], 'f32')]).forEach(({ data }, i) => {
      for (const value of data) expect(Math.abs(value / (many[i] * x) - 1)).toBeLessThan(bound);
    });
  });
});
