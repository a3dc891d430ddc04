// npm run mnist:teacher: a teacher alone, with its initialisation, as a file to distil from.

import { addPresetFlag, configured } from '../../core/cli/experiment.ts';
import { addFlags } from '../../core/cli/flags.ts';
import { perform, trainingCommand } from '../../core/cli/session.ts';
import { mnist } from '../experiments/mnist.ts';
import { saveModel } from '../experiments/mnist-models.ts';

const unused = ['studentEpochs', 'noiseImages', 'noise', 'arms'];
const names = Object.keys(mnist.settings).filter((name) => !unused.includes(name));

export function mnistTeacherCommand() {
  const command = trainingCommand(
    'mnist:teacher',
    'Trains a teacher on digits; teacher.safetensors in the run folder holds it and its initialisation.',
    mnist,
  );
  addPresetFlag(command, mnist);
  addFlags(command, mnist.settings, names, mnist.presets.quick);
  return command.action(async () => {
    await perform(command, {
      name: 'mnist-teacher',
      experiment: mnist,
      ...configured(command, mnist, names, { arms: ['reference', 'teacher'] }),
      saveModel,
    });
  });
}
