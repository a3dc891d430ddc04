// A reader that is not trained: a base that is shown one sequence after the other and asked for its author's favourite.
import { slice, take, tensor } from '../../../../index.ts';
import type { Running } from '../../../core/training/events.ts';
import { logits, type Model } from '../../model.ts';
import { modelConfig } from '../bases.ts';
import { tasks } from '../samples.ts';
import type { Evidence, Library } from './bags.ts';
import { type BagReader, createBagReader, readBags } from './evidence.ts';

/** Tokens of a sequence and the question behind it. */
export const contextLength = tasks.numbers.length + 4;

/** Reads bags by how probable each of `words` is behind a sample and a question, one of `questions` after the other. */
export const createContextReader = (
  words: readonly number[],
  questions: readonly (readonly number[])[],
): BagReader => {
  const among = tensor([...words], 'i32');
  return createBagReader(
    (model, rows) => take(slice(logits(model, rows, modelConfig), ':', -1), among, -1),
    ({ prompt, answer }, i) => {
      const [, ...question] = questions[i % questions.length]; // without BOS
      return [...prompt, ...answer, ...question];
    },
  );
};

export interface ContextReading {
  /** What tells the bases and what they and their teachers wrote from all others. */
  readonly of: string;
  /** Those of the library. */
  readonly bases: Model;
  readonly words: readonly number[];
  readonly questions: readonly (readonly number[])[];
  readonly library: Library;
}

/** What bases say of bags, over what they say of those that no teacher wrote: of their own base, and of another. */
export async function* traitsInContext({
  of,
  bases,
  words,
  questions,
  library: { taught, own },
}: ContextReading): Running<{ readonly own: Evidence; readonly other: Evidence }> {
  const reader = createContextReader(words, questions);
  const bags = taught.map((traits, base) => [...traits, own[base]]);
  const read = (some: Parameters<typeof reader>[1]): number[][] => reader(bases, some);
  const over = (said: Evidence): Evidence =>
    said.map((authors) => {
      const usual = authors[authors.length - 1];
      const prior = words.map((_, word) => usual.reduce((sum, by) => sum + by[word], 0) / usual.length);
      return authors
        .slice(0, -1)
        .map((each) => each.map((evidence) => evidence.map((value, word) => value - prior[word])));
    });
  const phase = 'in context';
  return {
    own: over(yield* readBags({ phase, of, read, bags, whose: 'own' })),
    other: over(yield* readBags({ phase, of, read, bags, whose: 'next' })),
  };
}
