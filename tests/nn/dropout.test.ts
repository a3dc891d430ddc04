// Dropout: what falls out, what becomes of the rest, and its derivative.
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import { dropout } from '../../src/nn/index.ts';
import { full, notEqual, ones, sum } from '../../src/ops/index.ts';
import { key } from '../../src/random/index.ts';
import type { Tensor } from '../../src/tensor/index.ts';
import { grad } from '../../src/transforms/index.ts';
import { randomTensor } from '../helpers/draws.ts';
import { expectSame } from '../helpers/grids.ts';

beforeAll(() => {
  useEngine('reference');
});

describe('dropout', () => {
  test('drops elements at its rate, and scales the rest so that the mean stays', () => {
    const dropped = dropout(key(1), full([100, 100], 3), 0.2);
    const kept = sum(notEqual(dropped, 0)).item();
    expect(Math.abs(kept - 8000)).toBeLessThan(4 * 40); // standard deviation √(10⁴ · 0.2 · 0.8) = 40
    expect(new Set(dropped.data)).toEqual(new Set([0, Math.fround(3.75)]));
  });

  test('drops others from another key, and nothing at rate 0', () => {
    const x = randomTensor([50], 1);
    expect(Array.from(dropout(key(1), x, 0.5).data)).not.toEqual(Array.from(dropout(key(2), x, 0.5).data));
    expectSame(dropout(key(1), x, 0), x);
  });

  test('has the derivative 0 where it dropped, and 1 / (1 − rate) elsewhere', () => {
    const slope = grad((x: Tensor) => sum(dropout(key(1), x, 0.5)))(randomTensor([50], 1, 'f32'));
    expectSame(slope, dropout(key(1), ones([50]), 0.5));
  });

  test('refuses a rate of 1', () => {
    expect(() => dropout(key(1), ones([2]), 1)).toThrow(
      new RangeError('dropout: rate is 1; it must be a number ≥ 0 and < 1: dropout(key, x, rate)'),
    );
  });
});
