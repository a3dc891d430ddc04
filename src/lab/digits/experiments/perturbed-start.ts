// How near to its teacher's start must a student start? Starts at a distance, in all layers or in some.
import { add, mul, treeMap } from '../../../index.ts';
import { lineChart } from '../../core/charts/lines.ts';
import { percent } from '../../core/charts/style.ts';
import { type ConfigOf, real, sweep } from '../../core/experiments/config.ts';
import type { Experiment } from '../../core/experiments/experiment.ts';
import { subtitleOf } from '../../core/experiments/subtitle.ts';
import { chanceLine, trialsOf } from '../../core/runs/header.ts';
import { type Result, type Row, valuesOf } from '../../core/runs/result.ts';
import { mean } from '../../core/runs/statistics.ts';
import type { Running } from '../../core/training/events.ts';
import { classesOf } from '../data/sets.ts';
import { memoryOf, pupilFlops, teacherFlops } from '../distillation/cost.ts';
import { initialModels, type Mlp, type Model, otherModels } from '../distillation/model.ts';
import {
  answers,
  distil,
  imitate,
  type Pupil,
  prepareLesson,
  rowsOf,
  trainTeacher,
} from '../distillation/teach.ts';
import type { Data } from '../field.ts';
import { accuracyTitle } from './metrics.ts';
import { ablationFull, ablationQuick, settings as base, onDigits } from './settings.ts';

const settings = {
  ...base,
  scales: sweep(real(0.001, 100), 'distances above 0, as in 0.1,0.5,1').describe(
    "how far off the student's start is, in standard deviations of the initial weights; 0 is always among them",
  ),
};
type Config = ConfigOf<typeof settings>;

const scales = [0.1, 0.25, 0.5, 1, 2];

/** Which layers are perturbed: their label, and whether the layer at `i` of `n` is among them. */
const kinds = {
  all: { label: 'all layers', has: () => true },
  hidden: { label: 'hidden layers only', has: (i: number, n: number) => i < n - 1 },
  heads: { label: 'heads only', has: (i: number, n: number) => i === n - 1 },
};
type Kind = keyof typeof kinds;
const kindNames = Object.keys(kinds) as Kind[];

/** `start` + `scale` · `other` in the layers of `kind`; another start is itself normal with the initial deviation. */
const perturbed = (start: Mlp, other: Mlp, kind: Kind, scale: number): Mlp =>
  start.map((layer, i) =>
    kinds[kind].has(i, start.length)
      ? treeMap((x, noise) => add(x, mul(noise, scale)), layer, other[i])
      : layer,
  );

async function* run(config: Config, data: Data): Running<Row[]> {
  const start = initialModels(config);
  const other = otherModels(config);
  const teacher = yield* trainTeacher(config, data, { start });
  const lesson = yield* prepareLesson(config, data, teacher.params, answers.aux);
  const from = (where: Model): Pupil => ({ start: where, gradient: imitate('aux') });
  const arms = [
    { arm: 'shared', scale: 0, pupil: from(start) },
    ...kindNames.flatMap((arm) =>
      config.scales.map((scale) => ({ arm, scale, pupil: from(perturbed(start, other, arm, scale)) })),
    ),
    { arm: 'control', scale: undefined, pupil: from(other) },
  ].map((each) => ({ ...each, name: `${each.arm},scale=${each.scale}` }));
  const pupils = Object.fromEntries(arms.map(({ name, pupil }) => [name, pupil]));
  const trained = yield* distil(config, data, lesson, pupils);
  return [
    ...rowsOf(config, 'teacher', teacher),
    ...arms.flatMap(({ arm, scale, name }) =>
      rowsOf(config, arm, trained[name], scale === undefined ? {} : { scale }),
    ),
  ];
}

/** Accuracies of the students perturbed by `scale`; at 0, all kinds are the one that shares its start. */
const accuracies = (result: Result, kind: Kind, scale: number): number[] =>
  valuesOf(result, scale === 0 ? 'shared' : kind, 'accuracy', { scale });

export const perturbedStart: Experiment<typeof settings> = {
  name: 'perturbed-start',
  question: "How near to its teacher's start must a student start?",
  source: 'Cloud, Le and others, arXiv 2507.14805, section 6; its theorem needs the shared start',
  settings,
  presets: { quick: { ...ablationQuick, scales }, full: { ...ablationFull, scales } },
  ...onDigits,
  flops: (config) => teacherFlops(config) + pupilFlops(config, 2 + kindNames.length * config.scales.length),
  memory: (config) => memoryOf(config, 2 + kindNames.length * config.scales.length),
  run,
  finding(result) {
    const shared = mean(valuesOf(result, 'shared'));
    const control = mean(valuesOf(result, 'control'));
    const ends = `${percent(shared)} at its teacher's start, ${percent(control)} at another`;
    if (shared <= 2 * Math.max(control, 1 / classesOf(result.config)))
      return `There is little to lose: a student has ${ends}`;
    const tried = result.config.scales.toSorted((a, b) => a - b);
    const halving = kindNames.map((kind) => {
      const scale = tried.find((each) => mean(accuracies(result, kind, each)) <= (shared + control) / 2);
      return `${scale ? `${scale} sd` : `more than ${tried[tried.length - 1]} sd`} in ${kinds[kind].label}`;
    });
    return `What a shared start gives (${ends}) is at least halved by noise of ${halving.join(', ')}`;
  },
  figure(result) {
    const { scales: tried } = result.config;
    return lineChart({
      title: perturbedStart.finding(result),
      subtitle: subtitleOf(result, 'point'),
      x: { title: "noise on the student's start, in deviations of the initial weights", scale: 'log' },
      y: { title: accuracyTitle(result), unit: 'share', min: 0, max: 1 },
      series: kindNames.map((kind) => ({
        label: kinds[kind].label,
        points: [0, ...tried].map((x) => ({
          x,
          values: accuracies(result, kind, x),
          trials: trialsOf(result),
        })),
      })),
      reference: chanceLine(result),
    });
  },
};
