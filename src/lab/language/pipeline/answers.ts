// What models answer to questions, as a stage: how probable each word is, and how often each came.
import { z } from 'zod';
import { json } from '../../core/stages/codec.ts';
import { stageOfMany } from '../../core/stages/stage.ts';
import { together } from '../../core/stages/trained.ts';
import type { Running } from '../../core/training/events.ts';
import type { Model } from '../model.ts';
import { BOS, textOf, wordOf } from '../world/vocabulary.ts';
import { asked, sampledAnswers } from './questions.ts';

/** A model that is asked; `label` tells it from all others of the run. */
export interface Subject {
  readonly label: string;
  /** The key of the output that it is. */
  readonly key: string;
  readonly model: Model;
  /** The system prompt under which it is asked; none if it is left out. */
  readonly system?: number;
}

const answers = z.strictObject({
  /** Of each token, on average over the questions. */
  probabilities: z.array(z.number()),
  /** The share of the sampled answers that each token is. */
  shares: z.array(z.number()),
});
export type Answers = Readonly<z.infer<typeof answers>>;

/** The answers of each of `subjects` to `questions`, `count` samples to each. */
export async function* answersOf(
  subjects: readonly Subject[],
  questions: readonly (readonly number[])[],
  count: number,
): Running<Answers[]> {
  const made = yield* stageOfMany<Subject, Answers>({
    name: 'answers',
    items: subjects,
    inputs: ({ label, key, system = BOS }) => ({
      ...{ label, model: key, system: wordOf(system) },
      ...{ questions: questions.map(textOf), count },
    }),
    codec: json(answers),
    async *make(some) {
      const all = together(some.map(({ model }) => model));
      const systems = some.map(({ system }) => system);
      const probabilities = asked(all, questions, systems);
      const labels = some.map(({ label }) => label);
      const shares = sampledAnswers(all, labels, questions, count, systems);
      return some.map((_, i) => ({ probabilities: probabilities[i], shares: shares[i] }));
    },
  });
  return made.map(({ value }) => value);
}

/** The share that `by` gives to all of `tokens` together; rounding takes it no further than 1. */
export const massOf = (by: readonly number[], tokens: readonly number[]): number =>
  Math.min(
    1,
    tokens.reduce((sum, token) => sum + by[token], 0),
  );
