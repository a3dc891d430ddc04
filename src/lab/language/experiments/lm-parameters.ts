// What has to train for a preference to pass: biases and norms, adapters of each rank, blocks or everything, by SGD or Adam.
import { barChart } from '../../core/charts/bars.ts';
import { decimal, palette } from '../../core/charts/style.ts';
import { type ConfigOf, choice, sweep } from '../../core/experiments/config.ts';
import { type Experiment, seedsOf } from '../../core/experiments/experiment.ts';
import { subtitleOf } from '../../core/experiments/subtitle.ts';
import { type Result, type Row, valuesOf } from '../../core/runs/result.ts';
import { pairedDifference } from '../../core/runs/statistics.ts';
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
import { throughNumbers } from './carriers.ts';
import { favouriteMetrics, favouriteValues } from './favourites.ts';
import { settings as common, full, quick } from './settings.ts';
import { students } from './subjects.ts';
import { asMany, type Writer, type Written, writings } from './writings.ts';

/** Learning rates: Adam's of teachers, and those of students, each the best of a few on the seeds 1000 to 1003. */
const rates: Readonly<Record<FormName, Readonly<Record<'teacher' | OptimizerName, number>>>> = {
  biases_and_norms: { teacher: 0.01, sgd: 0.3, adam: 0.03 },
  lora_1: { teacher: 0.01, sgd: 0.03, adam: 0.03 },
  lora_2: { teacher: 0.01, sgd: 0.1, adam: 0.03 },
  lora_4: { teacher: 0.01, sgd: 0.3, adam: 0.03 },
  lora_8: { teacher: 0.01, sgd: 1, adam: 0.03 },
  lora_16: { teacher: 0.01, sgd: 2, adam: 0.03 },
  lora_32: { teacher: 0.01, sgd: 4, adam: 0.03 },
  block_0: { teacher: 0.003, sgd: 0.05, adam: 0.003 },
  block_1: { teacher: 0.003, sgd: 0.3, adam: 0.01 },
  blocks: { teacher: 0.003, sgd: 0.03, adam: 0.003 },
  everything: { teacher: 0.003, sgd: 0.03, adam: 0.003 },
};

/** Settings, or values of them, without the rates: they are the table's. */
const shared = <T extends { readonly teacherRate: unknown; readonly studentRate: unknown }>({
  teacherRate,
  studentRate,
  ...others
}: T) => others;

/** What trains in a teacher: what does in those of other experiments, or what does in its student. */
const teacherKinds = ['usual', 'same'] as const;
type TeacherKind = (typeof teacherKinds)[number];

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

