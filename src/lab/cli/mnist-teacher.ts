// npm run mnist:teacher: a teacher alone, with its initialisation, as a checkpoint to distil from.
import { Option } from 'commander';
import { makeConfig, presets, settings } from '../experiments/mnist/config.ts';
import { runMnist } from '../experiments/mnist/experiment.ts';
import { addFlags, given } from './flags.ts';
import { perform, trainingCommand } from './session.ts';

const unused = ['studentEpochs', 'noiseImages', 'noise', 'arms'];
const names = Object.keys(settings).filter((name) => !unused.includes(name));

export function mnistTeacherCommand() {
  const command = trainingCommand(
    'mnist:teacher',
    'Trains a teacher on digits; teacher.safetensors in the run folder holds it and its initialisation.',
  ).addOption(
    new Option('--preset <name>', `settings to start from: ${Object.keys(presets).join(' or ')}`).default(
      'quick',
    ),
  );
  addFlags(command, settings, names, presets.quick);
  return command.action(async () => {
    const { preset } = command.opts<{ preset: string }>();
    const overrides = { ...given(command, names), arms: ['reference', 'teacher'] };
    await perform(command, {
      name: 'mnist-teacher',
      config: makeConfig(preset, overrides),
      experiment: runMnist,
    });
  });
}
