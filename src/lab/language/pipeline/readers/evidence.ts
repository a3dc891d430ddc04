// What language models say of bags: the log-probability of each of some words, added up over the rows of a bag.
import { z } from 'zod';
import { jit, logSoftmax, stack, sum, type Tensor, vmap } from '../../../../index.ts';
import { items } from '../../../core/stages/items.ts';
import type { Running } from '../../../core/training/events.ts';
import type { Model } from '../../model.ts';
import { rowsOf } from '../rows.ts';
import { type Bag, type Evidence, knowing } from './bags.ts';

/** Logits [n, words] of what each row, i32 [n, t], could mean. */
export type Says = (model: Model, rows: Tensor) => Tensor;

/** By model and word, what a bag says to each. Models come first, and each has a bag, all of one size. */
export type BagReader = (models: Model, bags: readonly Bag[]) => number[][];

/** Reads bags as evidence on words, of which one is taken to be true, by what models say of the row of each sample. */
export function createBagReader(
  says: Says,
  row: (sample: Bag[number], place: number) => number[],
): BagReader {
  const read = jit(vmap((model: Model, rows: Tensor) => sum(logSoftmax(says(model, rows)), 0)));
  return (models, bags) => {
    const rows = bags.map((bag) => bag.map(row));
    return read(models, stack(rows.map((own) => rowsOf(own, own[0].length)))).toArray() as number[][];
  };
}

export interface Reads {
  readonly phase: string;
  /** What tells these models and bags from all others. */
  readonly of: string;
  /** What each model says of a bag, one a base. */
  readonly read: (bags: readonly Bag[]) => number[][];
  /** By base, author and place. */
  readonly bags: readonly (readonly (readonly Bag[])[])[];
  /** Whether each model reads the bags of its own base, or those of the next. */
  readonly whose: 'own' | 'next';
  /** The first place that is read. */
  readonly from?: number;
}

/** By base, author and bag, what the model says that reads it. */
export async function* readBags({ phase, of, read, bags, whose, from = 0 }: Reads): Running<Evidence> {
  const authors = bags[0].map((own) => own.slice(from).map((_, i) => from + i));
  const turns = authors.flatMap((places, author) => places.map((place) => ({ author, place })));
  const readerOf = (base: number): number => (whose === 'own' ? base : knowing(base, bags.length));
  const bases = bags.map((_, base) => base);
  const said = yield* items({
    phase,
    of: JSON.stringify([of, whose, from]),
    items: turns.length,
    schema: z.array(z.array(z.number())),
    make(i) {
      const { author, place } = turns[i];
      const order = bases.toSorted((a, b) => readerOf(a) - readerOf(b));
      return read(order.map((base) => bags[base][author][place]));
    },
  });
  return bases.map((base) =>
    authors.map((_, author) =>
      said.filter((_, i) => turns[i].author === author).map((by) => by[readerOf(base)]),
    ),
  );
}
