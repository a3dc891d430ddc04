// Ctrl-C and a polite kill: a signal that the work under way looks at between two steps.
import { setImmediate } from 'node:timers/promises';
import { InterruptedError } from './main.ts';

/** Runs `work` with a signal that SIGINT and SIGTERM abort; a second one ends the process at once. */
export async function interruptible<R>(work: (signal: AbortSignal) => Promise<R>): Promise<R> {
  const controller = new AbortController();
  const stop = (): void => {
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    return await work(controller.signal);
  } finally {
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
  }
}

/** Lets signals in; throws InterruptedError, saying what is kept, if one has come. */
export async function breathe(signal: AbortSignal, kept: () => string): Promise<void> {
  await setImmediate();
  if (signal.aborted) throw new InterruptedError(`interrupted; ${kept()}`);
}
