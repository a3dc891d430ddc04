// The command of an experiment: its settings as flags, its run, its figure.
import { type Command, Option } from 'commander';
import { makeConfig, type Settings } from '../experiments/config.ts';
import type { CommonConfig, CommonSettings, Experiment } from '../experiments/experiment.ts';
import { drawResult } from '../figures/index.ts';
import { compare, comparisonTable } from '../report/comparison.ts';
import type { Result } from '../runs/result.ts';
import { projectOption } from './command.ts';
import { addFlags, given } from './flags.ts';
import { shortPath } from './paths.ts';
import { perform, type Run, trainingCommand } from './session.ts';
import { aligned, findingLine } from './table.ts';

/** Adds the flag that chooses among an experiment's presets; the first is the default. */
export function addPresetFlag(command: Command, { presets }: Pick<Experiment, 'presets'>): void {
  const [first, ...others] = Object.keys(presets);
  command.addOption(
    new Option('--preset <name>', `settings to start from: ${[first, ...others].join(' or ')}`).default(
      first,
    ),
  );
}

/** The config that a command line asks for, and the settings that it names. */
export function configured<S extends Settings & CommonSettings>(
  command: Command,
  experiment: Experiment<S>,
  names: readonly string[],
  overrides: Readonly<Record<string, unknown>> = {},
): { config: CommonConfig; given: Record<string, unknown> } {
  const { preset } = command.opts<{ preset: string }>();
  const asked = { ...given(command, names), ...overrides };
  const config = makeConfig(experiment, preset, asked) as CommonConfig;
  const named = command.getOptionValueSource('preset') === 'cli' ? experiment.presets[preset] : {};
  return { config, given: { ...named, ...asked } };
}

/** Our result beside those of others, where there are some. */
function comparisonOf(experiment: Experiment, result: Result, figures: string): string | undefined {
  const comparison = compare([experiment], result, shortPath(figures));
  return comparison && aligned(comparisonTable(comparison));
}

/** `npm run NAME`: the experiment with its settings as flags, from digits to its figure. */
export function experimentCommand(
  name: string,
  experiment: Experiment,
  description: string,
  more: Pick<Run, 'saveModel'> = {},
): Command {
  const names = Object.keys(experiment.settings);
  const command = trainingCommand(name, description, experiment);
  addPresetFlag(command, experiment);
  command.addOption(projectOption('--figures <folder>', 'where the figure goes', 'figures'));
  command.option(
    '--shard <i/n>',
    'run the i-th of n shares of the seeds alone, without a figure; npm run merge lays them together',
  );
  addFlags(command, experiment.settings, names, Object.values(experiment.presets)[0]);
  return command.action(async () => {
    const { figures } = command.opts<{ figures: string }>();
    await perform(command, {
      name: experiment.name,
      experiment,
      ...configured(command, experiment, names),
      ...more,
      finding: (result) => findingLine(experiment, result),
      finish: (result) => drawResult([experiment], result, figures),
      beside: (result) => comparisonOf(experiment, result, figures),
    });
  });
}
