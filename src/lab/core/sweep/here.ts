// A sweep on this machine: processes side by side, until all elements have ended.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { hostname } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { threadCount } from '../../../index.ts';
import { seconds } from '../report/words.ts';
import { type Holder, holderOf } from '../runs/lock.ts';
import { type On, SweepError } from './place.ts';
import type { Scheduler } from './scheduler.ts';
import { lastLine, nameOf } from './states.ts';
import type { Job, Sweep } from './sweep.ts';
import { elementCommand } from './tools.ts';

/** Starts an element; what it writes goes to its log. */
function begin(sweep: Sweep, element: number, threads: number): ChildProcess {
  const [program, ...args] = [...elementCommand(sweep.directory), '--element', String(element)];
  const log = openSync(sweep.log(element), 'a');
  try {
    return spawn(program, args, {
      stdio: ['ignore', log, log],
      env: { ...process.env, UMBRA_THREADS: String(threads) },
    });
  } finally {
    closeSync(log);
  }
}

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', () => resolve());
  });

export const here: Scheduler<On<'here'>> = {
  async start(sweep, elements, place, keep, { tell, signal }) {
    const all = threadCount();
    const threads = place.threads ?? Math.max(1, Math.floor(all / elements.length));
    const beside = Math.min(elements.length, Math.max(1, Math.floor(all / threads)));
    keep(`${process.pid}@${hostname()}`);
    const left = [...elements];
    const running = new Set<ChildProcess>();
    const stop = (): void => {
      for (const child of running) child.kill('SIGTERM');
    };
    signal.addEventListener('abort', stop);
    const work = async (): Promise<void> => {
      for (let element = left.shift(); element !== undefined; element = left.shift()) {
        if (signal.aborted) return;
        const started = performance.now();
        const child = begin(sweep, element, threads);
        running.add(child);
        await ended(child);
        running.delete(child);
        const took = seconds((performance.now() - started) / 1000);
        tell(
          `${nameOf(sweep, element)}: ${sweep.hasResult(element) ? `done in ${took}` : `no result; ${lastLine(sweep, element)}`}`,
        );
      }
    };
    await Promise.all(Array.from({ length: beside }, work));
    signal.removeEventListener('abort', stop);
    signal.throwIfAborted();
  },

  /** Those that its process has not come to yet; a run that goes on has its folder's lock. */
  states(sweep, job) {
    return new Map(goesOn(sweep, job) ? job.elements.map((element) => [element, 'waiting']) : []);
  },

  /** Its process ends those that it started; where it was killed, they are ended one by one. */
  cancel(sweep, job) {
    const { host } = processOf(job);
    const started = job.elements.map((element) => holderOf(sweep.run(element)));
    const ours = (goesOn(sweep, job) ? [processOf(job)] : started)
      .filter((each) => typeof each === 'object')
      .filter((each) => each.host === host);
    if (ours.length > 0 && host !== hostname())
      throw new SweepError(`process ${ours[0].pid}: it runs on ${host}; cancel the sweep there`);
    for (const { pid } of ours) process.kill(pid, 'SIGTERM');
  },
};

/** The process that a job is. */
function processOf({ id }: Job): Holder {
  const [pid, host] = id.split('@');
  return { pid: Number(pid), host };
}

const goesOn = (sweep: Sweep, job: Job): boolean =>
  isDeepStrictEqual(holderOf(sweep.directory), processOf(job));
