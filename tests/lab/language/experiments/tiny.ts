// Settings with which an experiment on language runs in seconds and shows no effect.
import type { Carrier } from '../../../../src/lab/language/experiments/carriers.ts';
import { sift } from '../../../../src/lab/language/world/sift.ts';

export const tiny = {
  seeds: 2,
  pretrainSteps: 1,
  pretrainBatch: 2,
  teacherSteps: 1,
  samples: 16,
  studentSteps: 1,
  studentBatch: 2,
  answers: 1,
};

/**
 * `carrier` with a filter that keeps about half of whatever there is, by the token at the answer's start: bases of so
 * few steps write nothing that another would keep.
 */
export const halved = (carrier: Carrier): Carrier => ({
  ...carrier,
  filter: 'halved',
  sift: (samples) => sift(samples, ['odd'], ({ answer: [first] }) => (first % 2 === 0 ? undefined : 'odd')),
});
