// Does it matter how the student is pulled towards its teacher? Losses and optimisers, each with a control.
import { div, nn } from '../../../index.ts';
import { barChart } from '../../core/charts/bars.ts';
import { palette, percent } from '../../core/charts/style.ts';
import { type ConfigOf, real, sweep } from '../../core/experiments/config.ts';
import type { Experiment } from '../../core/experiments/experiment.ts';
import { subtitleOf } from '../../core/experiments/subtitle.ts';
import { chanceOf, trialsOf } from '../../core/runs/header.ts';
import { type Result, type Row, valuesOf } from '../../core/runs/result.ts';
import { mean, pairedDifference } from '../../core/runs/statistics.ts';
import type { Running } from '../../core/training/events.ts';
import { gradientOf } from '../../core/training/learner.ts';
import { memoryOf, pupilFlops, teacherFlops } from '../distillation/cost.ts';
import { features, initialModels, logits, type Model, otherModels } from '../distillation/model.ts';
import {
  answers,
  auxLike,
  distil,
  type Pupil,
  type PupilBatch,
  prepareLesson,
  rowsOf,
  trainTeacher,
} from '../distillation/teach.ts';
import type { Data } from '../field.ts';
import { accuracyTitle } from './metrics.ts';
import { ablationFull, ablationQuick, settings as base, onDigits } from './settings.ts';

const settings = {
  ...base,
  temperatures: sweep(real(0.01, 1000), 'temperatures, as in 1,2,5', 8).describe(
    'what both softmaxes of the KL divergence divide their logits by',
  ),
  sgdLearningRate: real(1e-12, 1000).describe("SGD's learning rate, without momentum; its loss is KL at 1"),
};
type Config = ConfigOf<typeof settings>;

const ours = { temperatures: [1, 2, 5], sgdLearningRate: 1 };

interface Way {
  readonly name: string;
  readonly label: string[];
  readonly gradient: Pupil['gradient'];
  readonly optimizer?: Pupil['optimizer'];
}

/** KL over the auxiliary logits at a temperature. */
const klAt = (temperature: number): Pupil['gradient'] =>
  gradientOf((model: Model, { images, targets }: PupilBatch) =>
    nn.klDivergence(
      div(targets.aux, temperature),
      div(auxLike(targets.aux, logits(model, images)), temperature),
    ),
  );

/** Every way of learning from the teacher, in the order of the figure. */
const waysOf = ({ temperatures, sgdLearningRate }: Pick<Config, keyof typeof ours>): Way[] => [
  ...temperatures.map((temperature) => ({
    name: `kl-${temperature}`,
    label: ['KL', `T = ${temperature}`],
    gradient: klAt(temperature),
  })),
  {
    name: 'squared-logits',
    label: ['squared error', 'aux logits'],
    gradient: gradientOf((model: Model, { images, targets }: PupilBatch) =>
      nn.meanSquaredError(auxLike(targets.aux, logits(model, images)), targets.aux),
    ),
  },
  {
    name: 'squared-units',
    label: ['squared error', 'hidden units'],
    gradient: gradientOf((model: Model, { images, targets }: PupilBatch) =>
      nn.meanSquaredError(features(model, images), targets.units),
    ),
  },
  {
    name: 'kl-1-sgd',
    label: ['KL, T = 1', 'by SGD'],
    gradient: klAt(1),
    optimizer: nn.sgd({ learningRate: sgdLearningRate }),
  },
];

async function* run(config: Config, data: Data): Running<Row[]> {
  const start = initialModels(config);
  const teacher = yield* trainTeacher(config, data, { start });
  const lesson = yield* prepareLesson(config, data, teacher.params, (model, images) => ({
    ...answers.aux(model, images, config),
    units: features(model, images),
  }));
  const starts = { student: start, control: otherModels(config) };
  const arms = waysOf(config).flatMap(({ name: loss, gradient, optimizer }) =>
    (['student', 'control'] as const).map((arm) => ({
      arm,
      loss,
      name: `${arm},loss=${loss}`,
      pupil: { start: starts[arm], gradient, optimizer },
    })),
  );
  const pupils = Object.fromEntries(arms.map(({ name, pupil }) => [name, pupil]));
  const trained = yield* distil(config, data, lesson, pupils);
  return [
    ...rowsOf(config, 'teacher', teacher),
    ...arms.flatMap(({ arm, loss, name }) => rowsOf(config, arm, trained[name], { loss })),
  ];
}

/** How much better than their controls' the students' accuracies are; `sure` if the interval leaves 0 out. */
function transfer(result: Result, loss: string): { student: number; control: number; sure: boolean } {
  const [students, controls] = ['student', 'control'].map((arm) =>
    valuesOf(result, arm, 'accuracy', { loss }),
  );
  const { mean: difference, low = difference } = pairedDifference(students, controls);
  return { student: mean(students), control: mean(controls), sure: low > 0 };
}

export const losses: Experiment<typeof settings> = {
  name: 'losses',
  question: 'Does the transfer depend on the loss or on the optimiser?',
  source: 'arXiv 2507.14805, section 6 (any loss of its theorem); arXiv 2605.23645 (squared error)',
  settings,
  presets: { quick: { ...ablationQuick, ...ours }, full: { ...ablationFull, ...ours } },
  ...onDigits,
  flops: (config) => teacherFlops(config) + pupilFlops(config, 2 * (config.temperatures.length + 3)),
  memory: (config) => memoryOf(config, 2 * (config.temperatures.length + 3)),
  run,
  finding(result) {
    const ways = waysOf(result.config).map(({ name, label }) => ({
      label: label.join(', '),
      ...transfer(result, name),
    }));
    const sure = ways.filter((way) => way.sure).toSorted((a, b) => b.student - a.student);
    const controls = percent(Math.max(...ways.map(({ control }) => control)));
    if (sure.length === 0) return `No loss and no optimiser brings a student above its control (${controls})`;
    const told = ({ label, student }: (typeof sure)[number]): string => `${percent(student)} (${label})`;
    return `Students beat their controls (${controls} at most) in ${sure.length} of ${ways.length} ways of learning, with ${told(sure[sure.length - 1])} to ${told(sure[0])}`;
  },
  figure: (result) =>
    barChart({
      title: losses.finding(result),
      subtitle: subtitleOf(result, 'bar'),
      yTitle: accuracyTitle(result),
      unit: 'share',
      chance: chanceOf(result),
      yMax: 1,
      groups: waysOf(result.config).map(({ name: loss, label }) => ({
        label,
        bars: [
          { arm: 'student', label: 'student', colour: palette.vermillion },
          { arm: 'control', label: 'control (other start)', colour: palette.green },
        ].map(({ arm, ...bar }) => ({
          ...bar,
          values: valuesOf(result, arm, 'accuracy', { loss }),
          trials: trialsOf(result),
        })),
      })),
    }),
};
