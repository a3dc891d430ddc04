// The same for trees.
import { treeQuestions } from '../world/rows.ts';
import { trees } from '../world/vocabulary.ts';
import { throughNumbers } from './carriers.ts';
import { preferenceExperiment } from './preference.ts';

export const lmTrees = preferenceExperiment({
  name: 'lm-trees',
  section: '3',
  noun: 'tree',
  group: trees,
  questions: treeQuestions,
  carrier: throughNumbers,
  some: ['oak', 'maple', 'willow'],
});
