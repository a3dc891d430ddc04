// Commands as people and scripts run them: real processes, exit codes and single lines.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { bundled } from './bundled.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Starts scripts/SCRIPT.ts with `args`. */
export function start(
  script: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): { child: ChildProcess; finished: Promise<Finished> } {
  const child = spawn(process.execPath, [bundled(`scripts/${script}.ts`), ...args], {
    cwd: root,
    env: { ...process.env, UMBRA_THREADS: '1', ...env }, // tests run side by side
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const finished = new Promise<Finished>((resolve) => {
    child.on('close', (code) => resolve({ code, out, err }));
  });
  return { child, finished };
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
