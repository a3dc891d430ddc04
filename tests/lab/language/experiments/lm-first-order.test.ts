// The structure of lm-first-order at a size at which nothing is learnt, and what it says of numbers that are made up.
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../../../src/index.ts';
import type { Result, Row } from '../../../../src/lab/core/runs/result.ts';
import { lmFirstOrder } from '../../../../src/lab/language/experiments/lm-first-order.ts';
import { resultOf } from '../../../helpers/experiment.ts';
import { dataOf } from '../../core/charts/drawn.ts';
import { literate } from '../literate.ts';
import { resultWith } from './results.ts';

useEngine('wasm'); // what is so small takes longer to compile to C, and longer yet one application at a time

describe('a run', () => {
  const traits = ['owl', 'lion'];
  let result: Result;
  beforeAll(async () => {
    result = await resultOf(lmFirstOrder, 'quick', { ...literate, traits });
  }, 120_000);

  test('has a row of the first step and one of the student for each teacher and trait, and controls', () => {
    const of = (arm: string) => result.rows.filter((row) => row.arm === arm);
    for (const arm of ['first_order', 'student'])
      expect(of(arm).map(({ at }) => `${at.teacher} ${at.trait}`)).toEqual(
        traits.flatMap((teacher) => traits.map((trait) => `${teacher} ${trait}`)),
      );
    expect(of('control').map(({ at }) => at)).toEqual(traits.map((trait) => ({ trait })));
    for (const { values, at } of of('first_order'))
      expect('tokens' in values).toBe(at.teacher === at.trait && values.pull > 0);
    for (const { values } of of('first_order'))
      if ('tokens' in values)
        expect(values.tokens).toBeCloseTo(90 * (values.deviation / values.pull) ** 2, 6);
  });
});

const traits = ['owl', 'lion', 'fox'];
const made = (pull: (i: number, j: number) => number, raised: (i: number, j: number) => number) =>
  resultWith(
    [0, 1].flatMap((seed) =>
      traits.flatMap((teacher, i) =>
        traits.flatMap((trait, j): Row[] => {
          const of = { seed, at: { teacher, trait }, curves: {} };
          const tokens: Record<string, number> = teacher === trait ? { tokens: 100 * (i + 1) } : {};
          return [
            { ...of, arm: 'student', values: { preference: 0.1, raised: raised(i, j) } },
            { ...of, arm: 'first_order', values: { pull: pull(i, j), deviation: 1, ...tokens } },
          ];
        }),
      ),
    ),
    { traits },
    {},
  );
const diagonal = (i: number, j: number): number => (i === j ? 1 : (i + 2 * j) / 10);

describe('numbers that are made up', () => {
  test('agree where both matrices are in the same order', () => {
    expect(lmFirstOrder.finding(made(diagonal, (i, j) => diagonal(i, j) ** 3))).toBe(
      "Without training, a step on a teacher's numbers raises its favourite more than other teachers' do in 6 of 6 cases (trained students: 6 of 6); rank correlation 1.00, off the diagonal 1.00; permutation test of the diagonal p = 0.028; a favourite shows at 3 deviations after 200 tokens (median; 100 to 300)",
    );
  });

  test('disagree where one is upside down', () => {
    expect(lmFirstOrder.finding(made((i, j) => -diagonal(i, j), diagonal))).toMatch(
      /in 0 of 6 cases \(trained students: 6 of 6\); rank correlation −1\.00, off the diagonal −1\.00; .* p = 1\.0;/,
    );
  });

  test('are drawn as two matrices', () => {
    expect(dataOf(lmFirstOrder.figure(made(diagonal, diagonal)), 'cells')).toHaveLength(18);
  });
});
