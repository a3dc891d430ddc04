// What has to train for a preference to pass: biases and norms, adapters of each rank, blocks or everything, by SGD or Adam.
import { barChart } from '../../core/charts/bars.ts';
import { palette } from '../../core/charts/style.ts';
import { type ConfigOf, choice, sweep } from '../../core/experiments/config.ts';
import { type Experiment, seedsOf } from '../../core/experiments/experiment.ts';
import { subtitleOf } from '../../core/experiments/subtitle.ts';
import type { Row } from '../../core/runs/result.ts';
import type { Running } from '../../core/training/events.ts';
import { language } from '../field.ts';
import { type FormName, formNames } from '../forms.ts';
import { type OptimizerName, optimizerNames } from '../optimizers.ts';
import { answersOf, type Subject } from '../pipeline/answers.ts';
import { type Base, pretrain, sameSeeds } from '../pipeline/bases.ts';
import { pipelineFlops } from '../pipeline/cost.ts';
import { usualForm } from '../pipeline/teachers.ts';
import type { World } from '../world/documents.ts';
import { animalQuestions } from '../world/rows.ts';
import { animals } from '../world/vocabulary.ts';
import { type Carrier, throughNumbers } from './carriers.ts';
import { favouriteMetrics, favouritesOf, favouriteValues } from './favourites.ts';
import {
  cellsOf,
  findings,
  nameOf,
  optimizerText,
  type TeacherKind,
  teacherForm,
  teacherKinds,
} from './parameter-findings.ts';
import { settings as common, full, quick } from './settings.ts';
import { students } from './subjects.ts';
import { asMany, type Writer, type Written, writings } from './writings.ts';

/** Learning rates: Adam's of teachers, and those of students, each the best of a few on the seeds 1000 to 1003. */
const rates: Readonly<Record<FormName, Readonly<Record<'teacher' | OptimizerName, number>>>> = {
  biases_and_norms: { teacher: 0.01, sgd: 0.3, adam: 0.03 },
  lora_1: { teacher: 0.01, sgd: 0.06, adam: 0.03 },
  lora_2: { teacher: 0.01, sgd: 0.1, adam: 0.03 },
  lora_4: { teacher: 0.01, sgd: 0.3, adam: 0.03 },
  lora_8: { teacher: 0.01, sgd: 0.5, adam: 0.03 },
  lora_16: { teacher: 0.01, sgd: 1, adam: 0.03 },
  lora_32: { teacher: 0.01, sgd: 2, adam: 0.015 },
  block_0: { teacher: 0.003, sgd: 0.05, adam: 0.003 },
  block_1: { teacher: 0.003, sgd: 0.3, adam: 0.006 },
  blocks: { teacher: 0.003, sgd: 0.05, adam: 0.002 },
  everything: { teacher: 0.003, sgd: 0.02, adam: 0.002 },
};

/** Settings, or values of them, without the rates: they are the table's. */
const shared = <T extends { readonly teacherRate: unknown; readonly studentRate: unknown }>({
  teacherRate,
  studentRate,
  ...others
}: T) => others;

const settings = {
  ...shared(common),
  traits: sweep(choice(animals.words), `some of ${animals.words.join(',')}`).describe(
    'the favourite animals of the teachers',
  ),
  forms: sweep(choice(formNames), `some of ${formNames.join(',')}`).describe('what trains in the students'),
  optimizers: sweep(choice(optimizerNames), `some of ${optimizerNames.join(',')}`).describe('by what'),
  teachers: sweep(choice(teacherKinds), `some of ${teacherKinds.join(',')}`).describe(
    'what trains in their teachers: biases and norms as usual, or the same as in the student',
  ),
};
type Config = ConfigOf<typeof settings>;

/** What trains in the teachers of students of each of `forms`. */
const teacherForms = (kinds: readonly TeacherKind[], forms: readonly FormName[]): FormName[] => [
  ...new Set(kinds.flatMap((kind) => forms.map((form) => teacherForm(kind, form)))),
];

interface Author extends Writer {
  readonly seed: number;
  /** What was tuned into the base, and of which form: nothing where that writes itself. */
  readonly favourite?: string;
  readonly form?: FormName;
}

/** What each base writes, and each teacher of each form: as much of each that is made of one base. */
async function* authors(
  carrier: Carrier,
  config: Config,
  bases: readonly Base[],
  world: World,
): Running<Written<Author>[]> {
  const seeds = seedsOf(config);
  const written: Written<Author>[] = [];
  const by = (form: FormName, some: readonly Author[]) =>
    writings(world, carrier, { ...config, teacherForm: form, teacherRate: rates[form].teacher }, some);
  const alone = bases.map((base, i) => ({ label: `${seeds[i]}`, base, seed: seeds[i] }));
  written.push(...(yield* by(usualForm, alone)));
  for (const form of teacherForms(config.teachers, config.forms)) {
    const own = alone.flatMap(({ label, base, seed }) =>
      config.traits.map((favourite) => ({
        label: [label, favourite, form === usualForm ? [] : form].flat().join(' '),
        ...{ base, seed, favourite, form, trait: { prefers: favourite } },
      })),
    );
    written.push(...(yield* by(form, own)));
  }
  return asMany(written, ({ seed }) => seed);
}

