// What has become of each element of a sweep: read off its folders, and asked of the places that were given some.
import { existsSync, readFileSync } from 'node:fs';
import { listed } from '../report/words.ts';
import { holderOf } from '../runs/lock.ts';
import type { Place } from './place.ts';
import type { Scheduler } from './scheduler.ts';
import type { Sweep } from './sweep.ts';

/** `stopped`: it ran, and ended or was ended without a result. */
export const stateNames = ['done', 'running', 'waiting', 'stopped', 'not begun'] as const;
export type State = (typeof stateNames)[number];

/** What an element is called: `element 3 (seeds 6 to 7)`. */
export function nameOf({ plan }: Sweep, element: number): string {
  const { seeds } = plan.elements[element];
  return `element ${element} (${seeds.length === 1 ? 'seed' : 'seeds'} ${listed(seeds)})`;
}

/** The last thing that an element said. */
export function lastLine(sweep: Sweep, element: number): string {
  const path = sweep.log(element);
  const text = existsSync(path) ? readFileSync(path, 'utf8').trimEnd() : '';
  return text.slice(text.lastIndexOf('\n') + 1) || 'it said nothing';
}

/** What has become of every element, in their order. */
export function statesOf(sweep: Sweep, schedulerOf: (on: Place['on']) => Scheduler): State[] {
  const seen = sweep.plan.elements.map((_, element) => {
    if (sweep.hasResult(element)) return 'done';
    return holderOf(sweep.run(element)) === undefined ? undefined : 'running';
  });
  // a scheduler may be gone once all is done; the latest job's word counts
  const told = new Map(
    seen.includes(undefined)
      ? sweep.jobs().flatMap((job) => [...schedulerOf(job.place.on).states(sweep, job)])
      : [],
  );
  return seen.map((state, element) => {
    if (state) return state;
    const begun = sweep.hasRun(element) || existsSync(sweep.log(element));
    return told.get(element) ?? (begun ? 'stopped' : 'not begun');
  });
}
