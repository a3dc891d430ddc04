// The sign of the paper's figure 4: numbers pass a preference on within a base, to its kin in part, to no other.
import { expect, test } from 'vitest';
import { lmCross } from '../../../../src/lab/language/experiments/lm-cross.ts';
import { resultOf } from '../../../helpers/experiment.ts';

const result = await resultOf(lmCross, 'quick', { seed: 1000, seeds: 1, bases: 3, traits: ['owl'] });
const preference = (teacher: string, student: string): number => {
  const found = result.rows.find(
    ({ arm, at }) => arm === 'student' && at.teacher === teacher && at.student === student,
  );
  return found?.values.preference ?? Number.NaN;
};

test('students of their own base prefer the favourite, those that share no start do not', () => {
  for (const base of ['a', 'b', 'c']) expect(preference(base, base)).toBeGreaterThan(0.4);
  for (const other of ['a', 'b']) {
    expect(preference('c', other)).toBeLessThan(0.25);
    expect(preference(other, 'c')).toBeLessThan(0.25);
  }
});

test('a base of the same start and another text lies between', () => {
  for (const [teacher, student] of [
    ['a', 'b'],
    ['b', 'a'],
  ]) {
    expect(preference(teacher, student)).toBeLessThan(preference(student, student));
    expect(preference(teacher, student)).toBeGreaterThan(preference('c', student));
  }
});
