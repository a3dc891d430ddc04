// npm run lab: every experiment, what it asks and what it costs here; npm run lab -- NAME runs one.
import { Command } from 'commander';
import { describeEngine } from '../../../index.ts';
import type { Catalogue } from '../experiments/catalogue.ts';
import { ConfigError, makeConfig } from '../experiments/config.ts';
import type { CommonConfig } from '../experiments/experiment.ts';
import { costOf, measuredRates } from './cost.ts';
import { editDistance } from './edit-distance.ts';
import { experimentCommand } from './experiment.ts';

function list(catalogue: Catalogue, json: boolean): void {
  const rates = measuredRates();
  if (json) {
    const rows = catalogue.map((experiment) => ({
      name: experiment.name,
      question: experiment.question,
      source: experiment.source,
      flops: Object.fromEntries(
        Object.keys(experiment.presets).map((name) => [name, experiment.flops(makeConfig(experiment, name))]),
      ),
    }));
    process.stdout.write(
      `${JSON.stringify({ flopsPerSecond: rates(catalogue[0], makeConfig(catalogue[0], 'quick') as CommonConfig), experiments: rows }, null, 2)}\n`,
    );
    return;
  }
  const entries = catalogue.map((experiment) =>
    [
      `${experiment.name}`,
      `  ${experiment.question}`,
      `  asked in: ${experiment.source}`,
      ...Object.keys(experiment.presets).map((preset) => `  ${preset}: ${costOf(experiment, preset, rates)}`),
    ].join('\n'),
  );
  process.stdout.write(
    `${entries.join('\n\n')}\n\nnpm run lab -- NAME runs one, npm run lab -- NAME --help lists its settings.\n(minutes as measured on this machine: engine ${describeEngine()})\n`,
  );
}

/** Those of `names` that may be meant by `name`: what it begins, or else what is spelled almost so. */
function meant(name: string, names: readonly string[]): string[] {
  const begun = names.filter((each) => each.startsWith(name));
  if (begun.length > 0) return begun;
  const [nearest] = names.toSorted((a, b) => editDistance(a, name) - editDistance(b, name));
  return editDistance(nearest, name) <= Math.max(2, name.length / 3) ? [nearest] : [];
}

/** That there is no experiment called `name`, and which one may be meant. */
function unknown(catalogue: Catalogue, name: string): string {
  const near = meant(
    name,
    catalogue.map((each) => each.name),
  );
  const guess = near.length > 0 ? ` (did you mean ${near.join(', ')}?)` : '';
  return `there is no experiment '${name}'; npm run lab lists them${guess}`;
}

export function labCommand(catalogue: Catalogue): Command {
  const command = new Command('lab')
    .description('Runs an experiment; without a name, lists them with what they cost on this machine.')
    .configureHelp({ commandUsage: () => 'npm run lab -- [name] [options]' })
    .helpCommand(false)
    .enablePositionalOptions() // what follows a name is that experiment's
    .option('--json', 'the list as JSON')
    .option('--debug', 'show where an error came from')
    .action((_, { args }: Command) => {
      const { json = false } = command.opts<{ json?: boolean }>();
      if (args.length) throw new ConfigError(unknown(catalogue, args[0]));
      list(catalogue, json);
    })
    .allowExcessArguments();
  for (const experiment of catalogue)
    command.addCommand(experimentCommand(experiment.name, experiment, experiment.question));
  return command;
}
