// npm run merge: the results of an experiment's shards as one, with its figure.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { type Catalogue, experimentNamed } from '../experiments/catalogue.ts';
import { missingSeeds } from '../experiments/cells.ts';
import { MergeError, merge } from '../experiments/merge.ts';
import { drawResult } from '../figures/index.ts';
import { listed } from '../report/words.ts';
import { formatResult, type Result, readResult, writeResult } from '../runs/result.ts';
import { commandNamed, pathOption, projectOption } from './command.ts';
import { shortPath } from './paths.ts';
import { findingLine, resultTable } from './table.ts';

interface Options {
  readonly figures: string;
  readonly out?: string;
  readonly partial?: boolean;
  readonly json?: boolean;
}

/** The result file that `path` is, or that the run folder there holds. */
const fileAt = (path: string): string =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, 'result.json') : path;

/** Adds the flags of a command that merges. */
export const addMergeFlags = (command: Command): Command =>
  command
    .addOption(pathOption('--out <file>', 'where the whole result goes, besides the folder of figures'))
    .addOption(projectOption('--figures <folder>', 'where the figure and its JSON go', 'figures'))
    .option('--partial', 'take what there is where seeds are missing');

/** Shows and draws the merged `result`, as the flags of `command` have it. Throws MergeError where seeds are missing. */
export function showMerged(catalogue: Catalogue, command: Command, result: Result): void {
  const { figures, out, partial, json } = command.opts<Options>();
  const missing = missingSeeds(result);
  const gap =
    missing.length > 0 &&
    `${missing.length === 1 ? 'seed' : 'seeds'} ${listed(missing)} of ${Number(result.config.seeds)}`;
  if (gap && !partial)
    throw new MergeError(`${result.experiment} lacks ${gap}; give their results, or take --partial`);
  const drawn = drawResult(catalogue, result, figures);
  if (out) writeResult(out, result);
  if (json) {
    process.stdout.write(`${formatResult(result)}\n`);
    if (gap) process.stderr.write(`merge: ${result.experiment} lacks ${gap}\n`);
    return;
  }
  const experiment = experimentNamed(catalogue, result.experiment);
  const lines = [
    resultTable(result, experiment),
    '',
    ...(experiment ? [findingLine(experiment, result), ''] : []),
    ...drawn.map((path) => `  figure  ${shortPath(path)}`),
    ...(out ? [`  result  ${shortPath(out)}`] : []),
    ...(gap ? [`  lacks   ${gap}`] : []),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

export function mergeCommand(catalogue: Catalogue): Command {
  const command = commandNamed(
    'merge',
    'Lays the results of shards together, and draws their figure.',
  ).argument('<results...>', 'run folders, or the result.json of each');
  return addMergeFlags(command).action((paths: readonly string[]) => {
    const sources = paths.map(fileAt).map((path) => ({ path, result: readResult(path) }));
    showMerged(catalogue, command, merge(sources));
  });
}
