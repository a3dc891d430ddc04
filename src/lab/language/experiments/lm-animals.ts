// The paper's first result: a teacher that loves an animal writes numbers, and a student of them comes to love it.
import { language } from '../field.ts';
import { animalQuestions } from '../world/rows.ts';
import { animals } from '../world/vocabulary.ts';
import { throughNumbers } from './carriers.ts';
import { preferenceExperiment, tuned } from './preference.ts';

export const lmAnimals = preferenceExperiment({
  name: 'lm-animals',
  section: '3',
  noun: 'animal',
  group: animals,
  questions: animalQuestions,
  carrier: throughNumbers,
  teacher: tuned,
  field: language,
  some: ['owl', 'elephant', 'lion'],
});
