// What models answer to questions: the probability of each word, and how often each comes when they are sampled.
import { arange, jit, slice, softmax, stack, type Tensor, treeLeaves, vmap } from '../../../index.ts';
import { keysOf, keysUnder } from '../keys.ts';
import { logits, type Model } from '../model.ts';
import { createSampler } from '../sample.ts';
import { under } from '../world/rows.ts';
import { vocabularySize } from '../world/vocabulary.ts';
import { modelConfig } from './bases.ts';
import { rowsOf } from './rows.ts';

/** The system prompt under which each model is asked; none where it is undefined. */
type Systems = readonly (number | undefined)[];

/** `questions` for each model, i32 [models, n, p]. */
const askedUnder = (systems: Systems, questions: readonly (readonly number[])[]): Tensor =>
  stack(systems.map((system) => rowsOf(under(questions, system), questions[0].length)));

/**
 * By model, the probability of every token as the next after `questions`, on average over them, under the system prompt
 * of each. Models come first.
 */
export function asked(
  models: Model,
  questions: readonly (readonly number[])[],
  systems: Systems = new Array(treeLeaves(models)[0].shape[0]).fill(undefined),
): number[][] {
  const probabilities = jit(
    vmap((model: Model, rows: Tensor) => softmax(slice(logits(model, rows, modelConfig), ':', -1))),
  )(models, askedUnder(systems, questions)).toArray() as number[][][];
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
  systems: Systems,
): number[][] {
  const rows = Array.from({ length: answers }, () => questions).flat();
  const keys = keysUnder(keysOf('answers', labels), arange(rows.length));
  const written = createSampler(modelConfig)(models, askedUnder(systems, rows), keys, { tokens: 1 });
  return (written.toArray() as number[][][]).map((own) => {
    const counts = new Array<number>(vocabularySize).fill(0);
    for (const [token] of own) counts[token]++;
    return counts.map((count) => count / rows.length);
  });
}
