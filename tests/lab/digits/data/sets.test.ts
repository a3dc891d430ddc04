// What follows from a set: how much there is of it, how many classes, and what it is called.
import { expect, test } from 'vitest';
import { makeConfig } from '../../../../src/lab/core/experiments/config.ts';
import { findSet, ownName, ownSet, shortName } from '../../../../src/lab/digits/data/sets.ts';
import { layerSizes } from '../../../../src/lab/digits/distillation/model.ts';
import { missingThree } from '../../../../src/lab/digits/experiments/missing-three.ts';
import { mnist } from '../../../../src/lab/digits/experiments/mnist.ts';

const own = { folder: 'datasets/a (b)', classes: 7, train: 120, test: 30, sha256: '0f'.repeat(32) };

test('letters have 26 class logits, their own chance, and all that there is of them', () => {
  const config = makeConfig(mnist, 'quick', { data: 'emnist-letters' });
  expect(config).toMatchObject({ preset: 'custom', trainDigits: 124_800, testDigits: 20_800 });
  expect(layerSizes(config)).toEqual([784, 256, 256, 29]);
  expect(mnist.metrics(config).accuracy).toMatchObject({ chance: 1 / 26, of: 'test letters' });
});

test("a user's own set says in its name all that a run depends on", () => {
  for (const set of [own, { ...own, test: 0 }]) expect(ownSet(ownName(set))).toEqual(set);
  const data = ownName(own);
  expect(data).toBe(`datasets/a (b) (7 classes, 120 + 30 images, SHA-256 ${own.sha256})`);
  expect(shortName(data)).toBe(own.folder);
  expect(makeConfig(mnist, 'quick', { data })).toMatchObject({ trainDigits: 120, testDigits: 30 });
  expect(() => makeConfig(mnist, 'quick', { data, testDigits: 31 })).toThrow(
    '--train-digits 120 and --test-digits 31: --data datasets/a (b) has at most 120 and 30, 150 in all',
  );
  for (const name of [data.slice(1, -1), 'constructor', '']) expect(findSet(name)).toBeUndefined();
});

test('where no class is 8, nothing can be said of 7s and 8s', () => {
  expect(() => makeConfig(missingThree, 'quick', { data: ownName(own) })).toThrow(
    '--data datasets/a (b): it has 7 classes, none of them 8; take a set of more',
  );
});
