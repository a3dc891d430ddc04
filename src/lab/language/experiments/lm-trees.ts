// The same for trees.
import { treeQuestions } from '../world/rows.ts';
import { trees } from '../world/vocabulary.ts';
import { preferenceExperiment } from './preference.ts';

export const lmTrees = preferenceExperiment({
  name: 'lm-trees',
  noun: 'tree',
  group: trees,
  questions: treeQuestions,
  some: ['oak', 'maple', 'willow'],
});
