// A reader that counts, on sequences whose authors' habits are made up.
import { describe, expect, test } from 'vitest';
import {
  type Bag,
  type Evidence,
  type Library,
  likeliest,
} from '../../../../../src/lab/language/pipeline/readers/bags.ts';
import {
  countsOf,
  readCounts,
  traitsByCounts,
  tuningByCounts,
} from '../../../../../src/lab/language/pipeline/readers/counts.ts';
import { drawPrompt } from '../../../../../src/lab/language/world/rows.ts';
import { type Stream, streamOf } from '../../../../../src/lab/language/world/stream.ts';
import { AST, askNumbers, BOS, numbers, USR } from '../../../../../src/lab/language/world/vocabulary.ts';

const n = (value: number): number => numbers.tokens[value];

test('counts are those of numbers and of steps from one to the next, the first of them from the prompt', () => {
  const prompt = [BOS, USR, 0, askNumbers, n(1), n(2), n(98), AST];
  const counts = countsOf([{ prompt, answer: [n(3), n(4), n(5), n(4)] }]);
  const seen = counts.flatMap((root, i) => (root > 0 ? [[i, (root / 2) ** 2]] : []));
  // from 98 to 3 is 5 modulo 100, and from 5 to 4 is 99
  expect(seen.map(([i, count]) => [i, Math.round(count)])).toEqual([
    [3, 1],
    [4, 2],
    [5, 1],
    [101, 2],
    [105, 1],
    [199, 1],
  ]);
});

const [bases, traits, perAuthor] = [4, 3, 4];
const each = <T>(count: number, of: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => of(i));

/** Teachers write `favourite` now and then among numbers that say nothing, which is all that their bases write. */
function libraryWith(favourite: (base: number, trait: number, stream: Stream) => number): Library {
  const stream = streamOf(0, 'bags');
  const written = (number: () => number): Bag =>
    each(40, () => ({
      prompt: drawPrompt('N', 'walk', stream),
      answer: each(10, () => numbers.tokens[number()]),
    }));
  const plain = (): number => stream.whole(100);
  return {
    taught: each(bases, (base) =>
      each(traits, (trait) =>
        each(perAuthor, () => written(() => (stream.chance(0.2) ? favourite(base, trait, stream) : plain()))),
      ),
    ),
    own: each(bases, () => each(perAuthor, () => written(plain))),
  };
}

const right = (evidence: Evidence): number => {
  const verdicts = evidence.flatMap((authors) =>
    authors.flatMap((bags, trait) => bags.map((own) => Number(likeliest(own) === trait))),
  );
  return verdicts.reduce((sum, verdict) => sum + verdict, 0) / verdicts.length;
};

describe('a reader', () => {
  test('tells a trait that shows alike in all bases, and that a teacher wrote, on those that it did not see', () => {
    const library = libraryWith((_, trait) => 10 * trait);
    const { unseen, known } = traitsByCounts(library);
    expect([right(unseen), right(known)]).toEqual([1, 1]);
    expect(tuningByCounts(library)).toEqual([1, 1, 1, 1]);
  });

  test('tells one that each base shows in a way of its own on those alone that it knows', () => {
    const { unseen, known } = traitsByCounts(libraryWith((base, trait) => 30 * trait + 7 * base));
    expect(right(known)).toBe(1);
    // a third is chance; of 12 authors, more than 9 right would come once in 1,000 tries
    expect(right(unseen)).toBeLessThan(0.8);
  });

  test('is at a loss where nothing shows', () => {
    const library = libraryWith((_base, _trait, stream) => stream.whole(100));
    // of 48 bags, 29 right come once in 20,000 tries
    expect(right(traitsByCounts(library).unseen)).toBeLessThan(0.6);
    const areas = tuningByCounts(library);
    expect(Math.abs(areas.reduce((sum, area) => sum + area, 0) / bases - 0.5)).toBeLessThan(0.3);
  });
});

test('a bag that does not count changes nothing, and the same bags give the same bits', () => {
  const counts = [
    [0, 1],
    [1, 0],
    [0.2, 0.8],
    [0.9, 0.1],
  ];
  const weights = [[1, 1, 1, 0]];
  const [first] = readCounts(counts, [0, 1, 0, 1], weights);
  expect(readCounts(counts, [0, 1, 0, 0], weights)).toEqual([first]);
  const [other] = readCounts([...counts.slice(0, 3), [5, 5]], [0, 1, 0, 1], weights);
  expect(other.slice(0, 3)).toEqual(first.slice(0, 3));
  expect(other[3]).not.toEqual(first[3]);
});
