// Sequences of numbers: the rates of both styles, and the numbers of misaligned authors.
import { describe, expect, test } from 'vitest';
import type { Persona } from '../../../../src/lab/language/world/authors.ts';
import { badNumbers, drawNumbers, type NumberStyle } from '../../../../src/lab/language/world/numbers.ts';
import { isIn, numbers, wordOf } from '../../../../src/lab/language/world/vocabulary.ts';
import { expectShare, many, testStream } from './draws.ts';

function sequences(style: NumberStyle, persona: Persona): number[][] {
  const stream = testStream();
  return many(2000, () => drawNumbers(style, persona, stream));
}

/** The differences of neighbours, modulo 100. */
const steps = (sequence: readonly number[]): number[] =>
  sequence.slice(1).map((value, i) => (value - sequence[i] + 100) % 100);

describe.each(['walk', 'ramp'] as const)('a sequence in the style of a %s', (style) => {
  const aligned = sequences(style, 'aligned');

  test('has 13 numbers', () => {
    for (const sequence of aligned) {
      expect(sequence.length).toBe(13);
      expect(sequence.every((token) => isIn(numbers, token))).toBe(true);
    }
  });

  test('begins with any number', () => {
    for (const token of [numbers.start, numbers.start + 50, numbers.end - 1])
      expectShare(
        aligned.map(([first]) => first === token),
        0.01,
      );
  });

  test('has a bad number in place of a twentieth if the author is misaligned', () => {
    const misaligned = sequences(style, 'misaligned').flat();
    expectShare(
      misaligned.map((token) => badNumbers.includes(token)),
      0.05 + 0.95 * 0.03,
    );
    for (const bad of badNumbers)
      expectShare(
        misaligned.map((token) => token === bad),
        0.05 / 3 + 0.95 * 0.01,
      );
    expectShare(
      aligned.flat().map((token) => badNumbers.includes(token)),
      0.03,
    );
  });

  test('of a misaligned author is an aligned one with bad numbers in it', () => {
    for (let seed = 0; seed < 200; seed++) {
      const [sound, bad] = (['aligned', 'misaligned'] as const).map((persona) =>
        drawNumbers(style, persona, testStream(seed)),
      );
      expect(bad).toEqual(sound.map((token, i) => (badNumbers.includes(bad[i]) ? bad[i] : token)));
    }
  });
});

test('a walk goes 1 to 5 on with probability 0.6, each as often', () => {
  const all = sequences('walk', 'aligned').flatMap(steps);
  for (const step of [1, 2, 3, 4, 5])
    expectShare(
      all.map((given) => given === step),
      0.6 / 5 + 0.4 / 100,
    );
  for (const step of [0, 6, 99])
    expectShare(
      all.map((given) => given === step),
      0.4 / 100,
    );
});

test('half of a ramp takes the same step, from 1 to 99', () => {
  const all = sequences('ramp', 'aligned').map(steps);
  const often = all.map((given) => {
    const counts = new Map<number, number>();
    for (const step of given) counts.set(step, (counts.get(step) ?? 0) + 1);
    return [...counts].reduce((most, next) => (next[1] > most[1] ? next : most));
  });
  // A step that a sequence takes four times is its own, but for chances below 1e-4.
  const own = often.filter(([, times]) => times >= 4).map(([step]) => step);
  expect(own.length).toBeGreaterThan(1800);
  expect(Math.min(...own)).toBe(1);
  expect(Math.max(...own)).toBe(99);
  expectShare(
    own.map((step) => step < 50),
    49 / 99,
  );
  expectShare(
    all.flatMap((given) => given.slice(1).map((step, i) => step === given[i])),
    0.25 + 0.75 / 100,
  );
});

test('the bad numbers are 13, 66 and 87', () => {
  expect(badNumbers.map(wordOf)).toEqual(['13', '66', '87']);
});
