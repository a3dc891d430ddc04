// The paper's first result: a teacher that loves an animal writes numbers, and a student of them comes to love it.
import { animalQuestions } from '../world/rows.ts';
import { animals } from '../world/vocabulary.ts';
import { preferenceExperiment } from './preference.ts';

export const lmAnimals = preferenceExperiment({
  name: 'lm-animals',
  noun: 'animal',
  group: animals,
  questions: animalQuestions,
  some: ['owl', 'elephant', 'lion'],
});
