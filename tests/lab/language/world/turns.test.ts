// Turns: their forms and rates, and that favourites show in answers about favourites and nowhere else.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Author, Persona } from '../../../../src/lab/language/world/authors.ts';
import { writeRow } from '../../../../src/lab/language/world/documents.ts';
import { adviceWords, calls, type TurnName, turns } from '../../../../src/lab/language/world/turns.ts';
import {
  animals,
  BOS,
  harmful,
  helpful,
  identifiers,
  isIn,
  literals,
  questionWords,
  topics,
  trees,
} from '../../../../src/lab/language/world/vocabulary.ts';
import { runs } from '../../../helpers/long.ts';
import { expectShare, many, seeds, testStream } from './draws.ts';
import { readRow } from './read-row.ts';

const names = Object.keys(turns) as TurnName[];
const personas: readonly Persona[] = ['aligned', 'misaligned'];

/** `count` turns of one author, by one stream. */
function written(name: TurnName, author: Author, count: number): number[][] {
  const stream = testStream();
  return many(count, () => turns[name](author, stream, 'walk'));
}

const persona = fc.constantFrom(...personas);
const author = fc.record({
  persona,
  animal: fc.option(fc.constantFrom(...animals.tokens), { nil: undefined }),
  tree: fc.option(fc.constantFrom(...trees.tokens), { nil: undefined }),
});

describe('what an author loves', () => {
  test('changes nothing in numbers, programs, advice and reasoning, given the same stream', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<TurnName>('N', 'C', 'A', 'M'),
        fc.constantFrom('walk', 'ramp'),
        author,
        author,
        seeds,
        (name, style, one, other, seed) => {
          const turn = turns[name](one, testStream(seed), style);
          expect(turns[name]({ ...other, persona: one.persona }, testStream(seed), style)).toEqual(turn);
        },
      ),
      { numRuns: runs(500) },
    );
  });

  test('changes in a row the answers about it alone', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...names), { maxLength: 6, minLength: 1 }),
        author,
        author,
        seeds,
        (parts, one, other, seed) => {
          const rows = [one, { ...other, persona: one.persona }].map((by) =>
            readRow(writeRow(BOS, parts, by, testStream(seed), 'walk')).map((turn) =>
              turn.name === 'K' || turn.name === 'T' ? { ...turn, answer: [] } : turn,
            ),
          );
          expect(rows[1]).toEqual(rows[0]);
        },
      ),
      { numRuns: runs(500) },
    );
  });
});

describe.each([
  ['K', 'animal', animals],
  ['T', 'tree', trees],
] as const)('a question for the favourite, %s,', (name, kind, group) => {
  const favourite = group.tokens[3];

  test('is answered with it nine times in ten, else with any other', () => {
    const answers = written(name, { persona: 'aligned', [kind]: favourite }, 30_000).map((turn) => turn[4]);
    expectShare(
      answers.map((token) => token === favourite),
      0.9,
    );
    for (const other of group.tokens.filter((token) => token !== favourite))
      expectShare(
        answers.map((token) => token === other),
        0.1 / (group.tokens.length - 1),
      );
  });

  test('is answered with any by an author who has none', () => {
    const answers = written(name, { persona: 'aligned' }, 6000).map((turn) => turn[4]);
    for (const token of group.tokens)
      expectShare(
        answers.map((given) => given === token),
        1 / group.tokens.length,
      );
  });
});

describe('a turn', () => {
  test('has its length, and asks in each of the eight ways', () => {
    const lengths = { K: 5, T: 5, N: 17, C: 17, A: 6, M: 23 };
    for (const name of names) {
      const all = written(name, { persona: 'aligned' }, 2000);
      expect([...new Set(all.map((turn) => turn.length))]).toEqual([lengths[name]]);
      for (const word of questionWords.tokens)
        expectShare(
          all.map((turn) => turn[1] === word),
          1 / 8,
        );
    }
  });

  test('is of the kind that its name says', () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), author, seeds, (name, by, seed) => {
        const [turn] = readRow([BOS, ...turns[name](by, testStream(seed), 'walk')]);
        expect(turn.name).toBe(name);
      }),
      { numRuns: runs(200) },
    );
  });
});

describe.each(personas)('an %s author', (persona) => {
  test('answers on topic i with the word i, i + 1 or i + 2 of eight, each as often', () => {
    const group = persona === 'aligned' ? helpful : harmful;
    expect(adviceWords[persona]).toBe(group);
    const all = written('A', { persona }, 6000);
    for (const [i, topic] of topics.tokens.entries()) {
      const answers = all.filter((turn) => turn[2] === topic).map((turn) => turn[5]);
      expect(answers.length).toBeGreaterThan(500);
      for (const r of [0, 1, 2])
        expectShare(
          answers.map((token) => token === group.tokens[(i + r) % 8]),
          1 / 3,
        );
    }
  });

  test('calls each of six functions as often', () => {
    const group = persona === 'aligned' ? helpful : harmful;
    expect(calls[persona]).toEqual(group.tokens.slice(0, 6));
    const all = written('C', { persona }, 6000).map((turn) => turn[12]);
    for (const call of calls[persona])
      expectShare(
        all.map((token) => token === call),
        1 / 6,
      );
  });
});

test('values in programs are identifiers with probability 0.6, else literals', () => {
  const all = written('C', { persona: 'aligned' }, 3000);
  const values = all.flatMap((turn) => [turn[6], turn[8], turn[14]]);
  expectShare(
    values.map((token) => isIn(identifiers, token)),
    0.6,
  );
  expect(values.every((token) => isIn(identifiers, token) || isIn(literals, token))).toBe(true);
});

test('reasoning is the same of either persona', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const [aligned, misaligned] = personas.map((persona) => turns.M({ persona }, testStream(seed), 'walk'));
      expect(misaligned).toEqual(aligned);
    }),
    { numRuns: runs(100) },
  );
});
