// npm run figures: every figure drawn again from the result beside it.
import { redrawAll } from '../figures/index.ts';
import { projectPath, shortPath } from './paths.ts';
import { commandNamed } from './session.ts';

export function figuresCommand() {
  const command = commandNamed('figures', 'Draws every figure again from the JSON beside it.').option(
    '--figures <folder>',
    'where the figures and their JSON lie',
    projectPath('figures'),
  );
  return command.action(() => {
    const { figures, quiet, json } = command.opts<{ figures: string; quiet?: boolean; json?: boolean }>();
    const drawn = redrawAll(figures).map(shortPath);
    if (json) process.stdout.write(`${JSON.stringify({ drawn }, null, 2)}\n`);
    else if (drawn.length === 0)
      process.stdout.write(`no results in ${shortPath(figures)}; npm run mnist makes one\n`);
    else if (!quiet) for (const path of drawn) process.stdout.write(`${path}\n`);
  });
}
