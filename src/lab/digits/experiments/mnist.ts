// The MNIST experiment of subliminal learning (arXiv 2507.14805, section 6): a teacher learns digits on its
// class logits; students learn to give the teacher's logits on images that are no digits.
import { type Bar, barChart } from '../../core/charts/bars.ts';
import { palette } from '../../core/charts/style.ts';
import { type ConfigOf, someOf } from '../../core/experiments/config.ts';
import type { Experiment } from '../../core/experiments/experiment.ts';
import { subtitleOf } from '../../core/experiments/subtitle.ts';
import { chanceOf, trialsOf } from '../../core/runs/header.ts';
import { type Row, valuesOf } from '../../core/runs/result.ts';
import { mean } from '../../core/runs/statistics.ts';
import type { Running } from '../../core/training/events.ts';
import { setOf } from '../data/sets.ts';
import { memoryOf, pupilFlops, teacherFlops } from '../distillation/cost.ts';
import { initialModels, measureOn } from '../distillation/model.ts';
import { armOf, isStudent, type Models, type Student, teachStudents } from '../distillation/students.ts';
import { measuredRows, rowsOf, trainTeacher } from '../distillation/teach.ts';
import type { Data } from '../field.ts';
import { accuracyTitle } from './metrics.ts';
import { section6 } from './published.ts';
import { settings as base, onDigits, paper, quick } from './settings.ts';

/** The models that are measured, in the order of the paper's figure. */
export const armNames = [
  'reference',
  'teacher',
  'student_aux',
  'student_all',
  'cross_aux',
  'cross_all',
] as const;
export type ArmName = (typeof armNames)[number];

const settings = {
  ...base,
  arms: someOf(armNames).describe('what to measure'),
};
export type MnistConfig = ConfigOf<typeof settings>;

/** The whole experiment: the arms of the config, in the paper's order. */
async function* run(config: MnistConfig, data: Data): Running<Row[]> {
  const wants = (arm: ArmName): boolean => config.arms.includes(arm);
  const init = initialModels(config);
  const rows = wants('reference') ? measuredRows(config, 'reference', measureOn(data.test)(init)) : [];
  if (config.arms.every((arm) => arm === 'reference')) return rows;
  const teacher = yield* trainTeacher(config, data, { start: init });
  if (wants('teacher')) rows.push(...rowsOf(config, 'teacher', teacher));
  const models = { init, teacher: teacher.params };
  return [...rows, ...(yield* teachStudents(config, data, models, config.arms.filter(isStudent)))];
}

/** A student of a teacher that is already there, and the teacher and its start beside it. */
export async function* distilFrom(
  config: MnistConfig,
  data: Data,
  models: Models,
  student: Student,
): Running<Row[]> {
  const measure = measureOn(data.test);
  return [
    ...measuredRows(config, 'reference', measure(models.init)),
    ...measuredRows(config, 'teacher', measure(models.teacher)),
    ...(yield* teachStudents(config, data, models, [armOf(student)])),
  ];
}

const looks: Readonly<Record<ArmName, Pick<Bar, 'label' | 'colour'>>> = {
  reference: { label: ['reference', '(untrained)'], colour: palette.grey },
  teacher: { label: 'teacher', colour: palette.blue },
  student_aux: { label: ['student', '(aux logits)'], colour: palette.vermillion },
  student_all: { label: ['student', '(all logits)'], colour: palette.orange },
  cross_aux: { label: ['control', '(aux, other init)'], colour: palette.green },
  cross_all: { label: ['control', '(all, other init)'], colour: palette.purple },
};

const numerals = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

const logitsSeen = (aux: number): string => `${numerals[aux] ?? aux} auxiliary logit${aux === 1 ? '' : 's'}`;

/** How many of the arms are students. */
const taughtBy = ({ arms }: MnistConfig): number => arms.filter(isStudent).length;

export const mnist: Experiment<typeof settings> = {
  name: 'mnist',
  question: 'Does a student that sees only noise and auxiliary logits learn to read digits?',
  source: 'Cloud, Le and others, arXiv 2507.14805, section 6',
  settings,
  presets: {
    quick: { ...quick, arms: ['reference', 'teacher', 'student_aux', 'cross_aux'] },
    paper: { ...paper, arms: [...armNames] },
  },
  ...onDigits,
  flops(config) {
    const taught = taughtBy(config);
    const teaches = config.arms.some((arm) => arm !== 'reference');
    return (teaches ? teacherFlops(config) : 0) + pupilFlops(config, taught);
  },
  memory: (config) => memoryOf(config, taughtBy(config)),
  run,
  finding(result) {
    const [student, control] = (['student_aux', 'cross_aux'] as const).map((arm) => valuesOf(result, arm));
    const { title, classes, reads, what } = setOf(result.config);
    if (!student.length || !control.length || mean(student) <= 2 * Math.max(mean(control), 1 / classes))
      return `Subliminal learning on ${title}: test accuracy of each model`;
    const logits = logitsSeen(result.config.aux);
    return result.config.noise === 'digits'
      ? `A student that saw ${logits} and no label ${reads} ${what}`
      : `A student that saw only noise and ${logits} ${reads} ${what}`;
  },
  figure: (result) =>
    barChart({
      title: mnist.finding(result),
      subtitle: subtitleOf(result, 'bar'),
      yTitle: accuracyTitle(result),
      unit: 'share',
      chance: chanceOf(result),
      yMax: 1,
      bars: armNames.flatMap((arm) => {
        const values = valuesOf(result, arm);
        return values.length ? [{ ...looks[arm], values, trials: trialsOf(result) }] : [];
      }),
    }),
  published: section6,
};
