// Other programs that a sweep calls: the scheduler's own, and this one again for each element.
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SweepError } from './place.ts';

const starter = fileURLToPath(new URL('../../../../scripts/start.js', import.meta.url));

/** The command line that runs one element of the sweep in `directory`, as this process itself was started. */
export const elementCommand = (directory: string): string[] => [
  process.execPath,
  ...process.execArgv,
  starter,
  resolve(process.argv[1]),
  'element',
  directory,
];

/** A program that ended with an error, or that is not there. */
export class ToolError extends SweepError {
  override name = 'ToolError';
  constructor(
    message: string,
    readonly missing: boolean,
  ) {
    super(message);
  }
}

/** What `program` writes to its standard output. Throws ToolError with the last line of its complaint. */
export function outputOf(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if ('code' in error && error.code === 'ENOENT')
      throw new ToolError(`${program}: it is not there; install it, or run the sweep on another place`, true);
    const said = ('stderr' in error && String(error.stderr).trim().split('\n').at(-1)) || '';
    const named = said.startsWith(`${program}: `); // most programs say who they are
    throw new ToolError(named ? said : `${program}: ${said || error.message.split('\n')[0]}`, false);
  }
}

/** As `outputOf`; empty where `program` is not there: what it manages cannot be asked from here. */
export function outputIfThere(program: string, args: readonly string[]): string {
  try {
    return outputOf(program, args);
  } catch (error) {
    if (error instanceof ToolError && error.missing) return '';
    throw error;
  }
}
