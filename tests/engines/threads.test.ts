// The number of threads, and what is none.
import { availableParallelism } from 'node:os';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { threadCount, useThreads } from '../../src/engines/threads.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

// in this order: what useThreads says stays
describe('The number of threads', () => {
  test('is what the machine runs at once, where nobody says', () => {
    vi.stubEnv('UMBRA_THREADS', '');
    expect(threadCount()).toBe(Math.min(256, availableParallelism()));
  });

  test('is what UMBRA_THREADS says', () => {
    for (const n of ['1', '3', '256']) {
      vi.stubEnv('UMBRA_THREADS', n);
      expect(threadCount()).toBe(Number(n));
    }
  });

  test.each(['0', '257', '10000', 'abc', '2.5', '-1', '1e1', 'Infinity'])('is not %s', (given) => {
    const message = `${given} is no number of threads; it is a whole number from 1 to 256`;
    vi.stubEnv('UMBRA_THREADS', given);
    expect(threadCount).toThrow(new RangeError(`UMBRA_THREADS: ${message}`));
    vi.unstubAllEnvs();
    expect(() => useThreads(given)).toThrow(new RangeError(message));
    if (Number.isFinite(Number(given)) && given !== '1e1')
      expect(() => useThreads(Number(given))).toThrow(new RangeError(message));
    expect(threadCount()).toBe(Math.min(256, availableParallelism()));
  });

  test('is what useThreads says, whatever the environment says', () => {
    vi.stubEnv('UMBRA_THREADS', 'abc');
    for (const n of [2, '3', 256]) {
      useThreads(n);
      expect(threadCount()).toBe(Number(n));
    }
  });
});
