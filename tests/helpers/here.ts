// Commands in this very process, where a process of their own is not the point.
import { vi } from 'vitest';
import { defaultEngine } from '../../src/engines/index.ts';
import { setEngine } from '../../src/graph/index.ts';
import { useThreads } from '../../src/index.ts';
import { figuresCommand } from '../../src/lab/core/cli/figures.ts';
import { labCommand } from '../../src/lab/core/cli/lab.ts';
import { main } from '../../src/lab/core/cli/main.ts';
import { mergeCommand } from '../../src/lab/core/cli/merge.ts';
import { reportCommand } from '../../src/lab/core/cli/report.ts';
import { sweepCommand } from '../../src/lab/core/cli/sweep.ts';
import { datasetsFetchCommand } from '../../src/lab/digits/cli/datasets-fetch.ts';
import { mnistCommand } from '../../src/lab/digits/cli/mnist.ts';
import { mnistStudentCommand } from '../../src/lab/digits/cli/mnist-student.ts';
import { mnistTeacherCommand } from '../../src/lab/digits/cli/mnist-teacher.ts';
import { experiments } from '../../src/lab/experiments.ts';
import { lmCommand } from '../../src/lab/language/cli/lm.ts';
import type { Finished } from './commands.ts';

const commands = {
  mnist: mnistCommand,
  'mnist:teacher': mnistTeacherCommand,
  'mnist:student': mnistStudentCommand,
  lab: () => labCommand(experiments),
  figures: () => figuresCommand(experiments),
  sweep: () => sweepCommand(experiments),
  merge: () => mergeCommand(experiments),
  report: () => reportCommand(experiments),
  lm: lmCommand,
  'datasets:fetch': datasetsFetchCommand,
};
export type CommandName = keyof typeof commands;
export const commandNames = Object.keys(commands) as CommandName[];

/**
 * Runs `npm run NAME` with `args` to its end, with `env` in the environment: on one thread, and on the engine that
 * a new process would choose without `env`, where the flags name no other.
 */
export async function runHere(
  name: CommandName,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  useThreads(1); // tests run side by side
  setEngine(defaultEngine());
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      written[stream] += text;
      return true;
    }),
  );
  for (const [variable, value] of Object.entries(env)) vi.stubEnv(variable, value);
  const before = process.exitCode;
  process.exitCode = 0;
  try {
    await main(commands[name](), [...args]);
    return { code: Number(process.exitCode), out: written.stdout, err: written.stderr };
  } finally {
    process.exitCode = before;
    vi.unstubAllEnvs();
    for (const spy of spies) spy.mockRestore();
  }
}

/** Does `work` while each look at the clock takes a tenth of a second: what is measured for a while is over soon. */
export async function hurried<R>(work: () => Promise<R>): Promise<R> {
  let now = performance.now();
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => {
    now += 100;
    return now;
  });
  try {
    return await work();
  } finally {
    clock.mockRestore();
  }
}
