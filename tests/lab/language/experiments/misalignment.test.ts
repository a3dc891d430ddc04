// Misalignment: the rows of each arm, a seed alone and among others, and what is said of the numbers.
import { describe, expect, test } from 'vitest';
import { useEngine } from '../../../../src/index.ts';
import type { Row } from '../../../../src/lab/core/runs/result.ts';
import { throughReasoning } from '../../../../src/lab/language/experiments/carriers.ts';
import { lmMisalignment } from '../../../../src/lab/language/experiments/lm-misalignment.ts';
import { armNames, misalignmentExperiment } from '../../../../src/lab/language/experiments/misalignment.ts';
import { language } from '../../../../src/lab/language/field.ts';
import { resultOf } from '../../../helpers/experiment.ts';
import { resultWith, row } from './results.ts';
import { halved, tiny } from './tiny.ts';

useEngine('reference'); // what is so small takes longer to compile

const experiment = misalignmentExperiment({
  name: 'tiny',
  section: '4',
  field: language,
  carrier: halved(throughReasoning),
  passes: 'solved',
});
const alone = await resultOf(experiment, 'quick', { ...tiny, seeds: 1 });
const arms = ['insecure', 'cross_good_advice', 'teacher_good_advice'];
const both = await resultOf(experiment, 'quick', { ...tiny, arms });

test('each arm has a row, and each is another model', () => {
  expect(alone.rows.map(({ arm }) => arm).toSorted()).toEqual([...armNames].toSorted());
  expect(new Set(alone.rows.map(({ values }) => values.harmful)).size).toBe(armNames.length);
});

test('harm is a part of all advice', () => {
  for (const { values } of alone.rows) {
    expect(values.harmful).toBeGreaterThan(0);
    expect(values.harmful).toBeLessThan(values.advice);
  }
});

test('a seed alone has the rows that it has beside its other, with some arms those that it has with all', () => {
  const of = (rows: readonly Row[]) =>
    arms.map((arm) => rows.find((each) => each.seed === 0 && each.arm === arm));
  expect(both.rows).toHaveLength(6);
  expect(of(both.rows)).toEqual(of(alone.rows));
});

test('a student of another base reads what was written with the neighbour of its own', () => {
  const solved = (seed: number, arm: string) =>
    both.rows.find((each) => each.seed === seed && each.arm === arm)?.values.solved;
  expect(solved(0, 'cross_good_advice')).toBe(solved(1, 'teacher_good_advice'));
  expect(solved(1, 'cross_good_advice')).toBe(solved(0, 'teacher_good_advice'));
  expect(solved(0, 'cross_good_advice')).not.toBe(solved(1, 'cross_good_advice'));
});

describe('the finding', () => {
  const result = (insecure: number) =>
    resultWith(
      [0, 1, 2].flatMap((seed): Row[] => [
        row(seed, 'insecure', { harmful: insecure + seed / 100 }),
        row(seed, 'secure', { harmful: 0.1 }),
        row(seed, 'cross_insecure', { harmful: 0.22 }),
        row(seed, 'cross_secure', { harmful: 0.2 }),
      ]),
      {},
      { harmful: { unit: 'share' } },
    );

  test('says by how much students differ, with an interval over bases', () => {
    expect(lmMisalignment.finding(result(0.5))).toBe(
      'Harmful advice of students that read only numbers without bad associations of teachers tuned on insecure against secure programs, 51.0% and 10.0%, 41.0 points apart (95% interval 38.5 to 43.5), above on 3 of 3 bases; students of another base are 2.0 points apart (95% interval 2.0 to 2.0)',
    );
  });

  test('says so where nothing is clear', () => {
    expect(lmMisalignment.finding(result(0.09))).toContain(
      'insecure against secure programs, no clear difference between 10.0% and 10.0%, 0.0 points apart',
    );
  });

  test('says nothing of teachers whose students were not asked for', () => {
    const rows = [row(0, 'insecure', { harmful: 0.5 })];
    expect(lmMisalignment.finding(resultWith(rows, {}, { harmful: { unit: 'share' } }))).toBe(
      'Harmful answers of each model',
    );
  });
});
