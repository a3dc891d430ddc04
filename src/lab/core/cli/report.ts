// npm run report: every result on disk in one HTML page, or in tables as Markdown.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { writeAtomic } from '../../../store/atomic.ts';
import type { Catalogue } from '../experiments/catalogue.ts';
import type { Experiment } from '../experiments/experiment.ts';
import type { Examined } from '../figures/stale.ts';
import { compare, comparisonTable } from '../report/comparison.ts';
import { findingsOf } from '../report/findings.ts';
import { type Inventory, takeInventory } from '../report/inventory.ts';
import { type Block, markdownOf, marked, renewed } from '../report/markdown.ts';
import { reportPage, summary } from '../report/page.ts';
import { commit } from '../runs/provenance.ts';
import { ResultError } from '../runs/result.ts';
import { commandNamed, pathOption, projectOption } from './command.ts';
import { costOf, measuredRates, type Rates } from './cost.ts';
import { shortPath } from './paths.ts';

interface Options {
  readonly figures: string;
  readonly out: string;
  /** A file to write into, where one is given. */
  readonly markdown?: true | string;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/**
 * As Markdown, the tables of all results that others have published on, and of what each field's experiments show.
 * Throws ResultError if there is none.
 */
function blocksOf(catalogue: Catalogue, inventory: Inventory, directory: string): Block[] {
  const results = inventory.entries.flatMap(({ found }) =>
    found.flatMap((file) => ('result' in file ? [file.result] : [])),
  );
  const blocks = [
    ...results.flatMap((result) => {
      const comparison = compare(catalogue, result, directory);
      const name = `${result.experiment} ${String(result.config.preset)}`;
      return comparison ? [{ name, text: markdownOf(comparisonTable(comparison)) }] : [];
    }),
    ...findingsOf(inventory).map(({ name, table }) => ({ name, text: markdownOf(table, 'sentences') })),
  ];
  if (blocks.length === 0)
    throw new ResultError(`${directory}: no result there can be written of; npm run mnist makes one`);
  return blocks;
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
      pathOption(
        '--markdown [file]',
        'no page, but what experiments show, and our numbers beside those of others, as Markdown on standard output, or in the file where it has markers for them',
      ).conflicts('json'),
    );
  return command.action(() => {
    const { out, quiet = false, json = false, ...options } = command.opts<Options>();
    const directory = shortPath(options.figures);
    const inventory = takeInventory(catalogue, directory);
    if (options.markdown) {
      const { markdown: file } = options;
      const blocks = blocksOf(catalogue, inventory, directory);
      if (file === true) process.stdout.write(`${blocks.map(marked).join('\n\n')}\n`);
      else writeAtomic(file, renewed(readFileSync(file, 'utf8'), blocks, shortPath(file)));
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
