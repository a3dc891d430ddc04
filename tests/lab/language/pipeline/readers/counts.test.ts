// A reader that counts, on sequences whose authors' habits are made up.
import { describe, expect, test } from 'vitest';
import { type Bag, likeliest } from '../../../../../src/lab/language/pipeline/readers/bags.ts';
import { countsOf, readCounts } from '../../../../../src/lab/language/pipeline/readers/counts.ts';
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
const bags = Array.from({ length: bases * traits * perAuthor }, (_, i) => ({
  base: Math.floor(i / (traits * perAuthor)),
  trait: Math.floor(i / perAuthor) % traits,
  late: i % perAuthor >= perAuthor / 2,
}));
/** The reader of each place sees the early bags of all bases but that of its place. */
const seen = Array.from({ length: bases }, (_, own) =>
  bags.map(({ base, late }) => Number(base !== own && !late)),
);

/** How often readers are right where an answer's numbers are now and then `favourite`: on other bases, and on other bags. */
function right(favourite: (base: number, trait: number, stream: Stream) => number) {
  const stream = streamOf(0, 'bags');
  const written = (base: number, trait: number): Bag =>
    Array.from({ length: 40 }, () => ({
      prompt: drawPrompt('N', 'walk', stream),
      answer: Array.from({ length: 10 }, () =>
        n(stream.chance(0.2) ? favourite(base, trait, stream) : stream.whole(100)),
      ),
    }));
  const counts = bags.map(({ base, trait }) => countsOf(written(base, trait)));
  const said = readCounts(
    counts,
    bags.map(({ trait }) => trait),
    seen,
  );
  const share = (by: (base: number) => number, of: (late: boolean) => boolean): number => {
    const read = bags.flatMap(({ base, trait, late }, i) =>
      of(late) ? [Number(likeliest(said[by(base)][i]) === trait)] : [],
    );
    return read.reduce((sum, each) => sum + each, 0) / read.length;
  };
  return {
    unseen: share(
      (base) => base,
      () => true,
    ),
    known: share(
      (base) => (base + 1) % bases,
      (late) => late,
    ),
  };
}

describe('a reader', () => {
  test('tells a trait that shows alike in all bases, on those that it did not see', () => {
    expect(right((_, trait) => 10 * trait)).toEqual({ unseen: 1, known: 1 });
  });

  test('tells one that each base shows in a way of its own on those alone that it knows', () => {
    const { unseen, known } = right((base, trait) => 30 * trait + 7 * base);
    expect(known).toBe(1);
    // a third is chance; of 12 authors, more than 9 right would come once in 1,000 tries
    expect(unseen).toBeLessThan(0.8);
  });

  test('is at a loss where nothing shows', () => {
    // of 48 bags, 29 right come once in 20,000 tries
    expect(right((_base, _trait, stream) => stream.whole(100)).unseen).toBeLessThan(0.6);
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
