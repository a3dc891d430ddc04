// How many threads the engines that have threads run on.

import { arg, checked } from '../tensor/index.ts';

const most = 256;

let chosen: number | undefined;

/** `given` as a number of threads. Throws RangeError where it is none. */
function threads(given: number | string, source: string): number {
  const count = typeof given === 'string' && /^\d+$/.test(given.trim()) ? Number(given) : given;
  if (typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= most) return count;
  throw new RangeError(`${source}${given} is no number of threads; it is a whole number from 1 to ${most}`);
}

const count = arg.value(
  'count',
  `a whole number from 1 to ${most}`,
  (given): given is number | string => typeof given === 'number' || typeof given === 'string',
);

/** Makes what runs from now on run on `count` threads. Throws RangeError outside 1 to 256. */
export const useThreads = checked('useThreads', [count], (count: number | string): void => {
  chosen = threads(count, '');
});

/** How many threads the machine runs at once; a browser tells otherwise than Node does. */
export function atOnce(): number {
  const { navigator } = globalThis as { navigator?: { hardwareConcurrency?: number } };
  const os = globalThis.process?.getBuiltinModule?.('node:os');
  return os?.availableParallelism() ?? navigator?.hardwareConcurrency ?? 1;
}

/** The number of threads: what useThreads said, else UMBRA_THREADS, else what the machine runs at once. */
export function threadCount(): number {
  if (chosen !== undefined) return chosen;
  const asked = globalThis.process?.env?.UMBRA_THREADS;
  return asked ? threads(asked, 'UMBRA_THREADS: ') : Math.min(most, atOnce());
}
