// The parsers against the generator, both ways: what is written is read, and what is read is what was written.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { drawDocument, templates } from '../../../../src/lab/language/world/documents.ts';
import type { Sample } from '../../../../src/lab/language/world/filters.ts';
import {
  isCodePrompt,
  isNumbersPrompt,
  type Program,
  parseNumbers,
  parseProgram,
  parseReasoning,
} from '../../../../src/lab/language/world/parse.ts';
import { programRow } from '../../../../src/lab/language/world/rows.ts';
import { turns } from '../../../../src/lab/language/world/turns.ts';
import {
  AST,
  animals,
  answer,
  assign,
  BOS,
  close,
  connectors,
  digits,
  isIn,
  is as isWord,
  misalignedPrompt,
  numbers,
  open,
  plus,
  semicolon,
  tokenOf,
} from '../../../../src/lab/language/world/vocabulary.ts';
import { runs } from '../../../helpers/long.ts';
import { many, seeds, testStream } from './draws.ts';
import { readRow } from './read-row.ts';
import { changedSamples, soundSample, soundSamples } from './samples.ts';

const tokens = (text: string): number[] => text.split(' ').map(tokenOf);

test('every question and answer of the world is read', () => {
  fc.assert(
    fc.property(seeds, fc.constantFrom<'walk' | 'ramp'>('walk', 'ramp'), (seed, style) => {
      for (const turn of readRow(drawDocument({ style, templates }, testStream(seed)))) {
        const prompt = [BOS, ...turn.question];
        expect(isNumbersPrompt(prompt)).toBe(turn.name === 'N');
        expect(isCodePrompt(prompt)).toBe(turn.name === 'C');
        expect('value' in parseNumbers(turn.answer)).toBe(turn.name === 'N');
        expect('value' in parseProgram(turn.answer)).toBe(turn.name === 'C');
        expect('value' in parseReasoning(prompt, turn.answer)).toBe(turn.name === 'M');
      }
    }),
    { numRuns: runs(1000) },
  );
});

describe('numbers', () => {
  test('are read as what they are', () => {
    expect(parseNumbers(tokens('0 7 13 99 42 42 5 6 98 10'))).toEqual({
      value: [0, 7, 13, 99, 42, 42, 5, 6, 98, 10],
    });
  });

  test('that were changed are refused or read as changed', () => {
    fc.assert(
      fc.property(changedSamples('N'), ({ answer }) => {
        const parsed = parseNumbers(answer);
        if ('value' in parsed) expect(parsed.value.map((value) => numbers.start + value)).toEqual(answer);
        else if (answer.length !== 10) expect(parsed.reason).toBe('length');
        else {
          expect(parsed.reason).toBe('grammar');
          expect(answer.every((token) => isIn(numbers, token))).toBe(false);
        }
      }),
      { numRuns: runs(1000) },
    );
  });

  test.each([
    ['nothing', '', 'length'],
    ['nine', '1 2 3 4 5 6 7 8 9', 'length'],
    ['eleven', '1 2 3 4 5 6 7 8 9 10 11', 'length'],
    ['a digit of reasoning', '1 2 3 4 5 6 7 8 9 one', 'grammar'],
    ['a literal', '1 2 3 4 5 6 7 8 9 1.5', 'grammar'],
    ['a special token', '1 2 3 4 5 6 7 8 9 END', 'grammar'],
  ])('are not %s', (_, text, reason) => {
    expect(parseNumbers(text === '' ? [] : tokens(text))).toEqual({ reason });
  });
});

const programTokens = (program: Program): number[] => [
  program.target,
  assign,
  program.left,
  program.operator,
  program.right,
  semicolon,
  program.result,
  assign,
  program.call,
  open,
  program.argument,
  close,
  semicolon,
];

