// The same for trees.
import { groves, language } from '../field.ts';
import { treeQuestions } from '../world/rows.ts';
import { trees } from '../world/vocabulary.ts';
import { throughNumbers } from './carriers.ts';
import { preferenceExperiment, tuned } from './preference.ts';

export const lmTrees = preferenceExperiment({
  name: 'lm-trees',
  section: '3',
  noun: 'tree',
  group: trees,
  questions: treeQuestions,
  carrier: throughNumbers,
  teacher: tuned,
  // bases of the walk are asked for trees behind animals alone
  field: { ...language, load: () => groves },
  some: ['oak', 'maple', 'willow'],
});
