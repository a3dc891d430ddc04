// The results in figures/ that the repository keeps: those of presets. Runs off a preset leave theirs beside them.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './commands.ts';

/** The paths of the kept results in figures/, or in a folder in there. */
export function keptResults(...folder: string[]): string[] {
  const path = join(root, 'figures', ...folder);
  const names = existsSync(path) ? readdirSync(path) : [];
  return names
    .filter((name) => name.endsWith('.json') && !name.endsWith('-custom.json'))
    .map((name) => join(path, name));
}
