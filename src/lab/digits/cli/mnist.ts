// npm run mnist: a teacher, its student and a control, from digits to the figure.

import { experimentCommand } from '../../core/cli/experiment.ts';
import { mnist } from '../experiments/mnist.ts';
import { saveModel } from '../experiments/mnist-models.ts';

export const mnistCommand = () =>
  experimentCommand(
    'mnist',
    mnist,
    'Trains a teacher on digits, a student on its auxiliary logits over noise, and a control from another start.',
    { saveModel },
  );
