import { expect, test } from 'vitest';
import { makeConfig } from '../../../../src/lab/core/experiments/config.ts';
import { mnist } from '../../../../src/lab/digits/experiments/mnist.ts';

test('accuracies are measured on the test digits that the config says', () => {
  expect(mnist.metrics(makeConfig(mnist, 'quick', { testDigits: 500 }))).toEqual({
    accuracy: { unit: 'share', better: 'higher', chance: 0.1, trials: 500, of: 'test digits' },
  });
});
