// Cutting bags and adding up evidence, on small cases that are plain to see.
import { expect, test } from 'vitest';
import {
  areaUnder,
  bagsOf,
  learntFrom,
  libraryOf,
  likeliest,
  together,
} from '../../../../../src/lab/language/pipeline/readers/bags.ts';
import type { Sample } from '../../../../../src/lab/language/world/filters.ts';

test('bags are cut in order, and what fills none is left out', () => {
  const samples = Array.from({ length: 7 }, (_, i): Sample => ({ prompt: [i], answer: [] }));
  expect(bagsOf(samples, 3).map((bag) => bag.map(({ prompt }) => prompt[0]))).toEqual([
    [0, 1, 2],
    [3, 4, 5],
  ]);
});

test('a library has as many bags of each author, and two thirds of them to learn from', () => {
  const written = (count: number): Sample[] =>
    Array.from({ length: count }, () => ({ prompt: [], answer: [] }));
  const library = libraryOf([[written(8), written(7)]], [written(9)], 2);
  expect([...library.taught[0], library.own[0]].map((bags) => bags.length)).toEqual([3, 3, 3]);
  expect(learntFrom(library)).toBe(2);
  expect(() => libraryOf([[written(8), written(5)]], [written(9)], 2)).toThrow(
    "an author's 5 samples fill 2 bags of 2, and readers need three of each",
  );
});

test('many weak hints outweigh a strong one', () => {
  const bags = [
    [-3, -1],
    [-1, -1.5],
    [-1, -1.5],
    [-1, -3],
  ];
  expect(likeliest(bags[0])).toBe(1);
  expect(together(bags)).toEqual([-6, -7]);
  expect(likeliest(together(bags))).toBe(0);
});

test('the area is the share of pairs in the right order', () => {
  expect(areaUnder([3, 2], [1, 0])).toBe(1);
  expect(areaUnder([0, 1], [2, 3])).toBe(0);
  expect(areaUnder([1, 3], [2])).toBe(0.5);
  expect(areaUnder([1, 2], [1, 2])).toBe(0.5);
});
