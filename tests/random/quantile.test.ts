// The normal quantile: known values, and that the distribution function takes it back, far into both tails.
import { expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import { tensor } from '../../src/ops/index.ts';
import { normalCdf, normalQuantile } from '../../src/random/quantile.ts';
import { expectNumbers } from '../helpers/grids.ts';

useEngine('reference');

test('has the values that tables have', () => {
  const p = tensor([0.5, 0.975, 0.001, 1e-20], 'f64');
  const known = [0, 1.959963984540054, -3.090232306167813, -9.262340089798409];
  expectNumbers(normalQuantile(p).data, known, 1e-15);
});

test.each([
  ['f64', 1e-13],
  ['f32', 3e-5],
] as const)('is the inverse of the distribution function in %s', (dtype, tolerance) => {
  const small = Array.from({ length: 200 }, (_, i) => 10 ** (-37 + (i * 36.7) / 199));
  const p = tensor([...small, 0.5, 0.6, 0.9, 0.95, 0.999, 1 - 2 ** -20], dtype);
  const again = normalCdf(normalQuantile(p)).data;
  // in the tail a figure of x is x² figures of p
  p.data.forEach((value, i) => {
    expect(Math.abs(again[i] / value - 1)).toBeLessThan(tolerance);
  });
});
