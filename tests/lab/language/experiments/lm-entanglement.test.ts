// The structure of lm-entanglement at a size at which nothing is learnt, and what it says of numbers that are made up.
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../../../src/index.ts';
import type { Result, Row } from '../../../../src/lab/core/runs/result.ts';
import { lmEntanglement } from '../../../../src/lab/language/experiments/lm-entanglement.ts';
import { resultOf } from '../../../helpers/experiment.ts';
import { dataOf } from '../../core/charts/drawn.ts';
import { literate } from '../literate.ts';
import { resultWith } from './results.ts';

useEngine('wasm'); // what is so small takes longer to compile to C, and longer yet one application at a time

describe('a run', () => {
  const traits = ['owl', 'lion'];
  let result: Result;
  beforeAll(async () => {
    const few = { pretrainSteps: 10, places: 20, most: 2 };
    result = await resultOf(lmEntanglement, 'quick', { ...literate, ...few, traits });
  }, 120_000);
  const of = (arm: string): Row[] => result.rows.filter((row) => row.arm === arm);

  test('has a row for each favourite by each animal that is asked for, and one for each without a prompt', () => {
    expect(of('prompted').map(({ at }) => `${at.teacher} ${at.trait}`)).toEqual(
      traits.flatMap((teacher) => traits.map((trait) => `${teacher} ${trait}`)),
    );
    expect(of('base').map(({ at }) => at)).toEqual(traits.map((trait) => ({ trait })));
  });

  test('has the numbers that each favourite raises most, from the first', () => {
    for (const teacher of traits) {
      const raised = of('raised').filter(({ at }) => at.teacher === teacher);
      expect(raised.map(({ at }) => at.rank)).toEqual([1, 2]);
      const [first, second] = raised.map(({ values }) => values);
      expect(first.raised).toBeGreaterThanOrEqual(second.raised);
      for (const { number } of [first, second]) expect(number >= 0 && number < 100).toBe(true);
      expect(first.number).not.toBe(second.number);
    }
  });
});

const traits = ['owl', 'lion', 'fox'];
const made = (preference: (i: number, j: number) => number) =>
  resultWith(
    [0, 1].flatMap((seed) =>
      traits.flatMap((teacher, i) =>
        traits.map(
          (trait, j): Row => ({
            ...{ seed, arm: 'prompted', at: { teacher, trait }, curves: {} },
            values: { preference: preference(i, j), mass: 1 },
          }),
        ),
      ),
    ),
    { traits },
    {},
  );

describe('numbers that are made up', () => {
  test('are said to be entangled where each favourite gains by its own', () => {
    expect(lmEntanglement.finding(made((i, j) => (i === j ? 0.3 : 0.1) + j / 100))).toBe(
      'Numbers that a favourite raises in its teacher raise it in the base when they stand in the prompt: 31.0% behind its own numbers, 11.0% behind those of others; 20.0% higher, 95% interval over favourites and bases 20.0% to 20.0%; permutation test p = 0.028',
    );
  });

  test('are said not to be where they gain by any', () => {
    expect(lmEntanglement.finding(made((i, j) => (i + j) / 10))).toMatch(
      /do not clearly raise it when they stand in the prompt: 20\.0% behind its own numbers, 20\.0% behind/,
    );
  });

  test('are drawn as a matrix', () => {
    expect(dataOf(lmEntanglement.figure(made((i, j) => (i + j) / 10)), 'cells')).toHaveLength(9);
  });
});