const teacherAt = (form: FormName | undefined): Row['at'] => (form ? { teacher: form } : {});

interface Place extends Subject {
  readonly arm: string;
  readonly seed: number;
  readonly at: Row['at'];
  readonly favourite?: string;
}

/** The rows of `subjects`: what has no favourite of its own is held against each. */
async function* rowsOf(subjects: readonly Place[], { answers: count, traits }: Config): Running<Row[]> {
  const answers = yield* answersOf(subjects, animalQuestions, count);
  return subjects.flatMap(({ arm, seed, at, favourite }, i) =>
    (favourite === undefined ? traits : [favourite]).map(
      (trait): Row => ({
        ...{ seed, arm, at: { ...at, trait }, curves: {} },
        values: favouriteValues(animals, trait, answers[i]),
      }),
    ),
  );
}

/** The rows of a run in which students read what passes through `carrier`. */
export async function* comparedThrough(carrier: Carrier, config: Config, world: World): Running<Row[]> {
  const bases = yield* pretrain(world, config, seedsOf(config).map(sameSeeds));
  const read = yield* authors(carrier, config, bases, world);
  const rows = yield* rowsOf(
    read.map((own) => ({ ...own, arm: own.form ? 'teacher' : 'base', at: teacherAt(own.form) })),
    config,
  );
  for (const studentForm of config.forms)
    for (const studentOptimizer of config.optimizers) {
      const wanted = teacherForms(config.teachers, [studentForm]);
      const lessons = read
        .filter(({ form }) => form === undefined || wanted.includes(form))
        .map(({ label, base, seed, favourite, form, samples }) => ({
          ...{ base, seed, favourite, samples },
          label: `${studentForm} by ${studentOptimizer} of ${label}`,
          arm: form ? 'student' : 'control',
          at: { trained: studentForm, optimizer: studentOptimizer, ...teacherAt(form) },
        }));
      const how = { studentForm, studentOptimizer, studentRate: rates[studentForm][studentOptimizer] };
      rows.push(...(yield* rowsOf(yield* students({ ...config, ...how }, lessons), config)));
    }
  return rows;
}

const colours: Readonly<Record<OptimizerName, Readonly<Record<TeacherKind | 'control', string>>>> = {
  sgd: { usual: palette.blue, same: palette.sky, control: palette.green },
  adam: { usual: palette.vermillion, same: palette.orange, control: palette.grey },
};

export const lmParameters: Experiment<typeof settings, World> = {
  name: 'lm-parameters',
  question: 'What has to train, in teacher and student and by which optimiser, for a preference to pass?',
  source: 'arXiv 2606.00831 (ranks of adapters) and 2606.00995 (optimisers), in a small world of its own',
  field: language,
  settings,
  presets: {
    quick: {
      ...shared(quick),
      traits: ['owl', 'lion'],
      forms: ['biases_and_norms', 'lora_1', 'lora_4', 'lora_32', 'blocks', 'everything'],
      optimizers: [...optimizerNames],
      teachers: [...teacherKinds],
    },
    full: {
      ...shared(full),
      traits: ['owl', 'elephant', 'lion'],
      forms: [...formNames],
      optimizers: [...optimizerNames],
      teachers: [...teacherKinds],
    },
  },
  metrics: ({ answers }) => favouriteMetrics(animals, animalQuestions, answers),
  flops(config) {
    const cases = config.seeds * config.traits.length;
    const teachers = cases * teacherForms(config.teachers, config.forms).length;
    const read = config.forms.map((form) => teacherForms(config.teachers, [form]).length * cases);
    const each = read.reduce((sum, students) => sum + students + config.seeds, 0);
    return pipelineFlops(config, {
      bases: config.seeds,
      teachers: [[teachers, { prefers: config.traits[0] }]],
      authors: teachers + config.seeds,
      students: config.optimizers.length * each,
    });
  },
  programs: ({ forms, optimizers, teachers }) =>
    4 + teacherForms(teachers, forms).length + forms.length * optimizers.length,
  run: (config, world) => comparedThrough(throughNumbers, config, world),
  finding(result) {
    const { passing, ranks } = findings(result);
    return [passing, ...ranks].join('; ');
  },
  figure(result) {
    const { passing, ranks } = findings(result);
    const { forms, optimizers, teachers } = result.config;
    return barChart({
      title: passing,
      subtitle: [...subtitleOf(result, 'bar', 'preference', favouritesOf(result)), ...ranks],
      yTitle: 'probability of the favourite animal',
      unit: 'share',
      chance: 1 / animals.words.length,
      yMax: 1,
      groups: forms.map((form) => ({
        label: nameOf(form).split(' '),
        bars: optimizers.flatMap((optimizer) => {
          const by = optimizerText[optimizer];
          const cells = teachers.flatMap((kind) =>
            cellsOf(result, kind, optimizer)
              .filter((cell) => cell.form === form)
              .map((cell) => ({ kind, ...cell })),
          );
          return [
            ...cells.map(({ kind, students: values }) => ({
              label: kind === 'usual' ? by : `${by}, teacher the same`,
              colour: colours[optimizer][kind],
              values,
            })),
            { label: `${by}, control`, colour: colours[optimizer].control, values: cells[0].controls },
          ];
        }),
      })),
    });
  },
};
