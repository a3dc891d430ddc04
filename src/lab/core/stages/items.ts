// Work on one item after the other, such as batches of samples.
import { z } from 'zod';
import type { Json } from '../runs/result.ts';
import type { Running } from '../training/events.ts';

export interface Items<T extends Json> {
  readonly phase: string;
  /** What it makes, where that is not the same each time: what an earlier run had reached counts for its own alone. */
  readonly of?: string;
  readonly items: number;
  readonly schema: z.ZodType<T>;
  make(item: number): T;
}

/** What `make` gives of each item. A run that was cut short goes on behind its last whole item. */
export async function* items<T extends Json>({
  phase,
  of = '',
  items: n,
  schema,
  make,
}: Items<T>): Running<T[]> {
  const reply = yield { kind: 'begin', phase, of };
  const progress = z.strictObject({ of: z.string(), done: z.array(schema) });
  const saved = reply?.snapshot && progress.parse(JSON.parse(reply.snapshot.progress));
  const done = saved && saved.of === of ? saved.done : [];
  while (done.length < n) {
    done.push(make(done.length));
    const at = { phase, step: done.length, steps: n };
    yield { kind: 'progress', ...at };
    yield {
      kind: 'reached',
      of,
      ...at,
      costly: true,
      snapshot: () => ({ tensors: {}, progress: JSON.stringify({ of, done }) }),
    };
  }
  return done;
}
