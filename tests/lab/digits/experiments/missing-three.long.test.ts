// Hinton's missing 3: the effect.
import { expect, test } from 'vitest';
import { treeLeaves, treePaths } from '../../../../src/index.ts';
import { makeConfig } from '../../../../src/lab/core/experiments/config.ts';
import { valuesOf } from '../../../../src/lab/core/runs/result.ts';
import { mean } from '../../../../src/lab/core/runs/statistics.ts';
import { loadData } from '../../../../src/lab/digits/data/load.ts';
import { missingThree } from '../../../../src/lab/digits/experiments/missing-three.ts';
import { chance } from '../../../helpers/digits.ts';
import { resultOf } from '../../../helpers/experiment.ts';
import { flopCounter } from '../../../helpers/flops.ts';

const small = { seeds: 3, trainDigits: 4000, testDigits: 1000, teacherEpochs: 3, studentEpochs: 6 };
const digits = await loadData(makeConfig(missingThree, 'quick', small), 'datasets');
const key = (pixels: ArrayLike<number>, at: number): string => {
  let text = '';
  for (let i = 0; i < 784; i += 13) text += `${pixels[784 * at + i]},`;
  return text;
};
const labelOf = new Map(
  Array.from(digits.train.labels.data, (label, i) => [key(digits.train.images.data, i), label]),
);
const seen: Record<string, Set<number | undefined>> = {};
const config = makeConfig(missingThree, 'quick', small);
const counter = flopCounter(config.batch);
const result = await resultOf(missingThree, 'quick', small, (event) => {
  counter.look(event);
  if (event.kind !== 'step' || event.step % 10 !== 1 || event.phase === 'teacher') return;
  const images = treeLeaves(event.batch)[treePaths(event.batch).indexOf('images')];
  seen[event.phase] ??= new Set();
  for (let i = 0; i < images.size / 784; i++) seen[event.phase].add(labelOf.get(key(images.data, i)));
});
const share = (arm: string, name: string, inputs: string): number =>
  mean(valuesOf(result, arm, name, { inputs }));

test('no student sees a digit that is missing from its inputs', () => {
  expect([...seen['students,without-3']].sort()).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9]);
  expect([...seen['students,only-7-8']].sort()).toEqual([7, 8]);
});

test('students from the same start and from another read most 3s without having seen one (98.6 % is not reached)', () => {
  for (const arm of ['student_all', 'cross_all']) {
    expect(share(arm, 'accuracyUnseenCorrected', 'without-3')).toBeGreaterThan(0.6);
    expect(share(arm, 'accuracyUnseenCorrected', 'without-3')).toBeGreaterThan(
      share(arm, 'accuracyUnseen', 'without-3'),
    );
  }
});

test('students that saw only 7s and 8s read others above chance, and lower biases help (86.8 % is not reached)', () => {
  for (const arm of ['student_all', 'cross_all']) {
    expect(share(arm, 'accuracyUnseenCorrected', 'only-7-8')).toBeGreaterThan(1.5 * chance);
    expect(share(arm, 'accuracyCorrected', 'only-7-8')).toBeGreaterThan(share(arm, 'accuracy', 'only-7-8'));
    expect(share(arm, 'shift', 'only-7-8')).toBeLessThan(0);
  }
});

test('flops() counts what ran, within a tenth', () => {
  expect(Math.abs(missingThree.flops(config) / counter.total() - 1)).toBeLessThan(0.1);
});
