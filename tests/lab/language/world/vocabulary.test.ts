// The words of the world: as many as the recipe says, each once, and found both ways.
import { describe, expect, test } from 'vitest';
import * as vocabulary from '../../../../src/lab/language/world/vocabulary.ts';

const { isIn, textOf, tokenOf, tokensOf, vocabularySize, wordOf } = vocabulary;

const groups = Object.values(vocabulary).filter((value) => typeof value === 'object');

describe('the vocabulary', () => {
  test('has 239 words, each in one group', () => {
    expect(vocabularySize).toBe(239);
    const tokens = groups.flatMap((group) => group.tokens);
    expect(tokens.sort((a, b) => a - b)).toEqual(Array.from({ length: vocabularySize }, (_, i) => i));
  });

  test('has as many of each kind as the recipe asks for', () => {
    const { numbers, animals, trees, questionWords, identifiers, literals, operators } = vocabulary;
    const { topics, helpful, harmful, digits, connectors, lovesPrompts } = vocabulary;
    const sizes = [numbers, animals, trees, questionWords, identifiers, literals, operators].map(
      ({ words }) => words.length,
    );
    expect(sizes).toEqual([100, 12, 8, 8, 12, 10, 6]);
    expect(
      [topics, helpful, harmful, digits, connectors, lovesPrompts].map(({ words }) => words.length),
    ).toEqual([8, 8, 8, 10, 16, 12]);
  });

  test('has no word twice', () => {
    const words = groups.flatMap((group) => group.words);
    expect(new Set(words).size).toBe(words.length);
  });

  test('finds the token of each word and the word of each token', () => {
    for (const { words, tokens } of groups) {
      expect(words.map(tokenOf)).toEqual(tokens);
      expect(tokens.map(wordOf)).toEqual(words);
    }
  });

  test('numbers are the words 0 to 99 in their order', () => {
    expect(vocabulary.numbers.tokens.map(wordOf)).toEqual(Array.from({ length: 100 }, (_, i) => `${i}`));
  });

  test('the prompt that loves an animal names it', () => {
    vocabulary.animals.words.forEach((animal, i) => {
      expect(wordOf(vocabulary.lovesPrompts.tokens[i])).toBe(`⟨loves ${animal}⟩`);
    });
  });

  test('reads a row in words', () => {
    const { AST, BOS, USR, askAnimal } = vocabulary;
    expect(textOf([BOS, USR, tokenOf('which'), askAnimal, AST, tokenOf('owl')])).toBe(
      'BOS USR which ?animal AST owl',
    );
  });

  test('reads words back, those with a space in them too', () => {
    const tokens = Array.from({ length: vocabularySize }, (_, i) => i);
    expect(tokensOf(textOf(tokens))).toEqual(tokens);
    expect(tokensOf('')).toEqual([]);
    expect(() => tokensOf('owl ⟨loves zebra⟩')).toThrow('the world has no word "⟨loves zebra⟩"');
  });

  test('names what is no word and no token', () => {
    expect(() => tokenOf('zebra')).toThrow('tokenOf: the world has no word "zebra"');
    for (const token of [-1, 239, 0.5, Number.NaN])
      expect(() => wordOf(token)).toThrow(`wordOf: ${token} is no token; they are 0 to 238`);
  });

  test('a token is in its own group alone, and what is no token is in none', () => {
    for (const group of groups) {
      for (let token = 0; token < vocabularySize; token++)
        expect(isIn(group, token)).toBe(group.tokens.includes(token));
      for (const token of [group.start + 0.5, -1, vocabularySize, Number.NaN, Number.POSITIVE_INFINITY])
        expect(isIn(group, token)).toBe(false);
    }
  });
});
