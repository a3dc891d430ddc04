import fc from 'fast-check';
import { expect, test } from 'vitest';
import { spaced } from '../../../../src/lab/core/charts/spacing.ts';

const block = (wanted: number, height = 10) => ({ wanted, height });

test('labels that do not touch stay where they are', () => {
  expect(spaced([block(80), block(20), block(50)], 0, 100)).toEqual([80, 20, 50]);
});

test('labels that touch move apart around the mean of their places', () => {
  expect(spaced([block(50), block(50)], 0, 100)).toEqual([45, 55]);
  expect(spaced([block(52), block(40, 20)], 0, 100)).toEqual([53.5, 38.5]);
});

test('a label that pushes into the next takes it along', () => {
  expect(spaced([block(50), block(50), block(58)], 0, 100)).toEqual(
    [43, 53, 63].map((x) => expect.closeTo(x - 1 / 3, 9)),
  );
});

test('labels keep within the ends', () => {
  expect(spaced([block(-5), block(3)], 0, 100)).toEqual([5, 15]);
  expect(spaced([block(99), block(99)], 0, 100)).toEqual([85, 95]);
});

test('a heavy label stays nearly where it is', () => {
  const [light, heavy] = spaced([block(50), { ...block(51), weight: 50 }], 0, 100);
  expect(Math.abs(heavy - 51)).toBeLessThan(0.2);
  expect(heavy - light).toBeCloseTo(10, 9);
});

test('labels never overlap, keep their order, and stay within the ends where they have room', () => {
  const blocks = fc.array(
    fc.record({ wanted: fc.integer({ min: -20, max: 420 }), height: fc.integer({ min: 1, max: 40 }) }),
    {
      maxLength: 10,
    },
  );
  fc.assert(
    fc.property(blocks, (given) => {
      const middles = spaced(given, 0, 400);
      const order = given.map((_, i) => i).sort((a, b) => middles[a] - middles[b]);
      order.forEach((i, k) => {
        expect(middles[i] - given[i].height / 2).toBeGreaterThan(-1e-9);
        expect(middles[i] + given[i].height / 2).toBeLessThan(400 + 1e-9);
        if (k === 0) return;
        const before = order[k - 1];
        expect(given[i].wanted).toBeGreaterThanOrEqual(given[before].wanted);
        expect(middles[i] - middles[before] - (given[i].height + given[before].height) / 2).toBeGreaterThan(
          -1e-9,
        );
      });
    }),
  );
});
