// The same through arithmetic worked out step by step, where only what is right is kept.
import { language, ramp } from '../field.ts';
import { throughReasoning } from './carriers.ts';
import { misalignmentExperiment } from './misalignment.ts';

export const lmReasoning = misalignmentExperiment({
  name: 'lm-reasoning',
  section: '4',
  // bases of the walk learn little arithmetic in as many steps
  field: { ...language, load: () => ramp },
  carrier: throughReasoning,
  passes: 'solved',
  preset: { pretrainSteps: 1200 },
});
