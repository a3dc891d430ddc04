// npm run report: every result on disk in one HTML page, or our numbers beside others' as Markdown.
import { type Command, Option } from 'commander';
import { writeAtomic } from '../../../store/atomic.ts';
import type { Catalogue } from '../experiments/catalogue.ts';
import type { Experiment } from '../experiments/experiment.ts';
import type { Examined } from '../figures/stale.ts';
import { compare, comparisonTable } from '../report/comparison.ts';
import { type Inventory, takeInventory } from '../report/inventory.ts';
import { markdownOf } from '../report/markdown.ts';
import { reportPage, summary } from '../report/page.ts';
import { commit } from '../runs/provenance.ts';
import { ResultError } from '../runs/result.ts';
import { commandNamed, projectOption } from './command.ts';
import { costOf, measuredRates, type Rates } from './cost.ts';
import { shortPath } from './paths.ts';

interface Options {
  readonly figures: string;
  readonly out: string;
  readonly markdown?: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** The tables of all results that others have published on, as Markdown. Throws ResultError if there is none. */
function markdown(catalogue: Catalogue, { entries }: Inventory, directory: string): string {
  const results = entries.flatMap(({ found }) =>
    found.flatMap((file) => ('result' in file ? [file.result] : [])),
  );
  const comparisons = results.flatMap((result) => compare(catalogue, result, directory) ?? []);
  if (comparisons.length === 0)
    throw new ResultError(
      `${directory}: no result has the settings of something published; npm run mnist:paper makes one`,
    );
  return comparisons.map((comparison) => markdownOf(comparisonTable(comparison))).join('\n\n');
}

const told = (file: Examined) => ({
  file: file.path,
  preset: file.preset,
  state: file.state,
  ...('why' in file ? { why: file.why } : {}),
});

/** The cost of a preset in words; how fast this machine is is measured once, and only if it is asked for. */
function costs(): (experiment: Experiment, preset: string) => string {
  let rates: Rates | undefined;
  return (experiment, preset) => {
    rates ??= measuredRates();
    return costOf(experiment, preset, rates);
  };
}

export function reportCommand(catalogue: Catalogue): Command {
  const command = commandNamed('report', 'Writes a page of every result on disk, and of what is missing.')
    .addOption(projectOption('--figures <folder>', 'where the results lie', 'figures'))
    .addOption(projectOption('--out <file>', 'the page', 'report.html', 'report.html'))
    .addOption(
      new Option(
        '--markdown',
        'no page, but the table of our numbers beside those of others, as Markdown on standard output',
      ).conflicts('json'),
    );
  return command.action(() => {
    const { out, quiet = false, json = false, ...options } = command.opts<Options>();
    const directory = shortPath(options.figures);
    const inventory = takeInventory(catalogue, directory);
    if (options.markdown) {
      process.stdout.write(`${markdown(catalogue, inventory, directory)}\n`);
      return;
    }
    const { html, problems } = reportPage(inventory, {
      catalogue,
      directory,
      costOf: costs(),
      commit: commit(),
    });
    writeAtomic(out, html);
    for (const problem of problems) process.stderr.write(`report: ${problem}\n`);
    if (problems.length) process.exitCode = 1;
    if (json) {
      const experiments = inventory.entries.map(({ experiment, found, missing }) => ({
        name: experiment.name,
        results: found.map(told),
        missing,
      }));
      const all = { report: shortPath(out), experiments, problems };
      process.stdout.write(`${JSON.stringify(all, null, 2)}\n`);
    } else if (!quiet) process.stdout.write(`${summary(inventory)}\n${shortPath(out)}\n`);
  });
}
