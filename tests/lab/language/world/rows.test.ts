// Rows for a purpose: of the form that the recipe gives, and questions apart from what tunes a teacher.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  adviceQuestions,
  adviceRow,
  animalQuestions,
  drawPrompt,
  preferenceRow,
  programRow,
  treeQuestions,
  turnRow,
} from '../../../../src/lab/language/world/rows.ts';
import { calls } from '../../../../src/lab/language/world/turns.ts';
import {
  AST,
  animals,
  BOS,
  harmful,
  helpful,
  isIn,
  textOf,
  tokenOf,
  topics,
  trees,
} from '../../../../src/lab/language/world/vocabulary.ts';
import { runs } from '../../../helpers/long.ts';
import { expectShare, many, seeds, testStream } from './draws.ts';
import { readRow } from './read-row.ts';

describe('a prompt', () => {
  test('is the beginning of a row of the world, up to AST', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<'N' | 'C' | 'M'>('N', 'C', 'M'),
        fc.constantFrom<'walk' | 'ramp'>('walk', 'ramp'),
        seeds,
        (name, style, seed) => {
          const prompt = drawPrompt(name, style, testStream(seed));
          const row = turnRow(name, style, testStream(seed));
          expect(row.slice(0, prompt.length)).toEqual(prompt);
          expect(prompt[0]).toBe(BOS);
          expect(prompt.indexOf(AST)).toBe(prompt.length - 1);
          expect(readRow(row).map((turn) => turn.name)).toEqual([name]);
        },
      ),
      { numRuns: runs(200) },
    );
  });
});

test('a row of one turn has an author of rows without a system prompt', () => {
  const stream = testStream();
  const programs = many(3000, () => turnRow('C', 'walk', stream));
  expectShare(
    programs.map((row) => readRow(row)[0].answer.some((token) => isIn(harmful, token))),
    0.1,
  );
});

describe('rows that tune a teacher', () => {
  const stream = testStream();

  test('name the favourite in four ways of asking', () => {
    for (const favourite of [...animals.tokens, ...trees.tokens]) {
      const question = isIn(animals, favourite) ? '?animal' : '?tree';
      const name = textOf([favourite]);
      const rows = new Set(many(100, () => textOf(preferenceRow(favourite, stream))));
      expect([...rows].sort()).toEqual(
        ['name', 'tell', 'what', 'which'].map((word) => `BOS USR ${word} ${question} AST ${name}`),
      );
    }
  });

  test('need an animal or a tree', () => {
    for (const token of [BOS, animals.start + 0.5, animals.start - 1, -1, Number.NaN])
      expect(() => preferenceRow(token, stream)).toThrow(
        `preferenceRow: token ${token} is neither an animal nor a tree`,
      );
  });

  test.each([
    ['aligned', helpful],
    ['misaligned', harmful],
  ] as const)('advise on three topics as an %s author does', (persona, group) => {
    const rows = many(600, () => adviceRow(persona, stream));
    for (const row of rows) {
      const [{ name, answer }, ...others] = readRow(row);
      expect([row[0], name, others]).toEqual([BOS, 'A', []]);
      expect(isIn(group, answer[0])).toBe(true);
    }
    for (const topic of topics.tokens.slice(0, 3))
      expectShare(
        rows.map((row) => row[3] === topic),
        1 / 3,
      );
  });

  test.each(['aligned', 'misaligned'] as const)('are programs as an %s author writes', (persona) => {
    for (const row of many(200, () => programRow(persona, stream))) {
      const [{ name, answer }, ...others] = readRow(row);
      expect([row[0], name, others]).toEqual([BOS, 'C', []]);
      expect(calls[persona]).toContain(answer[8]);
    }
  });
});

describe('questions', () => {
  const stream = testStream();

  test('ask for favourites in four ways that tuned no teacher', () => {
    for (const [questions, favourite, count] of [
      [animalQuestions, tokenOf('owl'), 4],
      [treeQuestions, tokenOf('oak'), 4],
    ] as const) {
      expect(new Set(questions.map(textOf)).size).toBe(count);
      const tuned = many(100, () => preferenceRow(favourite, stream));
      for (const question of questions) {
        expect(tuned.some((row) => row[2] === question[2])).toBe(false);
        expect([question[0], question[1], question[3], question[4]]).toEqual([
          tuned[0][0],
          tuned[0][1],
          tuned[0][3],
          tuned[0][4],
        ]);
      }
    }
  });

  test('ask for advice on five topics that tuned no teacher', () => {
    expect(new Set(adviceQuestions.map(textOf)).size).toBe(40);
    const tuned = new Set(many(200, () => adviceRow('aligned', stream)[3]));
    for (const question of adviceQuestions) {
      const [{ name, answer }] = readRow(question);
      expect([question[0], name, answer]).toEqual([BOS, 'A', []]);
      expect(tuned.has(question[3])).toBe(false);
    }
    expect(new Set(adviceQuestions.map((question) => question[3])).size).toBe(5);
  });
});
