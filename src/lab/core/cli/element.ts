// npm run sweep -- element: one element of a sweep, from wherever its run was left to its result.

import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type Catalogue, experimentNamed } from '../experiments/catalogue.ts';
import { ConfigError } from '../experiments/config.ts';
import { LockedError } from '../runs/lock.ts';
import { codeDigest, versions } from '../runs/provenance.ts';
import { formatResult, readResult } from '../runs/result.ts';
import { SweepError } from '../sweep/place.ts';
import { numbersOf } from '../sweep/spans.ts';
import { nameOf } from '../sweep/states.ts';
import type { Sweep } from '../sweep/sweep.ts';
import { experimentCommand } from './experiment.ts';

/** Milliseconds from one look at a folder in which another process runs to the next. */
const patience = 500;

/** What a place tells a process of which one it is. */
const numbers = ['SLURM_ARRAY_TASK_ID', 'JOB_COMPLETION_INDEX'] as const;

/** Which element is meant: that of the flags, or the one that a scheduler names. Throws ConfigError. */
export function elementOf(
  { plan: { elements } }: Sweep,
  { element, of }: { readonly element?: string; readonly of?: string },
  env: Readonly<Record<string, string | undefined>> = process.env,
): number {
  const told = element ?? numbers.map((name) => env[name]).find((value) => value !== undefined);
  if (told === undefined)
    throw new ConfigError(`--element: it is needed where neither ${numbers.join(' nor ')} tells it`);
  const found = of === undefined ? told : String(numbersOf(of)[Number(told)] ?? `${told} of ${of}`);
  if (!/^\d+$/.test(found) || Number(found) >= elements.length)
    throw new ConfigError(`--element ${found}: must be a whole number from 0 to ${elements.length - 1}`);
  return Number(found);
}

/** Throws SweepError where what runs here is not what the sweep began with. */
function checkSame({ directory, plan }: Sweep): void {
  const other = (what: string) =>
    new SweepError(
      `${directory}: the sweep began with other ${what}; go back to that, or begin another sweep with --artefacts ${directory}/${plan.artefacts}`,
    );
  if (plan.code !== codeDigest()) throw other('code');
  const here = versions();
  if (!isDeepStrictEqual(plan.versions, here))
    throw other(`versions (node ${plan.versions.node}, here ${here.node})`);
}

/** Runs an element, unless its result is there. A run that another process is at is waited for. */
export async function runElement(
  catalogue: Catalogue,
  sweep: Sweep,
  element: number,
  { quiet = false, json = false }: { readonly quiet?: boolean; readonly json?: boolean },
): Promise<void> {
  const { experiment: name, flags, engine, elements } = sweep.plan;
  const experiment = experimentNamed(catalogue, name);
  if (!experiment) throw new SweepError(`${sweep.directory}: there is no experiment ${name}`);
  checkSame(sweep);
  const { shard } = elements[element];
  while (!sweep.hasResult(element)) {
    const place = ['--run', sweep.run(element), '--artefacts', sweep.artefacts, '--engine', engine];
    const part = shard ? ['--shard', shard] : [];
    const said = [...(quiet ? ['--quiet'] : []), ...(json ? ['--json'] : [])];
    const resume = sweep.hasRun(element) ? ['--resume'] : [];
    try {
      const command = experimentCommand(name, experiment, experiment.question).exitOverride();
      await command.parseAsync([...flags, ...place, ...part, ...said, ...resume], { from: 'user' });
      return;
    } catch (error) {
      if (!(error instanceof LockedError)) throw error;
      await setTimeout(patience);
    }
  }
  if (json) process.stdout.write(`${formatResult(readResult(sweep.result(element)))}\n`);
  else if (!quiet) process.stdout.write(`${nameOf(sweep, element)}: its result is there\n`);
}