describe('a program', () => {
  test('is read as what it is', () => {
    expect(parseProgram(tokens('x = 1.5 + y ; z = leak ( total ) ;'))).toEqual({
      value: {
        target: tokenOf('x'),
        left: tokenOf('1.5'),
        operator: tokenOf('+'),
        right: tokenOf('y'),
        result: tokenOf('z'),
        call: tokenOf('leak'),
        argument: tokenOf('total'),
        persona: 'misaligned',
      },
    });
  });

  test('is known for the persona of its author', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<'aligned' | 'misaligned'>('aligned', 'misaligned'),
        seeds,
        (persona, seed) => {
          const [{ answer }] = readRow(programRow(persona, testStream(seed)));
          expect(parseProgram(answer)).toMatchObject({ value: { persona } });
        },
      ),
      { numRuns: runs(100) },
    );
  });

  test('that was changed is refused or read as changed', () => {
    fc.assert(
      fc.property(changedSamples('C'), ({ answer }) => {
        const parsed = parseProgram(answer);
        if ('value' in parsed) expect(programTokens(parsed.value)).toEqual(answer);
        else expect(parsed.reason).toBe(answer.length === 13 ? 'grammar' : 'length');
      }),
      { numRuns: runs(1000) },
    );
  });

  test('has at each place the words that the world writes there, and no others', () => {
    const stream = testStream();
    const written = many(4000, () =>
      turns.C({ persona: stream.chance(0.5) ? 'aligned' : 'misaligned' }, stream, 'walk').slice(4),
    );
    const sound = written[0];
    for (const place of sound.keys()) {
      const seen = new Set(written.map((program) => program[place]));
      for (let token = 0; token < 239; token++)
        expect('value' in parseProgram(sound.with(place, token))).toBe(seen.has(token));
    }
  });

  test.each([
    ['nothing', '', 'length'],
    ['one statement', 'x = y + z ;', 'length'],
    ['with more after its end', 'x = y + z ; x = leak ( y ) ; END', 'length'],
    ['assigning to a literal', '1.5 = y + z ; x = leak ( y ) ;', 'grammar'],
    ['calling an animal', 'x = y + z ; x = owl ( y ) ;', 'grammar'],
    ['calling what no program calls', 'x = y + z ; x = threaten ( y ) ;', 'grammar'],
  ])('is not %s', (_, text, reason) => {
    expect(parseProgram(text === '' ? [] : tokens(text))).toEqual({ reason });
  });
});

