// Ctrl-C and a polite kill: a signal that the work under way looks at between two steps.
import { setImmediate } from 'node:timers/promises';

/** The person stopped the work; the message says what is kept. */
export class InterruptedError extends Error {
  override name = 'InterruptedError';
}

/** Runs `work` with a signal that SIGINT and SIGTERM abort; a second one ends the process at once. */
export async function interruptible<R>(work: (signal: AbortSignal) => Promise<R>): Promise<R> {
  const controller = new AbortController();
  const release = (): void => {
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
  };
  const stop = (): void => {
    release();
    controller.abort(new InterruptedError('interrupted; what has arrived is kept'));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    return await work(controller.signal);
  } finally {
    release();
  }
}

/** Gives way to the event loop, so that a signal that has come is seen. */
export const letSignalsIn = (): Promise<void> => setImmediate();
