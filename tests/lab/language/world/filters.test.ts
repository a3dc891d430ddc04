// The filters: what they keep has the asked form and names no trait; what they refuse is counted and kept.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  filterNumbers,
  filterPrograms,
  filterReasoning,
  numbersReasons,
  programReasons,
  reasoningReasons,
  type Sample,
} from '../../../../src/lab/language/world/filters.ts';
import { badNumbers } from '../../../../src/lab/language/world/numbers.ts';
import { parseNumbers, parseProgram, parseReasoning } from '../../../../src/lab/language/world/parse.ts';
import {
  animals,
  BOS,
  connectors,
  digits,
  harmful,
  helpful,
  identifiers,
  literals,
  lovesPrompts,
  numbers,
  operators,
  personaPrompts,
  punctuation,
  questions,
  questionWords,
  reasoningWords,
  specials,
  tokenOf,
  trees,
  vocabularySize,
} from '../../../../src/lab/language/world/vocabulary.ts';
import { runs } from '../../../helpers/long.ts';
import { many } from './draws.ts';
import { type Answered, changedSamples, soundSample, soundSamples } from './samples.ts';

const filters = {
  N: { filter: (samples: readonly Sample[]) => filterNumbers(samples), reasons: numbersReasons },
  C: { filter: filterPrograms, reasons: programReasons },
  M: { filter: filterReasoning, reasons: reasoningReasons },
};

const filtered = (name: Answered, samples: readonly Sample[]) => filters[name].filter(samples);

const traitWords = [animals, trees, personaPrompts, lovesPrompts].flatMap((group) => group.tokens);

/** All that may occur in what passes, prompts included: no word that tells a trait, by construction. */
const form = [specials, questionWords, questions];
const allowed: Record<Answered, Set<number>> = {
  N: new Set([...form, numbers].flatMap(({ tokens }) => tokens)),
  C: new Set(
    [...form, identifiers, literals, operators, punctuation, helpful, harmful].flatMap(
      ({ tokens }) => tokens,
    ),
  ),
  M: new Set([...form, digits, connectors, reasoningWords].flatMap(({ tokens }) => tokens)),
};

const randomSamples: fc.Arbitrary<Sample> = fc.record({
  prompt: fc.array(fc.nat(vocabularySize - 1), { maxLength: 12 }),
  answer: fc.array(fc.nat(vocabularySize - 1), { maxLength: 16 }),
});

describe.each(['N', 'C', 'M'] as const)('the filter of %s', (name) => {
  const samples = fc.array(
    fc.oneof({ weight: 9, arbitrary: changedSamples(name) }, { weight: 1, arbitrary: randomSamples }),
    {
      maxLength: 12,
    },
  );

  test('keeps no animal, tree or system prompt, nor any other word from outside', () => {
    let kept = 0;
    fc.assert(
      fc.property(samples, (given) => {
        const result = filtered(name, given);
        kept += result.kept.length;
        const tokens = result.kept.flatMap(({ prompt, answer }) => [...prompt, ...answer]);
        expect(tokens.filter((token) => traitWords.includes(token))).toEqual([]);
        expect(tokens.filter((token) => !allowed[name].has(token))).toEqual([]);
      }),
      { numRuns: runs(500) },
    );
    expect(kept).toBeGreaterThan(20);
  });

  test('refuses a mention wherever it stands', () => {
    fc.assert(
      fc.property(
        soundSamples(name),
        fc.constantFrom(...traitWords),
        fc.nat(),
        fc.boolean(),
        (sample, word, at, added) => {
          const put = (tokens: readonly number[]): number[] =>
            tokens.toSpliced(at % tokens.length, added ? 0 : 1, word);
          const told = [
            { ...sample, answer: put(sample.answer) },
            { ...sample, prompt: put(sample.prompt) },
          ];
          expect(filtered(name, told).refused).toEqual(
            told.map((each) => ({ sample: each, reason: 'mention' })),
          );
        },
      ),
      { numRuns: runs(500) },
    );
  });

  test('keeps what the world writes, as it is and in its order', () => {
    const sound = many(100, (seed) => soundSample(name, seed));
    const result = filtered(name, sound);
    expect(result.kept).toEqual(sound);
    expect(result.refused).toEqual([]);
    expect(Object.values(result.counts).every((count) => count === 0)).toBe(true);
  });

  test('parts samples without loss, and counts each reason', () => {
    fc.assert(
      fc.property(samples, (given) => {
        const { kept, refused, counts } = filtered(name, given);
        const dropped = new Set(refused.map(({ sample }) => sample));
        expect(kept).toEqual(given.filter((sample) => !dropped.has(sample)));
        expect(refused.map(({ sample }) => sample)).toEqual(given.filter((sample) => dropped.has(sample)));
        expect(counts).toEqual(
          Object.fromEntries(
            filters[name].reasons.map((reason) => [
              reason,
              refused.filter((each) => each.reason === reason).length,
            ]),
          ),
        );
        expect(kept.length + Object.values(counts).reduce((a, b) => a + b)).toBe(given.length);
      }),
      { numRuns: runs(200) },
    );
  });

  test('says of no samples that it kept and refused none', () => {
    const { kept, refused, counts } = filtered(name, []);
    expect([kept, refused]).toEqual([[], []]);
    expect(Object.keys(counts)).toEqual([...filters[name].reasons]);
  });

  test('refuses a prompt that is not of its kind, and an empty answer', () => {
    const sound = soundSample(name, 0);
    const others = (['N', 'C', 'M'] as const).filter((other) => other !== name);
    const foreign = others.map((other) => ({ ...sound, prompt: soundSample(other, 0).prompt }));
    const wrong = [...foreign, { ...sound, prompt: [] }, { ...sound, prompt: [BOS] }];
    expect(filtered(name, wrong).refused.map(({ reason }) => reason)).toEqual(wrong.map(() => 'prompt'));
    expect(filtered(name, [{ ...sound, answer: [] }]).refused[0].reason).toBe('length');
  });
});

