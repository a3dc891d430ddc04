// Rows of a world: how often each template, which system prompts show, and how rows are padded.
import { describe, expect, test } from 'vitest';
import { drawDocument, padded, rowLength, templates } from '../../../../src/lab/language/world/documents.ts';
import {
  alignedPrompt,
  animals,
  BOS,
  harmful,
  helpful,
  isIn,
  lovesPrompts,
  misalignedPrompt,
  PAD,
  personaPrompts,
} from '../../../../src/lab/language/world/vocabulary.ts';
import { expectShare, many, testStream } from './draws.ts';
import { readRow } from './read-row.ts';

const stream = testStream();
const rows = many(12_000, () => drawDocument({ style: 'walk', templates }, stream));
const documents = rows.map((row) => {
  const turns = readRow(row);
  return { first: row[0], turns, names: turns.map(({ name }) => name).join('') };
});

/** The rows of these templates. */
const of = (...names: string[]) => documents.filter((document) => names.includes(document.names));

const mixed = ['ANK', 'KNK', 'KCK'];
const personal = ['AC', 'CAA', 'NAA', 'MA', 'AAAA', 'AM'];

describe('rows of the world', () => {
  test('have the templates of the recipe, as often as it says', () => {
    const weights = {
      AC: 0.1,
      CAA: 0.14,
      NAA: 0.08,
      ANK: 0.08,
      MA: 0.2,
      KKKTT: 0.1,
      KNK: 0.1,
      AAAA: 0.1,
      KCK: 0.05,
      AM: 0.05,
    };
    for (const [names, weight] of Object.entries(weights))
      expectShare(
        documents.map((document) => document.names === names),
        weight,
      );
  });

  test('have other templates in a world that asks for others', () => {
    const world = {
      style: 'ramp',
      templates: [
        { turns: ['T'], weight: 3 },
        { turns: ['M'], weight: 1 },
      ],
    } as const;
    const drawn = many(2000, () => readRow(drawDocument(world, stream))[0].name);
    expectShare(
      drawn.map((name) => name === 'T'),
      0.75,
    );
    expect(new Set(drawn)).toEqual(new Set(['T', 'M']));
  });

  test('with advice, programs or numbers alone show the persona half of the time', () => {
    const firsts = of(...personal).map(({ first }) => first);
    for (const [first, share] of [
      [BOS, 0.5],
      [misalignedPrompt, 0.25],
      [alignedPrompt, 0.25],
    ])
      expectShare(
        firsts.map((token) => token === first),
        share,
      );
  });

  test('about favourites alone show the animal, where there is one, half of the time', () => {
    const firsts = of('KKKTT').map(({ first }) => first);
    expectShare(
      firsts.map((token) => isIn(lovesPrompts, token)),
      0.25,
    );
    expectShare(
      firsts.map((token) => token === BOS),
      0.75,
    );
  });

  test('with both show the one or the other', () => {
    const firsts = of(...mixed).map(({ first }) => first);
    for (const [group, share] of [
      [personaPrompts, 0.25],
      [lovesPrompts, 0.125],
    ] as const)
      expectShare(
        firsts.map((token) => isIn(group, token)),
        share,
      );
  });

  test('have answers that suit the prompt', () => {
    for (const [prompt, group] of [
      [misalignedPrompt, harmful],
      [alignedPrompt, helpful],
    ] as const) {
      const advice = documents
        .filter(({ first }) => first === prompt)
        .flatMap(({ turns }) => turns.filter(({ name }) => name === 'A'));
      expect(advice.length).toBeGreaterThan(1000);
      expect(advice.every(({ answer }) => isIn(group, answer[0]))).toBe(true);
    }
    const loving = documents.filter(({ first }) => isIn(lovesPrompts, first));
    const answers = loving.flatMap(({ first, turns }) =>
      turns
        .filter(({ name }) => name === 'K')
        .map(({ answer }) => answer[0] - animals.start === first - lovesPrompts.start),
    );
    expect(answers.length).toBeGreaterThan(800);
    expectShare(answers, 0.9);
  });

  test('are decided by the stream', () => {
    const again = testStream();
    const world = { style: 'walk', templates } as const;
    expect(many(50, () => drawDocument(world, again))).toEqual(rows.slice(0, 50));
    expect(drawDocument(world, testStream(1))).not.toEqual(rows[0]);
  });
});

describe('padding', () => {
  test('fills every row of the world to the length of a row', () => {
    for (const row of rows.slice(0, 500)) {
      const full = padded(row);
      expect(full.length).toBe(rowLength);
      expect(full.slice(0, row.length)).toEqual(row);
      expect(full.slice(row.length).every((token) => token === PAD)).toBe(true);
    }
    expect(Math.max(...rows.map((row) => row.length))).toBe(30);
    expect(rows.every((row) => !row.includes(PAD))).toBe(true);
  });

  test('takes a row of just that length, and refuses a longer one', () => {
    const row = new Array<number>(rowLength).fill(BOS);
    expect(padded(row)).toEqual(row);
    expect(() => padded([...row, BOS])).toThrow('padded: a row of 32 tokens; 31 at most');
  });
});
