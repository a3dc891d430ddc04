// Do wide and deep networks transfer less? The student and its control at each width and depth of the hidden layers.

import { lineChart } from '../../core/charts/lines.ts';
import { palette, percent } from '../../core/charts/style.ts';
import { type ConfigOf, sweep, whole } from '../../core/experiments/config.ts';
import { type Experiment, mostOf, type ResultOf } from '../../core/experiments/experiment.ts';
import { subtitleOf } from '../../core/experiments/subtitle.ts';
import { trend } from '../../core/experiments/trend.ts';
import { chanceLine, trialsOf } from '../../core/runs/header.ts';
import type { Result, Row } from '../../core/runs/result.ts';
import { mean } from '../../core/runs/statistics.ts';
import type { Running } from '../../core/training/events.ts';
import { memoryOf, pupilFlops, teacherFlops } from '../distillation/cost.ts';
import { initialModels } from '../distillation/model.ts';
import { teachStudents } from '../distillation/students.ts';
import { rowsOf, trainTeacher } from '../distillation/teach.ts';
import type { Data } from '../field.ts';
import { accuracyTitle } from './metrics.ts';
import {
  ablationFull,
  ablationQuick,
  type BaseConfig,
  settings as base,
  onDigits,
  withoutHidden,
} from './settings.ts';

const settings = {
  ...withoutHidden(base),
  width: sweep(whole(1, 8192), 'widths, as in 64,256').describe('widths of the hidden layers'),
  depth: sweep(whole(1, 8), 'numbers of layers, as in 1,2,3').describe('numbers of hidden layers'),
};
type Config = ConfigOf<typeof settings>;

/** The config of each network that `config` sweeps, and what its rows are called by. */
const networksOf = (config: Config): { one: BaseConfig; at: { width: number; depth: number } }[] =>
  config.depth.flatMap((depth) =>
    config.width.map((width) => ({
      one: { ...config, hidden: new Array<number>(depth).fill(width) },
      at: { width, depth },
    })),
  );

async function* run(config: Config, data: Data): Running<Row[]> {
  const rows: Row[] = [];
  for (const { one, at } of networksOf(config)) {
    const name = `width=${at.width},depth=${at.depth}`;
    const init = initialModels(one);
    const teacher = yield* trainTeacher(one, data, { phase: `teacher,${name}`, start: init });
    const models = { init, teacher: teacher.params };
    const arms = ['student_aux', 'cross_aux'] as const;
    rows.push(
      ...rowsOf(one, 'teacher', teacher, at),
      ...(yield* teachStudents(one, data, models, arms, { phase: `students,${name}`, at })),
    );
  }
  return rows;
}

/** Each seed's accuracy in an arm, its mean over the networks that `at` leaves open. */
const accuracyOf = ({ seeds, rows }: Result, arm: string, at: Row['at']): number[] =>
  seeds.map((seed) =>
    mean(
      rows
        .filter((row) => row.arm === arm && row.seed === seed)
        .filter((row) => Object.entries(at).every(([name, value]) => row.at[name] === value))
        .map(({ values }) => values.accuracy),
    ),
  );

const layers = (depth: number): string => `${depth} hidden layer${depth === 1 ? '' : 's'}`;

/** How the student's accuracy goes with the width, over all depths: up to where it is best, and from there. */
function overWidths(result: ResultOf<typeof settings>): string {
  const at = (width: number): number[] => accuracyOf(result, 'student_aux', { width });
  const widths = result.config.width.toSorted((a, b) => a - b);
  const best = widths.reduce((a, b) => (mean(at(b)) > mean(at(a)) ? b : a));
  const [least, most] = [widths[0], widths[widths.length - 1]];
  return [
    ...(least < best ? [`from width ${least} to ${best} it ${trend(at(least), at(best))}`] : []),
    ...(best < most ? [`from width ${best} to ${most} it ${trend(at(best), at(most))}`] : []),
  ].join(', ');
}

function overDepths(result: ResultOf<typeof settings>): string {
  const { depth: depths } = result.config;
  const [least, most] = [Math.min(...depths), Math.max(...depths)];
  const [from, to] = [least, most].map((depth) => accuracyOf(result, 'student_aux', { depth }));
  return least < most ? `from ${least} to ${layers(most)} it ${trend(from, to)}` : '';
}

export const widthDepth: Experiment<typeof settings> = {
  name: 'width-depth',
  question: 'Do wider or deeper networks transfer less?',
  source: 'Comments & Extensions of Subliminal Learning (2025)',
  settings,
  presets: {
    quick: {
      ...withoutHidden(ablationQuick),
      // The same images several times, as in the paper: over fresh ones alone, width 256 was seen to learn no less than 64.
      teacherEpochs: 3,
      noiseImages: 8000,
      learningRate: 2e-3,
      width: [16, 64, 256],
      depth: [1, 2, 3],
    },
    full: { ...withoutHidden(ablationFull), width: [64, 128, 256, 512, 1024], depth: [1, 2, 3] },
  },
  ...onDigits,
  flops: (config) =>
    networksOf(config).reduce((sum, { one }) => sum + teacherFlops(one) + pupilFlops(one, 2), 0),
  programs: (config) => 2 * networksOf(config).length,
  memory: (config) => mostOf(networksOf(config).map(({ one }) => memoryOf(one, 2))),
  run,
  finding(result) {
    const parts = [overWidths(result), overDepths(result)].filter(Boolean);
    const what = "The student's accuracy";
    return parts.length
      ? `${what}: ${parts.join('; ')}`
      : `${what} is ${percent(mean(accuracyOf(result, 'student_aux', {})))}`;
  },
  figure(result) {
    const { width: widths, depth: depths } = result.config;
    const series = (label: string, arm: string, at: Row['at']) => ({
      label,
      points: widths.map((width) => ({
        x: width,
        values: accuracyOf(result, arm, { ...at, width }),
        trials: trialsOf(result),
      })),
    });
    return lineChart({
      title: widthDepth.finding(result),
      subtitle: subtitleOf(result, 'point'),
      x: { title: 'width of the hidden layers', scale: 'log' },
      y: { title: accuracyTitle(result), unit: 'share', min: 0, max: 1 },
      series: [
        ...depths.map((depth) => series(`student, ${layers(depth)}`, 'student_aux', { depth })),
        { ...series('control (other start), mean of the depths', 'cross_aux', {}), colour: palette.grey },
      ],
      reference: chanceLine(result),
    });
  },
};