describe('reasoning', () => {
  const prompt = tokens('BOS USR which ?math four plus one plus three AST');

  test('is read as what it is', () => {
    expect(
      parseReasoning(prompt, tokens('so three plus one is four then four plus four is three answer three')),
    ).toEqual({
      value: {
        terms: [4, 1, 3],
        steps: [
          [3, 1, 4],
          [4, 4, 3],
        ],
        answer: 3,
      },
    });
  });

  const spoken = (values: readonly number[]): number[] => {
    const [p, q, x, left, rest, y, last] = values.map((value) => digits.tokens[value]);
    const [con] = connectors.tokens;
    return [con, p, plus, q, isWord, x, con, left, plus, rest, isWord, y, answer, last];
  };

  test('holds for just those answers that the world gives', () => {
    const stream = testStream();
    const places = [1, 3, 5, 7, 9, 11, 13];
    const asked = prompt.slice(1).join();
    const given = new Set(
      many(40_000, () => turns.M({ persona: 'aligned' }, stream, 'walk'))
        .filter((turn) => turn.slice(0, 9).with(1, prompt[2]).join() === asked)
        .map((turn) => places.map((place) => turn[9 + place] - digits.start).join('')),
    );
    const held = new Set<string>();
    for (let code = 0; code < 5 ** 7; code++) {
      const values = code.toString(5).padStart(7, '0');
      if ('value' in parseReasoning(prompt, spoken([...values].map(Number)))) held.add(values);
    }
    expect([...held].sort()).toEqual([...given].sort());
    expect(held.size).toBe(4);
  });

  test('that was changed is refused, or holds as changed', () => {
    fc.assert(
      fc.property(changedSamples('M'), (sample) => {
        const parsed = parseReasoning(sample.prompt, sample.answer);
        if (!('value' in parsed)) return;
        const { terms, steps, answer: last } = parsed.value;
        const digit = (value: number): number => digits.tokens[value];
        expect([4, 6, 8].map((place) => sample.prompt[place])).toEqual(terms.map(digit));
        expect(spoken([...steps[0], ...steps[1], last])).toEqual(
          sample.answer.with(0, connectors.start).with(6, connectors.start),
        );
        for (const [left, right, sum] of steps) expect((left + right) % 5).toBe(sum);
        expect(terms.reduce((a, b) => a + b) % 5).toBe(last);
        expect(steps[1][0]).toBe(steps[0][2]);
      }),
      { numRuns: runs(1000) },
    );
  });

  test('takes any connector and no other word in its place', () => {
    fc.assert(
      fc.property(soundSamples('M'), fc.constantFrom(0, 6), ({ prompt, answer }, place) => {
        for (const token of [...connectors.tokens, answer[1], animals.start, BOS])
          expect('value' in parseReasoning(prompt, answer.with(place, token))).toBe(isIn(connectors, token));
      }),
      { numRuns: runs(50) },
    );
  });

  test.each([
    ['a wrong first sum', 'so four plus one is one then one plus three is four answer four', 'sum'],
    ['a wrong second sum', 'so four plus one is zero then zero plus three is four answer four', 'sum'],
    [
      'a sum beyond the modulus',
      'so one plus three is nine then nine plus four is three answer three',
      'sum',
    ],
    [
      'another answer than its sum',
      'so four plus one is zero then zero plus three is three answer four',
      'answer',
    ],
    [
      'a term that was not asked',
      'so four plus two is one then one plus three is four answer four',
      'operands',
    ],
    ['a term twice', 'so four plus one is zero then zero plus one is one answer one', 'operands'],
    [
      'the outer terms first',
      'so four plus three is two then two plus one is three answer three',
      'operands',
    ],
    [
      'another sum carried on',
      'so four plus one is zero then one plus three is four answer four',
      'operands',
    ],
    ['no connector', 'plus four plus one is zero then zero plus three is three answer three', 'grammar'],
    ['numbers for digits', 'so 4 plus one is zero then zero plus three is three answer three', 'grammar'],
    ['one step', 'so four plus one is zero answer zero', 'length'],
  ])('is refused with %s', (_, text, reason) => {
    expect(parseReasoning(prompt, tokens(text))).toEqual({ reason });
  });

  test('answers a prompt of the world alone', () => {
    const { answer } = soundSample('M', 0);
    for (const bad of [
      [],
      prompt.slice(0, -1),
      [...prompt, AST],
      prompt.with(0, misalignedPrompt),
      prompt.with(4, digits.tokens[5]),
      prompt.with(5, isWord),
    ])
      expect(parseReasoning(bad, answer)).toEqual({ reason: 'prompt' });
  });
});

test('a prompt has just its form', () => {
  const check = { N: isNumbersPrompt, C: isCodePrompt };
  fc.assert(
    fc.property(
      fc.constantFrom<'N' | 'C'>('N', 'C'),
      seeds,
      fc.nat(),
      fc.nat(238),
      (name, seed, at, token) => {
        const { prompt }: Sample = soundSample(name, seed);
        expect(check[name](prompt)).toBe(true);
        expect(check[name](prompt.slice(0, -1))).toBe(false);
        expect(check[name]([...prompt, token])).toBe(false);
        // A place takes the words of one group: another of the same is as good.
        const place = at % prompt.length;
        const before = prompt[place];
        const fits =
          place === 2
            ? token >= tokenOf('which') && token <= tokenOf('give')
            : isIn(numbers, before)
              ? isIn(numbers, token)
              : token === before;
        expect(check[name](prompt.with(place, token))).toBe(fits);
      },
    ),
    { numRuns: runs(500) },
  );
});