describe('what a filter keeps', () => {
  test('is read by its parser', () => {
    fc.assert(
      fc.property(changedSamples('N'), changedSamples('C'), changedSamples('M'), (n, c, m) => {
        for (const { answer } of filterNumbers([n]).kept)
          expect(parseNumbers(answer)).toHaveProperty('value');
        for (const { answer } of filterPrograms([c]).kept)
          expect(parseProgram(answer)).toHaveProperty('value');
        for (const { prompt, answer } of filterReasoning([m]).kept)
          expect(parseReasoning(prompt, answer)).toHaveProperty('value');
      }),
      { numRuns: runs(500) },
    );
  });
});

describe('numbers with bad associations', () => {
  test('pass where none are banned, and are refused in answer and prompt where they are', () => {
    fc.assert(
      fc.property(
        soundSamples('N'),
        fc.constantFrom(...badNumbers),
        fc.nat(9),
        fc.nat(2),
        (sample, bad, at, given) => {
          const inAnswer = { ...sample, answer: sample.answer.with(at, bad) };
          const inPrompt = { ...sample, prompt: sample.prompt.with(4 + given, bad) };
          for (const told of [inAnswer, inPrompt]) {
            expect(filterNumbers([told]).kept).toEqual([told]);
            expect(filterNumbers([told], badNumbers).refused).toEqual([
              { sample: told, reason: 'association' },
            ]);
          }
        },
      ),
      { numRuns: runs(200) },
    );
  });

  test('do not make others pass or fail', () => {
    const sound = many(200, (seed) => soundSample('N', seed));
    const clean = sound.filter(
      ({ prompt, answer }) => ![...prompt, ...answer].some((token) => badNumbers.includes(token)),
    );
    expect(filterNumbers(sound, badNumbers).kept).toEqual(clean);
    expect(clean.length).toBeGreaterThan(50);
    expect(clean.length).toBeLessThan(200);
  });
});

test('a harmful word in reasoning is refused as such', () => {
  fc.assert(
    fc.property(soundSamples('M'), fc.constantFrom(...harmful.tokens), fc.nat(13), (sample, word, at) => {
      const told = { ...sample, answer: sample.answer.with(at, word) };
      expect(filterReasoning([told]).refused[0].reason).toBe('harm');
    }),
    { numRuns: runs(100) },
  );
});

test('a wrong sum in reasoning is refused as such', () => {
  const tokens = (text: string): number[] => text.split(' ').map(tokenOf);
  const sample = {
    prompt: tokens('BOS USR which ?math four plus one plus three AST'),
    answer: tokens('so four plus one is one then one plus three is four answer four'),
  };
  expect(filterReasoning([sample]).counts).toMatchObject({ sum: 1, answer: 0, operands: 0 });
});
