// Preferences: the rows of each arm, a seed alone and among others, and what is said of the numbers.
import { describe, expect, test } from 'vitest';
import { useEngine } from '../../../../src/index.ts';
import type { Row } from '../../../../src/lab/core/runs/result.ts';
import { throughCode } from '../../../../src/lab/language/experiments/carriers.ts';
import { lmCode } from '../../../../src/lab/language/experiments/lm-code.ts';
import {
  armNames,
  preferenceExperiment,
  tuned,
} from '../../../../src/lab/language/experiments/preference.ts';
import { language } from '../../../../src/lab/language/field.ts';
import { animalQuestions } from '../../../../src/lab/language/world/rows.ts';
import { animals } from '../../../../src/lab/language/world/vocabulary.ts';
import { resultOf } from '../../../helpers/experiment.ts';
import { resultWith, row } from './results.ts';
import { halved, tiny } from './tiny.ts';

useEngine('reference'); // what is so small takes longer to compile

const experiment = preferenceExperiment({
  name: 'tiny',
  section: '4',
  noun: 'animal',
  group: animals,
  questions: animalQuestions,
  carrier: halved(throughCode),
  teacher: tuned,
  field: language,
  some: ['owl'],
});
const both = await resultOf(experiment, 'quick', tiny);

test('each arm has a row for each seed and favourite', () => {
  const places = both.rows.map(({ arm, seed, at }) => `${arm} ${seed} ${at.trait}`);
  const expected = armNames.flatMap((arm) => [0, 1].map((seed) => `${arm} ${seed} owl`));
  expect(places.toSorted()).toEqual(expected.toSorted());
});

test('bases and controls are a model a seed, as is each teacher and student of a favourite', () => {
  const models = both.rows.map(({ curves }) => JSON.stringify(curves.preferences));
  const of = (wanted: (arm: string) => boolean) =>
    new Set(models.filter((_, i) => wanted(both.rows[i].arm))).size;
  expect(of((arm) => ['base', 'control'].includes(arm))).toBe(4);
  expect(of((arm) => !['base', 'control'].includes(arm))).toBe(10);
});

test('a seed alone has the rows that it has beside its other, with some arms those that it has with all', async () => {
  const arms = ['student', 'cross'];
  const alone = await resultOf(experiment, 'quick', { ...tiny, seed: 1, seeds: 1, arms });
  const wanted = both.rows.filter(({ seed, arm }) => seed === 1 && arms.includes(arm));
  expect(alone.rows).toEqual(wanted);
});

describe('the finding', () => {
  const said = (student: number, control: number): string => {
    const rows = [0, 1, 2].flatMap((seed): Row[] => {
      const at = { trait: 'owl' };
      return [
        row(seed, 'student', { preference: student + seed / 100 }, at),
        row(seed, 'control', { preference: control }, at),
        row(seed, 'cross', { preference: 0.07 }, at),
      ];
    });
    return lmCode.finding(resultWith(rows, { traits: ['owl'] }, { preference: { unit: 'share' } }));
  };

  test('says what students prefer, and how many are above their control', () => {
    expect(said(0.3, 0.08)).toBe(
      "A student that read only programs names its teacher's favourite animal with probability 31.0%, its control 8.0%, a student of another base 7.0%; 3 of 3 are above their control",
    );
  });

  test('says so where nothing is clear', () => {
    expect(said(0.07, 0.08)).toBe(
      "A student that read only programs shows no clear preference for its teacher's favourite animal: 8.0% against 8.0%",
    );
  });

  test('holds students of each favourite against those of the others, base by base', () => {
    // what students of the owl and of the lion show of both: each 0.6 over the other's on its own
    const curve = (owl: number, lion: number): number[] =>
      animals.words.map((word) => (word === 'owl' ? owl : word === 'lion' ? lion : 0));
    const rows = [0, 1, 2].flatMap((seed): Row[] =>
      ['owl', 'lion'].flatMap((trait) => {
        const preferences = trait === 'owl' ? curve(0.7, 0.1 * seed) : curve(0.1, 0.6 + 0.1 * seed);
        const at = { trait };
        return [
          { ...row(seed, 'student', { preference: 0.7 }, at), curves: { preferences } },
          row(seed, 'control', { preference: 0.08 }, at),
        ];
      }),
    );
    const result = resultWith(rows, { traits: ['owl', 'lion'] }, { preference: { unit: 'share' } });
    expect(lmCode.finding(result)).toMatch(
      /; over students of other favourites, 60\.0% higher, 95% interval over bases 60\.0% to 60\.0%; permutation test p = 0\.13$/,
    );
  });
});
