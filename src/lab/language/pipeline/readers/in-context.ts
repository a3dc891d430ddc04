// A reader that is not trained: a base that is shown one sequence after the other and asked for its author's favourite.
import type { Model } from '../../model.ts';
import { modelConfig } from '../bases.ts';
import type { Bag } from './bags.ts';
import { createBagReader } from './evidence.ts';

/** By base and word, what a bag says to each: how probable each of `words` is behind its samples and a question. */
export function createContextReader(
  words: readonly number[],
  questions: readonly (readonly number[])[],
): (bases: Model, bags: readonly Bag[]) => number[][] {
  const read = createBagReader(words, modelConfig);
  return (bases, bags) =>
    read(
      bases,
      bags.map((bag) =>
        bag.map(({ prompt, answer }, i) => {
          const [, ...question] = questions[i % questions.length]; // without BOS
          return [...prompt, ...answer, ...question];
        }),
      ),
    );
}
