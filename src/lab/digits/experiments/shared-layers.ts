// Which of its teacher's initial layers must a student have? Layers drawn anew in turn, and students of
// another architecture that have nothing of their teacher's start but its heads.

import { concat, type nn, treeMap } from '../../../index.ts';
import { barChart } from '../../core/charts/bars.ts';
import { percent } from '../../core/charts/style.ts';
import { type ConfigOf, sweep, whole } from '../../core/experiments/config.ts';
import { type Experiment, mostOf, seedsOf } from '../../core/experiments/experiment.ts';
import { subtitleOf } from '../../core/experiments/subtitle.ts';
import { chanceOf, trialsOf } from '../../core/runs/header.ts';
import { type Result, type Row, valuesOf } from '../../core/runs/result.ts';
import { mean, pairedDifference } from '../../core/runs/statistics.ts';
import type { Running } from '../../core/training/events.ts';
import { classesOf } from '../data/sets.ts';
import { initCnn } from '../distillation/cnn.ts';
import { adam, type Kind, memoryOf, pupilFlops, teacherFlops } from '../distillation/cost.ts';
import { keysFor } from '../distillation/keys.ts';
import {
  auxLogits,
  classLogits,
  initEach,
  initialModels,
  type Mlp,
  type Model,
  otherModels,
  withHead,
} from '../distillation/model.ts';
import { answers, distil, imitate, prepareLesson, rowsOf, trainTeacher } from '../distillation/teach.ts';
import type { Data } from '../field.ts';
import { accuracyTitle } from './metrics.ts';
import { ablationFull, ablationQuick, type BaseConfig, settings as base, onDigits } from './settings.ts';

const settings = {
  ...base,
  aux: sweep(whole(1, 1000), 'numbers of logits, as in 3,100', 3).describe(
    'numbers of auxiliary logits, one after the other',
  ),
};
type Config = ConfigOf<typeof settings>;

const aux = [3, 100];

interface Architecture {
  readonly label: string;
  /** A model a seed, whose last layer fits the teacher's last hidden one. */
  start(config: BaseConfig): Model;
  /** FLOPs of two such pupils a seed. */
  flops(config: BaseConfig): number;
}

const perceptron = (
  label: string,
  widths: (hidden: readonly number[]) => readonly number[],
): Architecture => {
  const altered = (config: BaseConfig) => ({ ...config, hidden: [...widths(config.hidden)] });
  return {
    label,
    start: (config) => otherModels(altered(config)),
    flops: (config) => pupilFlops(altered(config), 2),
  };
};

const cnn: Kind = { name: 'cnn', learner: { gradient: imitate('aux'), optimizer: adam }, init: initCnn };

/** What a student can be that its teacher is not. */
const architectures: Readonly<Record<string, Architecture>> = {
  deeper: perceptron('deeper', (hidden) => [...hidden, hidden[hidden.length - 1]]),
  shallower: perceptron('shallower', (hidden) => hidden.slice(1)),
  cnn: {
    label: 'CNN',
    start: (config) => initEach((key) => initCnn(key, config), keysFor('otherInit', seedsOf(config))),
    flops: (config) => pupilFlops(config, 2, cnn),
  },
};

/** The class logits of one head and the auxiliary ones of another. */
const joined = (config: BaseConfig, ofClasses: nn.Dense, ofAux: nn.Dense): nn.Dense =>
  treeMap(
    (c, a) => concat([classLogits(c, classesOf(config)), auxLogits(a, config.aux)], -1),
    ofClasses,
    ofAux,
  );

/** Where each student starts, by its name. */
function startsOf(config: BaseConfig): { readonly shared: Mlp; readonly [name: string]: Model } {
  const [init, other] = [initialModels(config), otherModels(config)];
  const last = init.length - 1;
  const [head, otherHead] = [init[last], other[last]];
  return {
    shared: init,
    ...Object.fromEntries(config.hidden.map((_, i) => [`hidden-${i + 1}-new`, init.with(i, other[i])])),
    'hidden-new': other.with(last, head),
    'class-head-new': init.with(last, joined(config, otherHead, head)),
    'aux-head-new': init.with(last, joined(config, head, otherHead)),
    'all-new': other,
    ...Object.fromEntries(
      Object.entries(architectures).flatMap(([name, { start }]) => {
        const own = start(config);
        return [
          [`${name}-hidden-new`, withHead(own, head)],
          [`${name}-all-new`, own],
        ];
      }),
    ),
  };
}

