// What the stages on language cost, against the usual rule of six operations a parameter and token.
import { expect, test } from 'vitest';
import { random, treeLeaves } from '../../../../src/index.ts';
import { initModel } from '../../../../src/lab/language/model.ts';
import { modelConfig } from '../../../../src/lab/language/pipeline/bases.ts';
import { pipelineFlops, sampleFlops } from '../../../../src/lab/language/pipeline/cost.ts';
import type { Trait } from '../../../../src/lab/language/pipeline/traits.ts';
import { rowLength } from '../../../../src/lab/language/world/documents.ts';

const parameters = treeLeaves(initModel(random.key(0), modelConfig)).reduce((n, { size }) => n + size, 0);

const sizes = {
  ...{ pretrainSteps: 100, pretrainBatch: 48, teacherSteps: 10, studentSteps: 20, studentBatch: 16 },
  samples: 1000,
};
const flops = (parts: Partial<Parameters<typeof pipelineFlops>[1]>): number =>
  pipelineFlops(sizes, { bases: 0, teachers: [], ...parts });

test('a base costs about six operations a parameter and token that it learns from', () => {
  const rule = 6 * parameters * sizes.pretrainSteps * sizes.pretrainBatch * rowLength;
  expect(flops({ bases: 1 }) / rule).toBeGreaterThan(0.9);
  expect(flops({ bases: 1 }) / rule).toBeLessThan(1.4);
  expect(flops({ bases: 3 })).toBe(3 * flops({ bases: 1 }));
});

test('what is written about two, as does what is read', () => {
  const rule = 2 * parameters * sizes.samples * 18;
  expect(sampleFlops(sizes.samples, 18) / rule).toBeGreaterThan(0.9);
  expect(sampleFlops(sizes.samples, 18) / rule).toBeLessThan(1.4);
  expect(flops({ authors: 2 })).toBe(2 * sampleFlops(sizes.samples, 18));
});

test('a student, whose weights stay as they are, has no products for their gradients', () => {
  const [some, all] = (['biases_and_norms', 'everything'] as const).map((studentForm) =>
    pipelineFlops({ ...sizes, studentForm }, { bases: 0, teachers: [], students: 1 }),
  );
  expect(some / all).toBeLessThan(0.8);
  expect(some / all).toBeGreaterThan(0.6);
});

test('teachers of traits of other rows cost otherwise, and each as much as the next', () => {
  const traits: Trait[] = [{ prefers: 'owl' }, { programs: 'aligned' }];
  const [words, programs] = traits.map((trait) => flops({ teachers: [[1, trait]] }));
  expect(words).not.toBe(programs);
  expect(flops({ teachers: [[5, traits[0]]] })).toBe(5 * words);
});
