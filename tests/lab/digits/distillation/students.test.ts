// Students beside others: each as it is alone.
import { expect, test } from 'vitest';
import { useEngine } from '../../../../src/index.ts';
import { mnist } from '../../../../src/lab/digits/experiments/mnist.ts';
import { resultOf } from '../../../helpers/experiment.ts';

const small = {
  ...{ trainDigits: 128, testDigits: 50, hidden: [16], teacherEpochs: 1, seeds: 2 },
  ...{ noiseImages: 128, batch: 32, studentEpochs: 2 },
};

test('on wasm, a student has the bits that it has alone, whatever others imitate beside it', async () => {
  useEngine('wasm');
  const rowsOf = async (arms: readonly string[]) => (await resultOf(mnist, 'quick', { ...small, arms })).rows;
  const both = await rowsOf(['student_aux', 'student_all']);
  expect(await rowsOf(['student_aux'])).toEqual(both.filter(({ arm }) => arm === 'student_aux'));
});
