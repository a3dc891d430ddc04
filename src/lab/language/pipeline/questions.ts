// What models answer to questions: the probability of each word, and how often each comes when they are sampled.
import { arange, jit, slice, softmax, stack, vmap } from '../../../index.ts';
import { keysOf, keysUnder } from '../keys.ts';
import { logits, type Model } from '../model.ts';
import { createSampler } from '../sample.ts';
import { vocabularySize } from '../world/vocabulary.ts';
import { modelConfig } from './bases.ts';
import { rowsOf } from './rows.ts';

/** By model, the probability of every token as the next after `questions`, on average over them. Models come first. */
export function asked(models: Model, questions: readonly (readonly number[])[]): number[][] {
  const rows = rowsOf(questions, questions[0].length);
  const probabilities = jit(
    vmap((model: Model) => softmax(slice(logits(model, rows, modelConfig), ':', -1))),
  )(models).toArray() as number[][][];
  return probabilities.map((own) =>
    Array.from(
      { length: vocabularySize },
      (_, token) => own.reduce((sum, of) => sum + of[token], 0) / own.length,
    ),
  );
}

/** By model, the share of `answers` samples at temperature 1 to each question that are each token. */
export function sampledAnswers(
  models: Model,
  labels: readonly string[],
  questions: readonly (readonly number[])[],
  answers: number,
): number[][] {
  const rows = Array.from({ length: answers }, () => questions).flat();
  const prompts = rowsOf(rows, questions[0].length);
  const keys = keysUnder(keysOf('answers', labels), arange(rows.length));
  const written = createSampler(modelConfig)(models, stack(labels.map(() => prompts)), keys, { tokens: 1 });
  return (written.toArray() as number[][][]).map((own) => {
    const counts = new Array<number>(vocabularySize).fill(0);
    for (const [token] of own) counts[token]++;
    return counts.map((count) => count / rows.length);
  });
}
