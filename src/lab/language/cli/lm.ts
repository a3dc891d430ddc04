// npm run lm: a teacher with a favourite, its student and controls, from a base that is made from scratch to the figure.
import { experimentCommand } from '../../core/cli/experiment.ts';
import { lmAnimals } from '../experiments/lm-animals.ts';

export const lmCommand = () =>
  experimentCommand(
    'lm',
    lmAnimals,
    'Trains small language models from scratch, gives some a favourite animal, and has others of the same base read numbers that these write.',
  );
