// npm run mnist: a teacher, its student and a control, from digits to the figure.
import { Option } from 'commander';
import { makeConfig, presets, settings } from '../experiments/mnist/config.ts';
import { runMnist } from '../experiments/mnist/experiment.ts';
import { drawResult } from '../figures/index.ts';
import { addFlags, given } from './flags.ts';
import { folderOption, perform, trainingCommand } from './session.ts';

const names = Object.keys(settings);

export function mnistCommand() {
  const command = trainingCommand(
    'mnist',
    'Trains a teacher on digits, a student on its auxiliary logits over noise, and a control from another start.',
  )
    .addOption(
      new Option('--preset <name>', `settings to start from: ${Object.keys(presets).join(' or ')}`).default(
        'quick',
      ),
    )
    .addOption(folderOption('--figures <folder>', 'where the figure goes', 'figures'));
  addFlags(command, settings, names, presets.quick);
  return command.action(async () => {
    const { preset, figures } = command.opts<{ preset: string; figures: string }>();
    await perform(command, {
      name: 'mnist',
      config: makeConfig(preset, given(command, names)),
      experiment: runMnist,
      finish: (result) => drawResult(result, figures),
    });
  });
}
