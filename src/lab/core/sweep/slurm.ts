// A sweep on Slurm: one array job, an element each of its tasks.
import { join } from 'node:path';
import { writeAtomic } from '../../../store/atomic.ts';
import type { On } from './place.ts';
import type { Scheduler } from './scheduler.ts';
import { spansOf } from './spans.ts';
import type { Sweep } from './sweep.ts';
import { elementCommand, outputIfThere, outputOf, ToolError } from './tools.ts';

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** The batch script of a sweep. Near the time limit a task keeps a last checkpoint and asks to be run again. */
export function batchScript(
  sweep: Sweep,
  { threads = 1, memory, partition, time, beforeLimit }: On<'slurm'>,
): string {
  const options = [
    `--job-name=umbra-${sweep.plan.experiment}`,
    `--output=${sweep.log('%a')}`,
    '--open-mode=append',
    '--requeue',
    `--cpus-per-task=${threads}`,
    ...(memory ? [`--mem=${memory}`] : []),
    ...(partition ? [`--partition=${partition}`] : []),
    ...(time ? [`--time=${time}`, `--signal=B:USR2@${beforeLimit}`] : []),
  ];
  return `#!/bin/bash
${options.map((option) => `#SBATCH ${option}\n`).join('')}
export UMBRA_THREADS=${threads}
limit=
trap 'limit=near; kill -TERM $run' USR2
trap 'kill -TERM $run' TERM
${elementCommand(sweep.directory).map(quoted).join(' ')} &
run=$!
wait $run
code=$?
while kill -0 $run 2>/dev/null; do # a signal ended the wait, not the run
  wait $run
  code=$?
done
trap - USR2 TERM
if [ "$limit" ] && [ $code -ge 128 ]; then
  scontrol requeue "\${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID" && sleep 60 # until it is taken off
fi
exit $code
`;
}

/** What `squeue` prints of a job: the number of each task that is left, and its state. */
function queued(id: string): string {
  try {
    return outputIfThere('squeue', ['--noheader', '--array', '--jobs', id, '--format', '%K %T']);
  } catch (error) {
    if (error instanceof ToolError && error.message.includes('Invalid job id')) return ''; // long done
    throw error;
  }
}

export const slurm: Scheduler<On<'slurm'>> = {
  async start(sweep, elements, place, keep) {
    const script = join(sweep.directory, 'slurm.sh');
    writeAtomic(script, batchScript(sweep, place));
    const [id] = outputOf('sbatch', ['--parsable', `--array=${spansOf(elements)}`, script])
      .trim()
      .split(';');
    keep(id);
  },

  states(_, { id }) {
    const lines = queued(id).trim().split('\n');
    const tasks = lines.map((line) => /^(\d+) (\w+)/.exec(line)).filter((match) => match !== null);
    const on = ['RUNNING', 'COMPLETING', 'SUSPENDED', 'STOPPED'];
    return new Map(
      tasks.map(([, task, state]) => [Number(task), on.includes(state) ? 'running' : 'waiting']),
    );
  },

  cancel(_, { id }) {
    if (queued(id) !== '') outputOf('scancel', [id]);
  },
};
