import { expect, test } from 'vitest';
import { intervalOf } from '../../../../src/lab/core/experiments/published.ts';
import { armNames, mnist } from '../../../../src/lab/digits/experiments/mnist.ts';
import { section6 } from '../../../../src/lab/digits/experiments/published.ts';

test('what was published is on the arms of a preset, in their order', () => {
  expect(mnist.published).toBe(section6);
  expect(mnist.presets).toHaveProperty(section6.preset);
  expect(Object.keys(section6.arms)).toEqual(mnist.presets[section6.preset].arms);
  for (const arm of Object.keys(section6.claims)) expect(armNames).toContain(arm);
});

test('an interval that was published rounded is taken as wide as it may have been', () => {
  const { low, high } = intervalOf({ label: 'teacher', accuracy: 0.943, half: 0 });
  expect([low, high]).toEqual([expect.closeTo(0.942, 12), expect.closeTo(0.944, 12)]);
});
