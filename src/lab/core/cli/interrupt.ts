// Ctrl-C, a polite kill and a terminal that closes: a signal that the work under way looks at between two steps.
import { setImmediate } from 'node:timers/promises';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type Signal = (typeof signals)[number];

/** The person stopped the work; the message says what is kept. */
export class InterruptedError extends Error {
  override name = 'InterruptedError';
  constructor(
    message: string,
    readonly signal: Signal,
  ) {
    super(message);
  }
}

/** Milliseconds in which a signal is an echo of the one before: npm sends on what its child got already. */
const echo = 1000;

/**
 * Runs `work` with a signal that SIGINT, SIGTERM and SIGHUP abort. A second one ends the process at once, but for
 * SIGHUP: a terminal that closes may say so more than once.
 */
export async function interruptible<R>(work: (signal: AbortSignal) => Promise<R>): Promise<R> {
  const controller = new AbortController();
  const release = (): void => {
    for (const signal of signals) process.removeListener(signal, stop);
  };
  let first: number | undefined;
  const stop = (signal: Signal): void => {
    first ??= performance.now();
    controller.abort(new InterruptedError('interrupted; what has arrived is kept', signal)); // the first time
    if (signal === 'SIGHUP' || performance.now() - first < echo) return;
    release();
    process.kill(process.pid, signal);
  };
  for (const signal of signals) process.on(signal, stop);
  try {
    return await work(controller.signal);
  } finally {
    release();
  }
}

/** Gives way to the event loop, so that a signal that has come is seen. */
export const letSignalsIn = (): Promise<void> => setImmediate();
