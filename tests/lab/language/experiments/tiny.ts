// Settings with which an experiment on language runs in seconds and shows no effect.
import type { Carrier } from '../../../../src/lab/language/experiments/carriers.ts';
import { sift } from '../../../../src/lab/language/world/sift.ts';

export const tiny = {
  seeds: 2,
  pretrainSteps: 1,
  pretrainBatch: 2,
  teacherSteps: 1,
  samples: 10,
  studentSteps: 1,
  studentBatch: 2,
  answers: 1,
};

/** `carrier` with a filter that lets all pass: bases of so few steps write nothing that another would keep. */
export const unfiltered = (carrier: Carrier): Carrier => ({
  ...carrier,
  filter: 'none',
  sift: (samples) => sift(samples, [], () => undefined),
});
