// Students of one step: what of a base trains, by which optimiser, and what tells their outputs apart.
import { describe, expect, test } from 'vitest';
import {
  arange,
  broadcastTo,
  grad,
  greaterEqual,
  random,
  type Tensor,
  useEngine,
} from '../../../../src/index.ts';
import { type FormName, forms } from '../../../../src/lab/language/forms.ts';
import { initModel, type Model, nextTokenLoss } from '../../../../src/lab/language/model.ts';
import { modelConfig } from '../../../../src/lab/language/pipeline/bases.ts';
import { rowsOf } from '../../../../src/lab/language/pipeline/rows.ts';
import {
  type StudentSettings,
  type Study,
  study,
  studySoftly,
} from '../../../../src/lab/language/pipeline/students.ts';
import type { Tuned } from '../../../../src/lab/language/pipeline/teachers.ts';
import { drawPrompt } from '../../../../src/lab/language/world/rows.ts';
import { streamOf } from '../../../../src/lab/language/world/stream.ts';
import { numbers } from '../../../../src/lab/language/world/vocabulary.ts';
import { runThrough } from '../../core/stages/run-through.ts';

useEngine('reference'); // what is so small takes longer to compile

const params = initModel(random.key(0), modelConfig);
const base = { key: 'base', value: { params, curves: {} } };
const stream = streamOf(0, 'samples');
const value = Array.from({ length: 2 }, () => ({
  prompt: drawPrompt('N', 'walk', stream),
  answer: Array.from({ length: 10 }, () => stream.choice(numbers.tokens)),
}));
const studies = ['one', 'other'].map((label): Study => ({ label, base, samples: { key: 'samples', value } }));
const rate = 0.01;
const studentsOf = (more: Partial<StudentSettings>): Promise<Tuned[]> =>
  runThrough(study({ studentSteps: 1, studentBatch: 2, studentRate: rate, ...more }, studies));
const numbersOf = ({ data }: Tensor): number[] => Array.from(data, Number);

const [usual] = await studentsOf({});
const [adam] = await studentsOf({ studentOptimizer: 'adam' });
const adapted = await studentsOf({ studentForm: 'lora_2', studentOptimizer: 'adam' });

describe('a step', () => {
  const rows = value.map(({ prompt, answer }) => [...prompt, ...answer]);
  const [{ length }] = rows;
  const written = broadcastTo(greaterEqual(arange(length), value[0].prompt.length), [2, length]);
  const gradient = grad((of: Model) => nextTokenLoss(of, rowsOf(rows, length), written, modelConfig))(params);
  const moved = ({ value: { params: now } }: Tuned): number[] => {
    const before = numbersOf(params.norm.bias);
    return numbersOf(now['norm.bias']).map((after, i) => after - before[i]);
  };

  test('of SGD goes against the gradient, as far as that is long', () => {
    moved(usual).forEach((by, i) => {
      expect(by).toBeCloseTo(-rate * numbersOf(gradient.norm.bias)[i], 6);
    });
  });

  test('of Adam goes as far everywhere', () => {
    moved(adam).forEach((by, i) => {
      expect(by).toBeCloseTo(-rate * Math.sign(numbersOf(gradient.norm.bias)[i]), 5);
    });
  });
});

describe('adapters', () => {
  test('begin in each student by its own label, with the second matrix at 0', () => {
    const [one, other] = adapted.map((student) => numbersOf(student.value.params['blocks.0.mlp.0.weight.a']));
    one.forEach((drawn, i) => {
      expect(drawn).not.toBe(other[i]); // of one base, and of the same samples
    });
    for (const { value: tuned } of adapted)
      for (const by of numbersOf(tuned.params['blocks.0.mlp.0.weight.b']))
        expect(Math.abs(by)).toBeLessThan(1.01 * rate);
  });

  test('of a teacher count for those who imitate it, whatever trains in them', async () => {
    const form: FormName = 'lora_1';
    const tuned = forms[form].begin(params, random.key(1));
    const teacher: Tuned = { key: 'teacher', value: { params: tuned, curves: {} }, form };
    const settings = { studentSteps: 1, studentBatch: 2, studentRate: rate, studentForm: 'blocks' } as const;
    const soft = studySoftly(settings, numbers, [{ ...studies[0], teacher }]);
    const [student] = await runThrough(soft);
    expect(student.form).toBe('blocks');
    expect(student.value.curves.loss[0]).toBeCloseTo(0, 6); // it is what its teacher is, so far
  });
});

test('a student of the usual form and optimiser is the same where they are named, and others are others', async () => {
  const [named] = await studentsOf({ studentForm: 'biases_and_norms', studentOptimizer: 'sgd' });
  expect(named.key).toBe(usual.key);
  expect(numbersOf(named.value.params['norm.bias'])).toEqual(numbersOf(usual.value.params['norm.bias']));
  const [blocks] = await studentsOf({ studentForm: 'block_0' });
  expect(new Set([usual, blocks, adam, adapted[0]].map(({ key }) => key)).size).toBe(4);
});
