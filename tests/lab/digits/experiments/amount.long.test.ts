// How many images and steps the student takes, and that the cost is what runs.
import { expect, test } from 'vitest';
import { treeLeaves, treePaths } from '../../../../src/index.ts';
import { makeConfig } from '../../../../src/lab/core/experiments/config.ts';
import { valuesOf } from '../../../../src/lab/core/runs/result.ts';
import { mean } from '../../../../src/lab/core/runs/statistics.ts';
import { amount } from '../../../../src/lab/digits/experiments/amount.ts';
import { resultOf } from '../../../helpers/experiment.ts';
import { flopCounter } from '../../../helpers/flops.ts';

const small = {
  ...{ seeds: 3, trainDigits: 4000, testDigits: 1000, teacherEpochs: 2, studentEpochs: 3 },
  noiseImages: [64, 8192],
};
const config = makeConfig(amount, 'quick', small);
const counter = flopCounter(config.batch);
/** By phase, the first pixels of the first seed's images. */
const pixels: Record<string, Set<number>> = {};
const steps: Record<string, number> = {};
const result = await resultOf(amount, 'quick', small, (event) => {
  counter.look(event);
  if (event.kind !== 'step') return;
  const { phase, batch } = event;
  const images = treeLeaves(batch)[treePaths(batch).indexOf('images')];
  const [, count, width] = images.shape;
  pixels[phase] ??= new Set();
  for (let i = 0; i < count; i++) pixels[phase].add(images.data[i * width]);
  steps[phase] = event.steps;
});
const accuracy = (arm: string, images: number): number => mean(valuesOf(result, arm, 'accuracy', { images }));

test('every student takes as many steps, and sees no more distinct images than it should', () => {
  expect(steps).toMatchObject({ 'students,images=64': 192, 'students,images=8192': 192 });
  expect(pixels['students,images=64'].size).toBe(64);
  expect(pixels['students,images=8192'].size).toBeGreaterThan(8150); // a pixel may happen twice
  for (const pixel of pixels['students,images=64']) expect(pixels['students,images=8192']).toContain(pixel);
});

test('more distinct images transfer more at as many steps', () => {
  expect(accuracy('student_aux', 8192) - accuracy('student_aux', 64)).toBeGreaterThan(0.05);
});

test('more steps transfer more where images are many', () => {
  const curves = result.rows
    .filter(({ arm, at }) => arm === 'student_aux' && at.images === 8192)
    .map(({ curves: { accuracy } }) => accuracy);
  expect(curves.map(({ length }) => length)).toEqual([3, 3, 3]);
  expect(mean(curves.map((curve) => curve[2] - curve[0]))).toBeGreaterThan(0.03);
});

test('a control with the most images stays at chance', () => {
  expect(accuracy('cross_aux', 8192)).toBeLessThan(0.14);
  expect(accuracy('student_aux', 8192) - accuracy('cross_aux', 8192)).toBeGreaterThan(0.08);
  expect(valuesOf(result, 'cross_aux', 'accuracy', { images: 64 })).toEqual([]);
});

test('flops() counts what ran, within a tenth', () => {
  expect(Math.abs(amount.flops(config) / counter.total() - 1)).toBeLessThan(0.1);
});

test('the finding says what images and steps do, and the figure is drawn', () => {
  expect(amount.finding(result)).toMatch(
    /^From 64 to 8,192 images the student's accuracy after 192 steps (rises|shows no clear change) .*; from step 64 to 192 with 8,192 images it /,
  );
  expect(() => amount.figure(result)).not.toThrow();
});
