// Splitting digits: stratified, disjoint, decided by the seed.
import { describe, expect, test } from 'vitest';
import { embeddedDigits } from '../../../../src/lab/digits/data/embedded.ts';
import type { Digits } from '../../../../src/lab/digits/data/images.ts';
import { loadData } from '../../../../src/lab/digits/data/load.ts';
import { sampleDigits, splitDigits } from '../../../../src/lab/digits/data/split.ts';

const digits = embeddedDigits();

const counts = ({ labels }: Digits): number[] => {
  const result = new Array<number>(10).fill(0);
  for (const label of labels.data) result[label]++;
  return result;
};

const rows = ({ images }: Digits): string[] =>
  Array.from({ length: images.shape[0] }, (_, i) => images.data.slice(i * 784, (i + 1) * 784).join());

describe('a split of the embedded digits', () => {
  const { train, test: held } = splitDigits(digits, 8000, 2000, 0);

  test('has 8,000 and 2,000 digits, each class with its share', () => {
    expect([train.labels.size, held.labels.size]).toEqual([8000, 2000]);
    expect(train.images.shape).toEqual([8000, 784]);
    counts(digits).forEach((n, label) => {
      expect(Math.abs(counts(train)[label] - n * 0.8)).toBeLessThanOrEqual(1);
      expect(Math.abs(counts(held)[label] - n * 0.2)).toBeLessThanOrEqual(1);
    });
  });

  test('shares no digit between its parts, and loses none', () => {
    expect([...rows(train), ...rows(held)].sort()).toEqual(rows(digits).sort());
  });

  test('keeps each image with its label', () => {
    const labelOf = new Map(rows(digits).map((row, i) => [row, digits.labels.data[i]]));
    rows(held).forEach((row, i) => {
      expect(held.labels.data[i]).toBe(labelOf.get(row));
    });
  });

  test('is the same for the same seed, and another for another', () => {
    expect(rows(splitDigits(digits, 8000, 2000, 0).test)).toEqual(rows(held));
    expect(rows(splitDigits(digits, 8000, 2000, 1).test)).not.toEqual(rows(held));
  });

  test('can be of fewer digits', () => {
    const small = splitDigits(digits, 33, 17, 0);
    expect([small.train.labels.size, small.test.labels.size]).toEqual([33, 17]);
  });
});

test('a sample of all the digits is the digits as they are', () => {
  expect(sampleDigits(digits, 10_000, 0)).toBe(digits);
});

test('loaded pixels lie in [−1, 1], the background at −1', async () => {
  const config = { data: 'embedded', trainDigits: 50, testDigits: 50, splitSeed: 0 } as const;
  const { data } = (await loadData(config, 'datasets')).train.images;
  expect(data[0]).toBe(-1);
  expect(Math.max(...data)).toBe(1);
});
