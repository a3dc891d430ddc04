// Where buffers lie: apart while they are needed together, and else in as little memory as that allows.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { alignment, bytesOf, type Life, layOut } from '../../src/compile/memory.ts';
import type { Buffer } from '../../src/compile/scalar.ts';
import { dtypes } from '../../src/tensor/index.ts';

const lives = fc
  .array(
    fc.record({
      dtype: fc.constantFrom(...dtypes),
      size: fc.nat(300),
      from: fc.nat(12),
      length: fc.nat(6),
    }),
    { maxLength: 25 },
  )
  .map(
    (all) =>
      new Map(
        all.map(({ dtype, size, from, length }): [Buffer, Life] => [
          { dtype, size },
          { from, to: from + length },
        ]),
      ),
  );

const buffer = (size: number): Buffer => ({ dtype: 'f32', size });

describe('A layout', () => {
  test('keeps apart what is alive together, inside its block, at whole cache lines', () => {
    fc.assert(
      fc.property(lives, (all) => {
        const { offsets, bytes } = layOut(all);
        const placed = [...all].map(([it, life]) => {
          const start = offsets.get(it) ?? Number.NaN;
          return { start, end: start + bytesOf(it), life };
        });
        for (const { start, end } of placed) {
          expect(start % alignment).toBe(0);
          expect(start).toBeGreaterThanOrEqual(0);
          expect(end).toBeLessThanOrEqual(bytes);
        }
        placed.forEach((a, i) => {
          for (const b of placed.slice(i + 1)) {
            const together = a.life.from <= b.life.to && b.life.from <= a.life.to;
            if (together) expect(a.end <= b.start || b.end <= a.start).toBe(true);
          }
        });
      }),
    );
  });

  test('gives the place of what is not needed any more to what comes later', () => {
    const [first, second, third] = [buffer(100), buffer(80), buffer(100)];
    const { offsets, bytes } = layOut(
      new Map([
        [first, { from: 0, to: 1 }],
        [second, { from: 1, to: 2 }],
        [third, { from: 2, to: 3 }],
      ]),
    );
    expect(offsets.get(third)).toBe(offsets.get(first));
    expect(bytes).toBe(bytesOf(first) + bytesOf(second));
  });

  test('takes what the greatest step needs, where buffers live one step each', () => {
    const sizes = [[10, 200], [150], [90, 60, 30], []];
    const all = sizes.flatMap((step, i) =>
      step.map((size): [Buffer, Life] => [buffer(size), { from: i, to: i }]),
    );
    const needed = sizes.map((step) => step.reduce((sum, size) => sum + bytesOf(buffer(size)), 0));
    expect(layOut(new Map(all)).bytes).toBe(Math.max(...needed));
  });

  test('of nothing is empty', () => {
    expect(layOut(new Map()).bytes).toBe(0);
    expect(layOut(new Map([[buffer(0), { from: 0, to: 3 }]])).bytes).toBe(0);
  });
});
