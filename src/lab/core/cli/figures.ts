// npm run figures: every figure drawn again from the result beside it, or a run's from its folder.
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Catalogue } from '../experiments/catalogue.ts';
import { drawResult, redrawAll, resultsIn } from '../figures/index.ts';
import { ResultError, readResult } from '../runs/result.ts';
import { commandNamed, pathOption, projectOption } from './command.ts';
import { shortPath } from './paths.ts';

interface Options {
  readonly figures: string;
  readonly only: string;
  readonly run?: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** That no result in `figures` has a name that begins with `only`, and what there is. */
function nothing(figures: string, only: string): string {
  const names = resultsIn(figures).map((name) => name.slice(0, -'.json'.length));
  const folder = shortPath(figures);
  return names.length === 0
    ? `${folder}: there is no result; npm run mnist makes one`
    : `--only ${only}: no result in ${folder} is named so; there is ${names.join(', ')}`;
}

export function figuresCommand(catalogue: Catalogue): Command {
  const command = commandNamed('figures', 'Draws every figure again from the JSON beside it.')
    .addOption(projectOption('--figures <folder>', 'where the figures and their JSON lie', 'figures'))
    .option('--only <prefix>', 'those results alone whose names begin so, as in mnist-', '')
    .addOption(pathOption('--run <folder>', "draw this run's figure instead, from its result.json"));
  return command.action(() => {
    const { figures, only, run, quiet, json } = command.opts<Options>();
    const drawn = run
      ? drawResult(catalogue, readResult(join(run, 'result.json')), figures)
      : redrawAll(catalogue, figures, only);
    if (drawn.length === 0) throw new ResultError(nothing(figures, only));
    const paths = drawn.map(shortPath);
    if (json) process.stdout.write(`${JSON.stringify({ drawn: paths }, null, 2)}\n`);
    else if (!quiet) for (const path of paths) process.stdout.write(`${path}\n`);
  });
}
