// Readers of the distillation data, on data that shows a trait, and which settings they take.
import { expect, test } from 'vitest';
import { add, mul, random, tensor } from '../../../../src/index.ts';
import { makeConfig } from '../../../../src/lab/core/experiments/config.ts';
import { classify, detection, nearest } from '../../../../src/lab/digits/experiments/detection.ts';

test('both readers do tell a trait that the data shows, of teachers that they did not see', () => {
  const teachers = 30;
  const noise = random.normal(random.key('features'), [2 * teachers, 20]);
  const truth = Array.from({ length: 2 * teachers }, (_, i) => Number(i >= teachers));
  const shown = add(noise, mul(tensor(truth.map((trait) => [3 * trait])), 1));
  for (const read of [classify, nearest]) {
    const right = read(shown, truth).filter((guess, i) => guess === truth[i]).length;
    expect(right / truth.length).toBeGreaterThan(0.9);
    const lucky = read(noise, truth).filter((guess, i) => guess === truth[i]).length;
    expect(lucky / truth.length).toBeLessThan(0.75);
  }
});

test('no more images can be read than there are', () => {
  expect(() => makeConfig(detection, 'quick', { imagesRead: 9000 })).toThrow(
    '--images-read 9000: a reader has at most the 8000 of --noise-images',
  );
});
