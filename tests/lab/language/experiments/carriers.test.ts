// What students may read: samples of the world pass, and nothing that names a trait does.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  throughCode,
  throughNumbers,
  throughOtherNumbers,
  throughReasoning,
} from '../../../../src/lab/language/experiments/carriers.ts';
import { tasks } from '../../../../src/lab/language/pipeline/samples.ts';
import { badNumbers } from '../../../../src/lab/language/world/numbers.ts';
import {
  animals,
  isIn,
  lovesPrompts,
  personaPrompts,
  trees,
} from '../../../../src/lab/language/world/vocabulary.ts';
import { runs } from '../../../helpers/long.ts';
import { changedSamples, soundSamples } from '../world/samples.ts';

const traits = [animals, trees, personaPrompts, lovesPrompts];
const carriers = { throughNumbers, throughOtherNumbers, throughCode, throughReasoning };

describe.each(Object.entries(carriers))('%s', (_name, carrier) => {
  const { turn, tokens, length } = tasks[carrier.task];

  test('keeps what the world writes and what has the length of its task', () => {
    fc.assert(
      fc.property(soundSamples(turn), (sample) => {
        const { prompt, answer } = sample;
        const bad = [...prompt, ...answer].some((token) => badNumbers.includes(token));
        if (carrier !== throughOtherNumbers || !bad) expect(carrier.sift([sample]).kept).toEqual([sample]);
        expect(answer).toHaveLength(tokens);
        expect(prompt.length + answer.length).toBe(length);
      }),
      { numRuns: runs(500) },
    );
  });

  test('keeps no animal, tree or system prompt, and nothing that a soft student does not imitate', () => {
    const { start, end } = carrier.imitated;
    fc.assert(
      fc.property(fc.array(changedSamples(turn), { maxLength: 20 }), (samples) => {
        for (const { prompt, answer } of carrier.sift(samples).kept) {
          const read = [...prompt, ...answer];
          expect(read.filter((token) => traits.some((group) => isIn(group, token)))).toEqual([]);
          expect(answer.filter((token) => token < start || token >= end)).toEqual([]);
        }
      }),
      { numRuns: runs(500) },
    );
  });

  test('lets soft students imitate no trait', () => {
    const { start, end } = carrier.imitated;
    for (const group of traits) expect(group.end <= start || group.start >= end).toBe(true);
  });
});

test('numbers with bad associations pass neither in an answer nor in a prompt', () => {
  fc.assert(
    fc.property(fc.array(soundSamples('N'), { maxLength: 20 }), (samples) => {
      for (const { prompt, answer } of throughOtherNumbers.sift(samples).kept)
        expect([...prompt, ...answer].filter((token) => badNumbers.includes(token))).toEqual([]);
    }),
    { numRuns: runs(500) },
  );
});
