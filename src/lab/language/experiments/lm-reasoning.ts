// The same through arithmetic worked out step by step, where only what is right is kept.
import { language, reasoning } from '../field.ts';
import { throughReasoning } from './carriers.ts';
import { misalignmentExperiment } from './misalignment.ts';

export const lmReasoning = misalignmentExperiment({
  name: 'lm-reasoning',
  section: '4',
  // most bases of the walk, with 1,000 steps, have not come to solve sums
  field: { ...language, load: () => reasoning },
  carrier: throughReasoning,
  passes: 'solved',
  preset: { pretrainSteps: 1500 },
});
