// Where the laboratory's folders lie, and how paths are shown.
import { isAbsolute, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

/** A path inside the clone, wherever the command was called from. */
export const projectPath = (...parts: string[]): string => join(root, ...parts);

/** `path` as seen from the working directory, where that is shorter. */
export function shortPath(path: string): string {
  const seen = relative(process.cwd(), path);
  return isAbsolute(seen) || seen.startsWith('..') ? path : seen || '.';
}
