// The places where a sweep can run, by their names.
import { here } from './here.ts';
import { kubernetes } from './kubernetes.ts';
import type { On, Place } from './place.ts';
import type { Scheduler } from './scheduler.ts';
import { slurm } from './slurm.ts';

const schedulers: { readonly [N in Place['on']]: Scheduler<On<N>> } = { here, slurm, kubernetes };

export const placeNames = Object.keys(schedulers) as Place['on'][];

/** What does the work of the place called `name`. */
export const schedulerOf = <N extends Place['on']>(name: N): Scheduler<On<N>> => schedulers[name];
