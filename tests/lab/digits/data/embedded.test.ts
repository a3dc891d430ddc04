// The digits of the mnist package.
import { describe, expect, test } from 'vitest';
import { embeddedDigits } from '../../../../src/lab/digits/data/embedded.ts';
import { extremes, histogram } from './of-digits.ts';

describe('embeddedDigits', () => {
  const digits = embeddedDigits();

  test('are 10,000 images of 784 pixels from 0 to 1, and their labels', () => {
    expect([digits.images.dtype, digits.images.shape]).toEqual(['f32', [10_000, 784]]);
    expect([digits.labels.dtype, digits.labels.shape]).toEqual(['i32', [10_000]]);
    expect(extremes(digits.images.data)).toEqual([0, 1]);
  });

  test('are sorted by class', () => {
    expect(histogram(digits)).toEqual([1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978]);
    expect([...digits.labels.data]).toEqual([...digits.labels.data].sort((a, b) => a - b));
  });

  test('are the same each time', () => {
    expect(
      Buffer.compare(
        new Uint8Array(embeddedDigits().images.data.buffer),
        new Uint8Array(digits.images.data.buffer),
      ),
    ).toBe(0);
  });
});
