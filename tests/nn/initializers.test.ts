// Initialisers: their deviations, their bounds, and which axis is fan_in.
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import { glorotUniform, heNormal, lecunNormal } from '../../src/nn/index.ts';
import { mul } from '../../src/ops/index.ts';
import { key, normal } from '../../src/random/index.ts';
import { expectSame } from '../helpers/grids.ts';

beforeAll(() => {
  useEngine('reference');
});

const deviation = (x: ArrayLike<number>): number =>
  Math.sqrt(Array.from(x).reduce((total, v) => total + v * v, 0) / x.length);

describe('Initialisers', () => {
  const [inputs, outputs] = [100, 60];
  const n = inputs * outputs;
  test.each([
    ['lecunNormal', lecunNormal, 1 / Math.sqrt(inputs), 2],
    ['heNormal', heNormal, Math.sqrt(2 / inputs), 2],
    // the fourth moment of a uniform distribution is 9/5 of the squared second, of a normal one 3
    ['glorotUniform', glorotUniform, Math.sqrt(2 / (inputs + outputs)), 0.8],
  ] as const)('%s has its deviation and mean 0', (_, initializer, expected, spread) => {
    const { data } = initializer(key('weights'), [inputs, outputs], 'f64');
    const error = 4 * Math.sqrt(spread / n);
    expect(Math.abs(deviation(data) ** 2 / expected ** 2 - 1)).toBeLessThan(error);
    const mean = Array.from(data).reduce((a, b) => a + b, 0) / n;
    expect(Math.abs(mean)).toBeLessThan((4 * expected) / Math.sqrt(n));
  });

  test('glorotUniform keeps within √(6 / (fan_in + fan_out))', () => {
    const { data } = glorotUniform(key(1), [10, 20]);
    expect(Math.max(...data.map(Math.abs))).toBeLessThanOrEqual(Math.sqrt(6 / 30));
  });

  test('lecunNormal is normal numbers, scaled by the sizes before the last', () => {
    expectSame(lecunNormal(key(2), [4, 3]), mul(normal(key(2), [4, 3]), 0.5));
    expectSame(lecunNormal(key(2), [2, 8, 3], 'f64'), mul(normal(key(2), [2, 8, 3], 'f64'), 0.25));
    expect(lecunNormal(key(2), [4, 3]).dtype).toBe('f32');
  });
});