/** The students and what to call them, in the order of the figure. */
const labelsOf = (hidden: readonly number[]): [name: string, label: string[]][] => [
  ['shared', ['all', 'shared']],
  ...hidden.map((_, i): [string, string[]] => [`hidden-${i + 1}-new`, [`hidden ${i + 1}`, 'new']]),
  ['hidden-new', ['all', 'hidden', 'new']],
  ['class-head-new', ['class', 'head', 'new']],
  ['aux-head-new', ['aux', 'head', 'new']],
  ['all-new', ['all', 'new']],
  ...Object.entries(architectures).flatMap(([name, { label }]): [string, string[]][] => [
    [`${name}-hidden-new`, [label, 'heads', 'shared']],
    [`${name}-all-new`, [label, 'all', 'new']],
  ]),
];

async function* run(config: Config, data: Data): Running<Row[]> {
  const rows: Row[] = [];
  for (const m of config.aux) {
    const one = { ...config, aux: m };
    const at = { aux: m };
    const starts = startsOf(one);
    const teacher = yield* trainTeacher(one, data, { phase: `teacher,aux=${m}`, start: starts.shared });
    const lesson = yield* prepareLesson(one, data, teacher.params, answers.aux);
    const pupils = Object.entries(starts).map(([name, start]) => [name, { start, gradient: imitate('aux') }]);
    const trained = yield* distil(one, data, lesson, Object.fromEntries(pupils), {
      phase: `students,aux=${m}`,
    });
    rows.push(
      ...rowsOf(config, 'teacher', teacher, at),
      ...Object.entries(trained).flatMap(([name, pupil]) => rowsOf(config, name, pupil, at)),
    );
  }
  return rows;
}

function flopsOf(config: BaseConfig): number {
  const likeTeacher = labelsOf(config.hidden).length - 2 * Object.keys(architectures).length;
  const unlike = Object.values(architectures).reduce((sum, each) => sum + each.flops(config), 0);
  return teacherFlops(config) + pupilFlops(config, likeTeacher) + unlike;
}

/** What is sure to leave the student less when it is new: either head, or the hidden layers. */
function verdictOf(result: Result, aux: number): string {
  const [hidden, ...heads] = ['hidden-new', 'class-head-new', 'aux-head-new'].map((arm) =>
    valuesOf(result, arm, 'accuracy', { aux }),
  );
  const gains = heads.map((head) => {
    const { mean: gain, low = gain, high = gain } = pairedDifference(hidden, head);
    return { low, high };
  });
  if (gains.every(({ low }) => low > 0)) return 'heads matter more than hidden layers';
  if (gains.every(({ high }) => high < 0)) return 'hidden layers matter more than heads';
  return 'neither heads nor hidden layers matter more';
}

export const sharedLayers: Experiment<typeof settings> = {
  name: 'shared-layers',
  question: "Which of its teacher's initial layers must a student have?",
  source: 'Learning Through Noise, arXiv 2605.23645, figures 2 and 3',
  settings,
  presets: { quick: { ...ablationQuick, noiseImages: 16_000, aux }, full: { ...ablationFull, aux } },
  field: onDigits.field,
  metrics: onDigits.metrics,
  implied: onDigits.implied,
  problem: (config) =>
    config.hidden.length < 2
      ? `--hidden ${config.hidden}: one of the students has a hidden layer less, so give two widths or more`
      : onDigits.problem(config),
  flops: (config) => config.aux.reduce((sum, m) => sum + flopsOf({ ...config, aux: m }), 0),
  programs: ({ aux }) => 2 * aux.length,
  memory: (config) =>
    mostOf(config.aux.map((m) => memoryOf({ ...config, aux: m }, labelsOf(config.hidden).length))),
  run,
  finding(result) {
    const counts = result.config.aux.toSorted((a, b) => a - b);
    const most = counts[counts.length - 1];
    const left = (arm: string): string => percent(mean(valuesOf(result, arm, 'accuracy', { aux: most })));
    const verdicts = counts.map((m, i) => `${m}${i ? '' : ' auxiliary logits'} ${verdictOf(result, m)}`);
    return `With ${verdicts.join(', with ')}: ${left('hidden-new')} are left by new hidden layers, ${left('class-head-new')} by a new class head, ${left('aux-head-new')} by a new auxiliary one`;
  },
  figure(result) {
    const { aux: counts, hidden } = result.config;
    return barChart({
      title: sharedLayers.finding(result),
      subtitle: subtitleOf(result, 'bar'),
      yTitle: accuracyTitle(result),
      unit: 'share',
      chance: chanceOf(result),
      yMax: 1,
      groups: labelsOf(hidden).map(([arm, label]) => ({
        label,
        bars: counts.map((m) => ({
          label: `${m} auxiliary logits`,
          values: valuesOf(result, arm, 'accuracy', { aux: m }),
          trials: trialsOf(result),
        })),
      })),
    });
  },
};
