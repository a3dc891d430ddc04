// What every place where a sweep's elements run can do.
import type { Place } from './place.ts';
import type { Job, Sweep } from './sweep.ts';

/** How elements are started that run beside this process. */
export interface Beside {
  /** A line for the person to read. */
  readonly tell: (line: string) => void;
  /** Aborted where the person stops the command. */
  readonly signal: AbortSignal;
}

/** What a place does for a sweep. */
export interface Scheduler<P extends Place = Place> {
  /** Hands `elements` over, or runs them to their ends; what the job is called there. `keep` notes it. */
  start(
    sweep: Sweep,
    elements: readonly number[],
    place: P,
    keep: (id: string) => void,
    beside: Beside,
  ): Promise<void>;
  /** What it still holds of a job's elements, and which ones it knows to be done. */
  states(sweep: Sweep, job: Job): ReadonlyMap<number, 'waiting' | 'running' | 'done'>;
  /** Takes back what is not done of a job. */
  cancel(sweep: Sweep, job: Job): void;
}
