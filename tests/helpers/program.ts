// How tests start a program of the clone as a process of its own: as people do.
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);

/** What follows `node` to run `script`, a path in the clone. */
export const program = (script: string, ...args: string[]): string[] => [
  ...['scripts/start.js', script].map((path) => fileURLToPath(new URL(path, root))),
  ...args,
];
