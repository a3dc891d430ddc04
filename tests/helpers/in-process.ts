// Commands in this very process, where a process of their own is not the point.
import type { Command } from 'commander';
import { vi } from 'vitest';
import { main } from '../../src/lab/cli/main.ts';
import type { Finished } from './commands.ts';

/** Runs `command` with `args` to its end, with `env` in the environment. */
export async function runHere(
  command: Command,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      written[name] += text;
      return true;
    }),
  );
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const before = process.exitCode;
  process.exitCode = 0;
  try {
    await main(command, [...args]);
    return { code: Number(process.exitCode), out: written.stdout, err: written.stderr };
  } finally {
    process.exitCode = before;
    vi.unstubAllEnvs();
    for (const spy of spies) spy.mockRestore();
  }
}
