// Commands as people and scripts run them: real processes, exit codes and single lines.
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { program } from './program.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** What `child` has written, and how it ended, once it has. */
export function finished(child: ChildProcessWithoutNullStreams): Promise<Finished> {
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

/** Starts scripts/SCRIPT.ts with `args`. */
export function start(
  script: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): { child: ChildProcess; finished: Promise<Finished> } {
  const child = spawn(process.execPath, program(`scripts/${script}.ts`, ...args), {
    cwd: root,
    env: { ...process.env, UMBRA_THREADS: '1', ...env }, // tests run side by side
  });
  return { child, finished: finished(child) };
}

export const run = (script: string, ...args: string[]): Promise<Finished> => start(script, args).finished;

/** One line on standard error that holds `text`, nothing on standard output, and `code`. */
export function expectFailure({ code, out, err }: Finished, expected: number, text: string): void {
  expect(err).toContain(text);
  expect(err.trimEnd().split('\n')).toHaveLength(1);
  expect(err).not.toMatch(/^ +at /m);
  expect(out).toBe('');
  expect(code).toBe(expected);
}
