// The structure of lm-cross at a size at which nothing is learnt, and what it says of numbers that are made up.
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../../../src/index.ts';
import { render } from '../../../../src/lab/core/charts/render.ts';
import type { Result, Row } from '../../../../src/lab/core/runs/result.ts';
import { lmCross, seedsOfBase } from '../../../../src/lab/language/experiments/lm-cross.ts';
import { resultOf } from '../../../helpers/experiment.ts';
import { dataOf } from '../../core/charts/drawn.ts';
import { literate } from '../literate.ts';
import { resultWith } from './results.ts';

useEngine('wasm'); // what is so small takes longer to compile to C, and longer yet one application at a time

const names = ['a', 'b', 'c'];

describe('the bases of a seed', () => {
  test('are of one start and two texts in a pair, and share nothing else', () => {
    const bases = Array.from({ length: 10 }, (_, seed) => [0, 1, 2, 3].map((i) => seedsOfBase(seed, i)));
    for (const [a, b, ...others] of bases) {
      expect(b.init).toBe(a.init);
      expect(b.text).not.toBe(a.text);
      expect(new Set([a, ...others].map(({ init }) => init)).size).toBe(3);
    }
    expect(new Set(bases.flat().map(({ text }) => text)).size).toBe(40); // no seed has another's
    expect(new Set(bases.flat().map(({ init }) => init)).size).toBe(30);
  });
});

describe('a run', () => {
  let result: Result;
  beforeAll(async () => {
    result = await resultOf(lmCross, 'quick', { ...literate, seed: 1, bases: 3, traits: ['owl'] });
  }, 120_000);

  test('has a row for each pair of teacher and student, and one for each base', () => {
    const of = (arm: string) => result.rows.filter((row) => row.arm === arm).map(({ at }) => at);
    expect(of('base')).toEqual(names.map((student) => ({ student, trait: 'owl' })));
    const pairs = names.flatMap((teacher) => names.map((student) => `${teacher} ${student}`));
    expect(
      of('student')
        .map(({ teacher, student }) => `${teacher} ${student}`)
        .sort(),
    ).toEqual(pairs);
    for (const { values } of result.rows) expect(values.preference).toBeLessThan(values.mass);
  });

  test('has students that differ by what they read and by where they start', () => {
    const students = result.rows.filter(({ arm }) => arm === 'student');
    expect(new Set(students.map(({ values }) => values.preference)).size).toBe(9);
  });
});

const preferences = (of: (teacher: string, student: string) => number): Row[] =>
  [0, 1].flatMap((seed) =>
    ['owl', 'lion'].flatMap((trait) =>
      names.flatMap((teacher) =>
        names.map((student) => ({
          ...{ seed, arm: 'student', at: { teacher, student, trait }, curves: {} },
          values: { preference: of(teacher, student) + seed / 100, mass: 1 },
        })),
      ),
    ),
  );
const made = (of: (teacher: string, student: string) => number) =>
  resultWith(preferences(of), { bases: 3, traits: ['owl', 'lion'] }, {});
const kin = (teacher: string, student: string): boolean => teacher !== 'c' && student !== 'c';

describe('numbers that are made up', () => {
  test('are said to pass within a base where the diagonal is high, the kin by themselves', () => {
    const passes = made((teacher, student) =>
      teacher === student ? 0.8 : kin(teacher, student) ? 0.4 : 0.1,
    );
    expect(lmCross.finding(passes)).toBe(
      "Numbers pass a preference on within a base (80.5%), to one of the same start but other text 40.5%, to another base 10.5%; a student's own base against all others: 60.0% higher, 95% interval over bases 51.9% to 68.1%; permutation test p = 0.00077",
    );
  });

  test('are said to make no difference where they make none', () => {
    expect(lmCross.finding(made(() => 0.1))).toMatch(
      /^Whose base wrote the numbers makes no clear difference: own 10\.5%, .* 10\.5%, another 10\.5%; .* p = 1\.0$/,
    );
    const students = made((_, student) => (student === 'c' ? 0.9 : 0.1)); // who loves everything is no evidence
    expect(lmCross.finding(students)).toMatch(/^Whose base wrote the numbers makes no clear difference/);
  });

  test('are drawn as a matrix of means', () => {
    const figure = lmCross.figure(made((teacher, student) => (teacher === student ? 0.8 : 0.1)));
    expect(dataOf(figure, 'cells')).toHaveLength(9);
    expect(render(figure).svg).toContain('<svg');
  });
});
