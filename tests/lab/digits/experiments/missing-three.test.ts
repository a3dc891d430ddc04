// Hinton's missing 3: the correction of the bias.
import { describe, expect, test } from 'vitest';
import { corrected } from '../../../../src/lab/digits/experiments/missing-three.ts';

describe('the corrected bias', () => {
  /** Ten scores with `given` ones, the others far below. */
  const scores = (given: Record<number, number>): number[] =>
    Array.from({ length: 10 }, (_, k) => given[k] ?? -50);
  const but3 = (digit: number): boolean => digit !== 3;

  test('is that which makes most digits right, and reads the unseen ones', () => {
    const images = [
      { label: 3, of: scores({ 3: 0, 5: 1 }) }, // right from 1 on
      { label: 3, of: scores({ 3: 0, 8: 2 }) }, // right from 2 on
      { label: 5, of: scores({ 3: 0, 5: 4 }) }, // right up to 4
      { label: 5, of: scores({ 3: 0, 5: 1.5 }) }, // right up to 1.5
      { label: 7, of: scores({ 3: 0, 5: 9 }) }, // never right
    ];
    const reading = corrected(
      images.flatMap(({ of }) => of),
      images.map(({ label }) => label),
      [3],
      but3,
    );
    expect(reading).toEqual({
      accuracy: 2 / 5,
      accuracyUnseen: 0,
      accuracyCorrected: 3 / 5,
      accuracyUnseenCorrected: expect.any(Number),
      shift: expect.any(Number),
    });
    expect(reading.shift).toBeGreaterThan(1);
    expect(reading.shift).toBeLessThan(4);
  });

  test('lowers what a student saw too much of', () => {
    const all = [
      { label: 7, of: scores({ 7: 9, 1: 2 }) }, // right from −7 on
      { label: 1, of: scores({ 8: 5, 1: 2 }) }, // right up to −3
      { label: 2, of: scores({ 7: 3, 2: 2 }) }, // right up to −1
    ];
    const reading = corrected(
      all.flatMap(({ of }) => of),
      all.map(({ label }) => label),
      [7, 8],
      (digit) => digit === 7 || digit === 8,
    );
    expect(reading).toMatchObject({ accuracyUnseen: 0, accuracyCorrected: 1, accuracyUnseenCorrected: 1 });
    expect(reading.shift).toBe(-5);
  });
});
