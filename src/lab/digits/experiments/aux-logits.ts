// How many auxiliary logits does it take? The student and its control at each number of them.

import { lineChart } from '../../core/charts/lines.ts';
import { percent } from '../../core/charts/style.ts';
import { type ConfigOf, sweep, whole } from '../../core/experiments/config.ts';
import { type Experiment, mostOf } from '../../core/experiments/experiment.ts';
import { subtitleOf } from '../../core/experiments/subtitle.ts';
import { chanceLine, trialsOf } from '../../core/runs/header.ts';
import { type Row, valuesOf } from '../../core/runs/result.ts';
import { mean } from '../../core/runs/statistics.ts';
import type { Running } from '../../core/training/events.ts';
import { memoryOf, pupilFlops, teacherFlops } from '../distillation/cost.ts';
import { initialModels } from '../distillation/model.ts';
import { teachStudents } from '../distillation/students.ts';
import { trainTeacher } from '../distillation/teach.ts';
import type { Data } from '../field.ts';
import { accuracyTitle } from './metrics.ts';
import { ablationFull, ablationQuick, settings as base, onDigits } from './settings.ts';

const settings = {
  ...base,
  aux: sweep(whole(1, 1000), 'numbers of logits, as in 1,3,10').describe(
    'numbers of auxiliary logits, one after the other',
  ),
};
type Config = ConfigOf<typeof settings>;

const aux = [1, 2, 3, 5, 10, 25, 50, 100, 250];

async function* run(config: Config, data: Data): Running<Row[]> {
  const rows: Row[] = [];
  for (const m of config.aux) {
    const one = { ...config, aux: m };
    const at = { aux: m };
    const init = initialModels(one);
    const { params: teacher } = yield* trainTeacher(one, data, { phase: `teacher,aux=${m}`, start: init });
    const arms = ['student_aux', 'cross_aux'] as const;
    rows.push(
      ...(yield* teachStudents(one, data, { init, teacher }, arms, { phase: `students,aux=${m}`, at })),
    );
  }
  return rows;
}

export const auxLogits: Experiment<typeof settings> = {
  name: 'aux-logits',
  question: 'Do more auxiliary logits transfer more?',
  source: 'Comments & Extensions of Subliminal Learning (2025); arXiv 2605.23645',
  settings,
  presets: { quick: { ...ablationQuick, noiseImages: 16_000, aux }, full: { ...ablationFull, aux } },
  ...onDigits,
  flops: (config) =>
    config.aux
      .map((m) => ({ ...config, aux: m }))
      .reduce((sum, one) => sum + teacherFlops(one) + pupilFlops(one, 2), 0),
  programs: (config) => 2 * config.aux.length,
  memory: (config) => mostOf(config.aux.map((m) => memoryOf({ ...config, aux: m }, 2))),
  run,
  finding(result) {
    const accuracy = (m: number): number => mean(valuesOf(result, 'student_aux', 'accuracy', { aux: m }));
    const { aux: counts } = result.config;
    const [least, most] = [Math.min(...counts), Math.max(...counts)];
    return `From ${least} to ${most} auxiliary logits the student's accuracy goes from ${percent(accuracy(least))} to ${percent(accuracy(most))}`;
  },
  figure(result) {
    const { aux: counts } = result.config;
    const series = (label: string, arm: string) => ({
      label,
      points: counts.map((m) => ({
        x: m,
        values: valuesOf(result, arm, 'accuracy', { aux: m }),
        trials: trialsOf(result),
      })),
    });
    return lineChart({
      title: auxLogits.finding(result),
      subtitle: subtitleOf(result, 'point'),
      x: { title: 'auxiliary logits', scale: 'log' },
      y: { title: accuracyTitle(result), unit: 'share', min: 0, max: 1 },
      series: [series('student', 'student_aux'), series('control (other start)', 'cross_aux')],
      reference: chanceLine(result),
    });
  },
};
