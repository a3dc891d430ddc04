// npm run figures: every figure drawn again from the result beside it, or a run's from its folder.
import { join } from 'node:path';
import { drawResult, redrawAll } from '../figures/index.ts';
import { readResult } from '../runs/result.ts';
import { shortPath } from './paths.ts';
import { commandNamed, folderOption } from './session.ts';

interface Options {
  readonly figures: string;
  readonly only: string;
  readonly run?: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

export function figuresCommand() {
  const command = commandNamed('figures', 'Draws every figure again from the JSON beside it.')
    .addOption(folderOption('--figures <folder>', 'where the figures and their JSON lie', 'figures'))
    .option('--only <prefix>', 'those results alone whose names begin so, as in mnist-', '')
    .option('--run <folder>', "draw this run's figure instead, from its result.json");
  return command.action(() => {
    const { figures, only, run, quiet, json } = command.opts<Options>();
    const drawn = run ? drawResult(readResult(join(run, 'result.json')), figures) : redrawAll(figures, only);
    const paths = drawn.map(shortPath);
    if (json) process.stdout.write(`${JSON.stringify({ drawn: paths }, null, 2)}\n`);
    else if (paths.length === 0)
      process.stdout.write(
        `no results${only && ` named ${only}…`} in ${shortPath(figures)}; npm run ${only ? 'lab' : 'mnist'} makes one\n`,
      );
    else if (!quiet) for (const path of paths) process.stdout.write(`${path}\n`);
  });
}
