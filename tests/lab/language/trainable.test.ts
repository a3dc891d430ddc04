// What trains of a model, and that the rest stays.
import { describe, expect, test } from 'vitest';
import { random, treeLeaves, treeMap, treePaths, zerosLike } from '../../../src/index.ts';
import { initModel } from '../../../src/lab/language/model.ts';
import {
  biasesAndNorms,
  everything,
  trainable,
  withParameters,
} from '../../../src/lab/language/trainable.ts';

const config = { vocabulary: 235, length: 32, width: 32, blocks: 2, heads: 4, hidden: 128 };
const model = initModel(random.key(1), config);
const count = (tree: Parameters<typeof treeLeaves>[0]): number =>
  treeLeaves(tree).reduce((sum, { size }) => sum + size, 0);

describe('trainable', () => {
  test('takes the 896 biases and scales, all of them vectors', () => {
    const parameters = trainable(model, biasesAndNorms);
    expect(count(parameters)).toBe(896);
    expect(Object.values(parameters).every(({ ndim }) => ndim === 1)).toBe(true);
  });

  test('takes everything', () => {
    expect(Object.keys(trainable(model, everything))).toEqual(treePaths(model));
    expect(count(trainable(model, everything))).toBe(count(model));
  });
});

describe('withParameters', () => {
  test('puts parameters where they were taken from and leaves the others alone', () => {
    const changed = treeMap(zerosLike, trainable(model, biasesAndNorms));
    const whole = withParameters(model, changed);
    expect(treePaths(whole)).toEqual(treePaths(model));
    treePaths(model).forEach((path, i) => {
      expect(treeLeaves(whole)[i]).toBe(biasesAndNorms(path) ? changed[path] : treeLeaves(model)[i]);
    });
  });

  test('refuses parameters that the model does not have', () => {
    expect(() => withParameters(model, { 'norm.gain': model.norm.scale })).toThrow(
      'the model has no norm.gain',
    );
  });
});