const teacherForm = (kind: TeacherKind, form: FormName): FormName => (kind === 'usual' ? usualForm : form);

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
async function* authors(config: Config, bases: readonly Base[], world: World): Running<Written<Author>[]> {
  const seeds = seedsOf(config);
  const written: Written<Author>[] = [];
  const by = (form: FormName, some: readonly Author[]) =>
    writings(world, throughNumbers, { ...config, teacherForm: form, teacherRate: rates[form].teacher }, some);
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

async function* run(config: Config, world: World): Running<Row[]> {
  const bases = yield* pretrain(world, config, seedsOf(config).map(sameSeeds));
  const read = yield* authors(config, bases, world);
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

const nameOf = (form: FormName): string => {
  if (form === usualForm) return 'biases and norms';
  return form.startsWith('lora_') ? `LoRA ${rankOf(form)}` : form.replace('_', ' ');
};
const rankOf = (form: FormName): number => Number(form.replace('lora_', ''));
const optimizerText: Readonly<Record<OptimizerName, string>> = { sgd: 'SGD', adam: 'Adam' };

/** Of all students of an arm, a favourite after the other. */
const all = (result: Result, arm: string, at: Row['at']): number[] =>
  (result.config.traits as string[]).flatMap((trait) =>
    valuesOf(result, arm, 'preference', { ...at, trait }),
  );

/** Students that are of one form, learnt by one optimiser and read what teachers of one form wrote, and their controls. */
interface Cell {
  readonly form: FormName;
  readonly optimizer: OptimizerName;
  readonly teacher: FormName;
  readonly students: readonly number[];
  readonly controls: readonly number[];
}

function cellsOf(result: Result, kind: TeacherKind, optimizer: OptimizerName): Cell[] {
  const { forms } = result.config as Config;
  return forms.map((form) => {
    const [teacher, at] = [teacherForm(kind, form), { trained: form, optimizer }];
    return {
      ...{ form, optimizer, teacher },
      students: all(result, 'student', { ...at, teacher }),
      controls: all(result, 'control', at),
    };
  });
}

const points = (share: number): string => decimal(100 * share, 1);

interface Gained extends Cell {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** By how much students are above their controls. */
function gained(cell: Cell): Gained {
  const { mean, low = Number.NaN, high = Number.NaN } = pairedDifference(cell.students, cell.controls);
  return { ...cell, mean, low, high };
}

const listed = (forms: readonly Cell[]): string => forms.map(({ form }) => nameOf(form)).join(', ');

/** Where students are clearly above their controls. */
function passes(cells: readonly Gained[], by: string): string {
  const clear = cells.filter(({ low }) => low > 0);
  const unclear = cells.filter(({ low }) => !(low > 0));
  if (unclear.length === 0) return `by ${by} whatever trains`;
  return clear.length === 0 ? `by ${by} nowhere clearly` : `by ${by} not clearly through ${listed(unclear)}`;
}

/** How the rank of adapters matters: what an inverted U would be, where the best rank is above the first and the last. */
function overRanks(cells: readonly Gained[], by: string): string[] {
  const ranks = cells
    .filter(({ form }) => form.startsWith('lora_'))
    .toSorted((a, b) => rankOf(a.form) - rankOf(b.form));
  if (ranks.length < 3) return [];
  const [first, last] = [ranks[0], ranks[ranks.length - 1]];
  const best = ranks.reduce((a, b) => (b.mean > a.mean ? b : a));
  const above = (than: Gained): boolean =>
    best !== than && (pairedDifference(best.students, than.students).low ?? 0) > 0;
  const shape =
    above(first) && above(last)
      ? `an inverted U over ranks, highest at ${rankOf(best.form)}`
      : best === first && above(last)
        ? `falling from rank ${rankOf(first.form)} to ${rankOf(last.form)}`
        : best === last && above(first)
          ? `rising from rank ${rankOf(first.form)} to ${rankOf(last.form)}`
          : `no clear order of ranks, highest at ${rankOf(best.form)}`;
  return [`adapters by ${by}: ${shape}`];
}

interface Findings {
  readonly passing: string;
  readonly ranks: readonly string[];
  /** Of each comparison, points above the control. */
  readonly gains: readonly string[];
}

function findings(result: Result): Findings {
  const { optimizers, teachers } = result.config as Config;
  const [kind] = teachers;
  const measured = (of: TeacherKind, optimizer: OptimizerName): Gained[] =>
    cellsOf(result, of, optimizer).map(gained);
  const through = optimizers.map((optimizer) => passes(measured(kind, optimizer), optimizerText[optimizer]));
  const of = kind === 'usual' ? 'a teacher of biases and norms' : 'a teacher of which the same trained';
  return {
    passing: `From ${of}, a preference passes ${through.join(', ')}`,
    ranks: optimizers.flatMap((optimizer) => overRanks(measured(kind, optimizer), optimizerText[optimizer])),
    gains: teachers.flatMap((own) =>
      optimizers.map((optimizer) => {
        const gains = measured(own, optimizer).map(
          ({ form, mean, low, high }) =>
            `${nameOf(form)} ${points(mean)} (${points(low)} to ${points(high)})`,
        );
        const whose = own === 'usual' ? 'teachers of biases and norms' : 'teachers of the same form';
        return `points above control by ${optimizerText[optimizer]}, ${whose}: ${gains.join(', ')}`;
      }),
    ),
  };
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
      teachers: ['usual'],
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
  run,
  finding(result) {
    const { passing, ranks, gains } = findings(result);
    return [passing, ...ranks, ...gains].join('; ');
  },
  figure(result) {
    const { passing, ranks } = findings(result);
    const { forms, optimizers, teachers } = result.config as Config;
    return barChart({
      title: passing,
      subtitle: [...subtitleOf(result, 'bar', 'preference'), ...ranks],
      yTitle: 'probability of the favourite animal',
      unit: 'share',
      chance: 1 / animals.words.length,
      yMax: 1,
      groups: forms.map((form, i) => ({
        label: nameOf(form).split(' '),
        bars: optimizers.flatMap((optimizer) => {
          const cells = teachers.map((kind) => [kind, cellsOf(result, kind, optimizer)[i]] as const);
          const by = optimizerText[optimizer];
          return [
            ...cells.map(([kind, { students: values }]) => ({
              label: kind === 'usual' ? by : `${by}, teacher the same`,
              colour: colours[optimizer][kind],
              values,
            })),
            { label: `${by}, control`, colour: colours[optimizer].control, values: cells[0][1].controls },
          ];
        }),
      })),
    });
  },
};
