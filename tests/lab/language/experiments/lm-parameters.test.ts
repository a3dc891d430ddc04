// The structure of lm-parameters at a size at which nothing is learnt, and what it says of numbers that are made up.
import { describe, expect, test } from 'vitest';
import { useEngine } from '../../../../src/index.ts';
import { render } from '../../../../src/lab/core/charts/render.ts';
import { makeConfig } from '../../../../src/lab/core/experiments/config.ts';
import type { Row } from '../../../../src/lab/core/runs/result.ts';
import type { LabEvent } from '../../../../src/lab/core/training/events.ts';
import { throughNumbers } from '../../../../src/lab/language/experiments/carriers.ts';
import { comparedThrough, lmParameters } from '../../../../src/lab/language/experiments/lm-parameters.ts';
import { walk } from '../../../../src/lab/language/field.ts';
import { runThrough } from '../../core/stages/run-through.ts';
import { resultWith, row } from './results.ts';
import { halved, tiny } from './tiny.ts';

useEngine('reference'); // what is so small takes longer to compile

describe('a run', async () => {
  const only = {
    seeds: 1,
    traits: ['owl', 'lion'],
    forms: ['biases_and_norms', 'lora_1'],
    optimizers: ['adam'],
  };
  const config = makeConfig(lmParameters, 'quick', { ...tiny, ...only, teachers: ['usual', 'same'] });
  const made = new Map<string, number>();
  const count = (event: LabEvent): void => {
    if (event.kind === 'made')
      for (const { stage } of event.outputs) made.set(stage, (made.get(stage) ?? 0) + 1);
  };
  const rows = await runThrough(comparedThrough(halved(throughNumbers), config, walk), undefined, count);

  test('has a row for each base, teacher, student and control, and each favourite', () => {
    const places = rows.map(({ arm, at: { trained, teacher, trait } }) =>
      [arm, trained, teacher, trait].filter(Boolean).join(' '),
    );
    const expected = ['owl', 'lion'].flatMap((trait) =>
      [
        'base',
        'teacher biases_and_norms',
        'teacher lora_1',
        'control biases_and_norms',
        'student biases_and_norms biases_and_norms',
        'control lora_1',
        'student lora_1 biases_and_norms',
        'student lora_1 lora_1',
      ].map((place) => `${place} ${trait}`),
    );
    expect(places.toSorted()).toEqual(expected.toSorted());
  });

  test('makes one control of each form for all favourites, and nothing twice', () => {
    expect(Object.fromEntries(made)).toMatchObject({
      ...{ base: 1, 'preference teacher': 4, numbers: 5 },
      student: 2 + 1 + (4 + 1), // a student of biases and norms has one kind of teacher
    });
  });

  test('has students that differ by what trains in them and in their teachers', () => {
    const students = rows.filter(({ arm }) => arm === 'student');
    expect(new Set(students.map(({ values }) => values.preference)).size).toBe(6);
  });
});

const forms = ['biases_and_norms', 'lora_1', 'lora_4', 'lora_32'];
/** Four students of each form and optimiser, by how much they are above their controls. */
const made = (above: (form: string, optimizer: string) => number) => {
  const optimizers = ['sgd', 'adam'];
  const rows = [0, 1, 2, 3].flatMap((seed): Row[] =>
    forms.flatMap((trained) =>
      optimizers.flatMap((optimizer) => {
        const at = { trained, optimizer, trait: 'owl' };
        const preference = 0.1 + above(trained, optimizer) + (above(trained, optimizer) * seed) / 100;
        return [
          row(seed, 'student', { preference }, { ...at, teacher: 'biases_and_norms' }),
          row(seed, 'control', { preference: 0.1 }, at),
        ];
      }),
    ),
  );
  const config = { traits: ['owl'], forms, optimizers, teachers: ['usual'] };
  return resultWith(rows, config, { preference: { unit: 'share' } });
};
const inverted: Readonly<Record<string, number>> = { lora_4: 0.6, lora_32: 0 };
const mixed = made((form, optimizer) => (optimizer === 'sgd' ? (inverted[form] ?? 0.4) : 0.2));

describe('numbers that are made up', () => {
  test('are said to pass through the forms whose interval is above nothing, with an inverted U where there is one', () => {
    expect(lmParameters.finding(mixed)).toBe(
      'A preference clearly passes from a teacher of biases and norms by SGD through all but LoRA 32, by Adam whatever trains; adapters by SGD: an inverted U, highest at rank 4, in points 20.3 (19.9 to 20.7) above rank 1 and 60.9 (59.7 to 62.1) above rank 32; adapters by Adam: no clear inverted U, highest at rank 1, in points 0.0 (0.0 to 0.0) above rank 32',
    );
  });

  test('are said to pass nowhere where they do not', () => {
    expect(lmParameters.finding(made(() => 0))).toMatch(
      /clearly passes from a teacher of biases and norms by SGD and Adam nowhere/,
    );
  });

  test('are drawn as a group of bars for each form', () => {
    const figure = lmParameters.figure(mixed);
    const bars = figure.data.datasets.find(({ label }) => label === 'mean');
    expect(bars?.data).toHaveLength(4 * forms.length);
    expect(render(figure).svg).toContain('<svg');
  });
});
