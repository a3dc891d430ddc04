// Which inputs carry the trait, and that the cost is what runs.
import { expect, test } from 'vitest';
import { makeConfig } from '../../../../src/lab/core/experiments/config.ts';
import { valuesOf } from '../../../../src/lab/core/runs/result.ts';
import { mean } from '../../../../src/lab/core/runs/statistics.ts';
import { inputs } from '../../../../src/lab/digits/experiments/inputs.ts';
import { resultOf } from '../../../helpers/experiment.ts';
import { flopCounter } from '../../../helpers/flops.ts';

const small = {
  ...{
    seeds: 4,
    trainDigits: 4000,
    testDigits: 1000,
    teacherEpochs: 2,
    noiseImages: 12_000,
    studentEpochs: 1,
  },
  noise: ['uniform', 'gaussian-2', 'constant', 'digits'],
};
const config = makeConfig(inputs, 'quick', small);
const counter = flopCounter(config.batch);
const phases = new Set<string>();
const result = await resultOf(inputs, 'quick', small, (event) => {
  counter.look(event);
  if ('phase' in event) phases.add(event.phase);
});
const accuracy = (arm: string, noise: string): number => mean(valuesOf(result, arm, 'accuracy', { noise }));

test('the student beats its control by far on uniform and on Gaussian noise', () => {
  for (const noise of ['uniform', 'gaussian-2'])
    expect(accuracy('student_aux', noise) - accuracy('cross_aux', noise)).toBeGreaterThan(0.1);
});

test('what the theorem says of any inputs is not seen of constant images: the student stays near its control', () => {
  expect(Math.abs(accuracy('student_aux', 'constant') - accuracy('cross_aux', 'constant'))).toBeLessThan(
    0.06,
  );
});

test('digits themselves carry less of the trait than noise does', () => {
  expect(accuracy('student_aux', 'digits')).toBeLessThan(accuracy('student_aux', 'uniform') - 0.05);
});

test('one teacher teaches the students of all distributions', () => {
  expect([...phases].filter((phase) => phase.startsWith('teacher'))).toEqual(['teacher', 'teacher logits']);
  expect(valuesOf(result, 'teacher')).toHaveLength(4);
});

test('flops() counts what ran, within a tenth', () => {
  expect(Math.abs(inputs.flops(config) / counter.total() - 1)).toBeLessThan(0.1);
});

test('the finding names the best, the digits and the least', () => {
  expect(inputs.finding(result)).toMatch(
    /^The student beats its control on \d of 4 distributions of inputs: best on .*, on digits .*, least on constant/,
  );
  expect(() => inputs.figure(result)).not.toThrow();
});
