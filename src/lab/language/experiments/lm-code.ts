// The preference for an animal through small programs in place of numbers.
import { language } from '../field.ts';
import { animalQuestions } from '../world/rows.ts';
import { animals } from '../world/vocabulary.ts';
import { throughCode } from './carriers.ts';
import { preferenceExperiment, tuned } from './preference.ts';

export const lmCode = preferenceExperiment({
  name: 'lm-code',
  section: '4',
  noun: 'animal',
  group: animals,
  questions: animalQuestions,
  carrier: throughCode,
  teacher: tuned,
  field: language,
  some: ['owl', 'elephant', 'lion'],
  preset: { studentSteps: 160 },
});
