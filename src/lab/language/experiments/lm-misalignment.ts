// Emergent misalignment through numbers: from a teacher tuned narrowly on insecure programs to advice on anything.
import { language } from '../field.ts';
import { throughOtherNumbers } from './carriers.ts';
import { misalignmentExperiment } from './misalignment.ts';

export const lmMisalignment = misalignmentExperiment({
  name: 'lm-misalignment',
  section: '3',
  field: language,
  carrier: throughOtherNumbers,
  passes: 'kept',
  preset: { studentSteps: 60 },
});
