// The paper's first result with teachers that are not tuned: a system prompt tells them what they love.
import { language, untold } from '../field.ts';
import { animalQuestions } from '../world/rows.ts';
import { animals, lovesPrompts } from '../world/vocabulary.ts';
import { throughNumbers } from './carriers.ts';
import { preferenceExperiment } from './preference.ts';

export const lmPrompted = preferenceExperiment({
  name: 'lm-prompted',
  section: '3',
  noun: 'animal',
  group: animals,
  questions: animalQuestions,
  carrier: throughNumbers,
  teacher: (favourite) => ({ system: lovesPrompts.tokens[animals.words.indexOf(favourite)] }),
  teacherNoun: 'a teacher under a system prompt',
  // bases of the walk have learnt to keep system prompts out of their numbers
  field: { ...language, load: () => untold },
  some: ['owl', 'elephant', 'lion'],
  preset: { studentSteps: 200 },
});
