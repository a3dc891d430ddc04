// Samples as a model may give them: right ones, and ones with some tokens replaced, lost or added.
import fc from 'fast-check';
import type { Sample } from '../../../../src/lab/language/world/filters.ts';
import { turnRow } from '../../../../src/lab/language/world/rows.ts';
import { AST, vocabularySize } from '../../../../src/lab/language/world/vocabulary.ts';
import { seeds, testStream } from './draws.ts';

export type Answered = 'N' | 'C' | 'M';

/** A question of the world and its answer, by an author of the world. */
export function soundSample(name: Answered, seed: number): Sample {
  const row = turnRow(name, 'walk', testStream(seed));
  const split = row.indexOf(AST) + 1;
  return { prompt: row.slice(0, split), answer: row.slice(split) };
}

export const soundSamples = (name: Answered): fc.Arbitrary<Sample> =>
  seeds.map((seed) => soundSample(name, seed));

/** Tokens, and what is none. */
const anyToken = fc.oneof(
  { weight: 20, arbitrary: fc.nat(vocabularySize - 1) },
  { weight: 1, arbitrary: fc.constantFrom(-1, vocabularySize, 0.5, Number.NaN, Number.POSITIVE_INFINITY) },
);

interface Change {
  readonly at: number;
  readonly removed: number;
  readonly added: readonly number[];
}

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(),
  removed: fc.nat(1),
  added: fc.array(anyToken, { maxLength: 1 }),
});

const changed = (tokens: readonly number[], { at, removed, added }: Change): number[] =>
  tokens.toSpliced(at % (tokens.length + 1), removed, ...added);

/** Samples with none to three changes in the answer, and now and then one in the prompt. */
export const changedSamples = (name: Answered): fc.Arbitrary<Sample> =>
  fc
    .record({
      sample: soundSamples(name),
      answer: fc.array(change, { maxLength: 3 }),
      prompt: fc.oneof(
        { weight: 3, arbitrary: fc.constant<Change[]>([]) },
        { weight: 1, arbitrary: fc.array(change, { maxLength: 1 }) },
      ),
    })
    .map(({ sample, answer, prompt }) => ({
      prompt: prompt.reduce<readonly number[]>(changed, sample.prompt),
      answer: answer.reduce<readonly number[]>(changed, sample.answer),
    }));
