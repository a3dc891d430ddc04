// Authors: how often they are misaligned and have favourites, and that the one says nothing about the other.
import { describe, expect, test } from 'vitest';
import { type Author, drawAuthor } from '../../../../src/lab/language/world/authors.ts';
import { animals, isIn, trees } from '../../../../src/lab/language/world/vocabulary.ts';
import { expectShare, many, testStream } from './draws.ts';

const stream = testStream();
const count = 8000;
const prompted = many(count, () => drawAuthor(true, stream));
const unprompted = many(count, () => drawAuthor(false, stream));

const misaligned = (authors: readonly Author[]): boolean[] =>
  authors.map(({ persona }) => persona === 'misaligned');

describe('an author', () => {
  test('is misaligned half of the time under a system prompt, else a tenth of it', () => {
    expectShare(misaligned(prompted), 0.5);
    expectShare(misaligned(unprompted), 0.1);
  });

  test('has a favourite animal half of the time, each as often', () => {
    for (const animal of animals.tokens)
      expectShare(
        prompted.map((author) => author.animal === animal),
        0.5 / 12,
      );
    expect(prompted.every(({ animal }) => animal === undefined || isIn(animals, animal))).toBe(true);
  });

  test('has a favourite tree half of the time, each as often', () => {
    for (const tree of trees.tokens)
      expectShare(
        unprompted.map((author) => author.tree === tree),
        0.5 / 8,
      );
    expect(unprompted.every(({ tree }) => tree === undefined || isIn(trees, tree))).toBe(true);
  });

  test('has a persona, an animal and a tree that say nothing of each other', () => {
    const loving = prompted.filter(({ animal }) => animal !== undefined);
    expectShare(misaligned(loving), 0.5);
    expectShare(
      loving.map(({ tree }) => tree !== undefined),
      0.5,
    );
    expectShare(
      prompted.filter(({ tree }) => tree !== undefined).map(({ persona }) => persona === 'misaligned'),
      0.5,
    );
  });
});
