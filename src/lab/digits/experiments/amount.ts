// How much data does it take? Students along their steps, each with another number of distinct images.

import { arange, remainder, take, treeMap } from '../../../index.ts';
import { lineChart } from '../../core/charts/lines.ts';
import { palette } from '../../core/charts/style.ts';
import { type ConfigOf, sweep, whole } from '../../core/experiments/config.ts';
import type { Experiment } from '../../core/experiments/experiment.ts';
import { subtitleOf } from '../../core/experiments/subtitle.ts';
import { trend } from '../../core/experiments/trend.ts';
import { chanceLine, trialsOf } from '../../core/runs/header.ts';
import type { Result, Row } from '../../core/runs/result.ts';
import type { Running } from '../../core/training/events.ts';
import { memoryOf, pupilFlops, teacherFlops } from '../distillation/cost.ts';
import { initialModels, otherModels } from '../distillation/model.ts';
import {
  answers,
  distil,
  imitate,
  type Lesson,
  type Pupil,
  prepareLesson,
  rowsOf,
  trainTeacher,
} from '../distillation/teach.ts';
import type { Data } from '../field.ts';
import { accuracyTitle } from './metrics.ts';
import { ablationFull, ablationQuick, type BaseConfig, settings as base, onDigits } from './settings.ts';

const settings = {
  ...base,
  noiseImages: sweep(whole(1, 10_000_000), 'numbers of images, as in 1000,10000').describe(
    'numbers of distinct images that students see, one after the other',
  ),
  studentEpochs: base.studentEpochs.describe(
    'epochs over the greatest number of images; fewer images are seen as often as it takes for as many steps',
  ),
};
type Config = ConfigOf<typeof settings>;

const mostOf = ({ noiseImages }: Config): number => Math.max(...noiseImages);

/** As many examples as in `lesson`, so that epochs, batches and their order stay, but its first `images` over and over. */
const firstOf = ({ source, images: all, targets }: Lesson, images: number): Lesson => ({
  images: all,
  source: (key, indices) => source(key, remainder(indices, images)),
  targets: treeMap((part) => take(part, remainder(arange(all), images), 1), targets),
});

async function* run(config: Config, data: Data): Running<Row[]> {
  const one: BaseConfig = { ...config, noiseImages: mostOf(config) };
  const init = initialModels(one);
  const teacher = yield* trainTeacher(one, data, { start: init });
  const lesson = yield* prepareLesson(one, data, teacher.params, answers.aux);
  const rows = rowsOf(one, 'teacher', teacher);
  for (const images of config.noiseImages) {
    const student: Pupil = { start: init, gradient: imitate('aux') };
    const control: Pupil = { ...student, start: otherModels(one) };
    const pupils = { student_aux: student, ...(images === one.noiseImages ? { cross_aux: control } : {}) };
    const trained = yield* distil(one, data, firstOf(lesson, images), pupils, {
      phase: `students,images=${images}`,
    });
    for (const [arm, each] of Object.entries(trained)) rows.push(...rowsOf(one, arm, each, { images }));
  }
  return rows;
}

/** Steps after so many epochs. */
const stepsOf =
  (config: Config) =>
  (epochs: number): number =>
    epochs * Math.ceil(mostOf(config) / config.batch);

/** The accuracies of an arm at each epoch's end, one a seed. */
function pointsOf({ rows }: Result, arm: string, images: number): number[][] {
  const curves = rows
    .filter((row) => row.arm === arm && row.at.images === images)
    .map(({ curves: { accuracy } }) => accuracy);
  return curves[0].map((_, epoch) => curves.map((curve) => curve[epoch]));
}

const count = (n: number): string => n.toLocaleString('en-GB');

export const amount: Experiment<typeof settings> = {
  name: 'amount',
  question: 'How many noise images does the student need, and how many steps?',
  source: 'asked here; arXiv 2507.14805 takes 60,000 images for 5 epochs',
  settings,
  presets: {
    quick: { ...ablationQuick, noiseImages: [64, 256, 1024, 4096, 16_384], studentEpochs: 8 },
    full: { ...ablationFull, noiseImages: [64, 256, 1024, 4096, 16_384, 60_000], studentEpochs: 25 },
  },
  ...onDigits,
  flops(config) {
    const one = { ...config, noiseImages: mostOf(config) };
    return teacherFlops(one) + pupilFlops(one, config.noiseImages.length + 1);
  },
  programs: ({ noiseImages }) => 1 + noiseImages.length,
  memory: (config) => memoryOf({ ...config, noiseImages: mostOf(config) }, 2),
  run,
  finding(result) {
    const config = result.config;
    const [least, most] = [Math.min(...config.noiseImages), mostOf(config)];
    const few = pointsOf(result, 'student_aux', least);
    const many = pointsOf(result, 'student_aux', most);
    const steps = stepsOf(config);
    const [first, last] = [count(steps(1)), count(steps(many.length))];
    return [
      `From ${count(least)} to ${count(most)} images the student's accuracy after ${last} steps ${trend(few[few.length - 1], many[many.length - 1])}`,
      `from step ${first} to ${last} with ${count(most)} images it ${trend(many[0], many[many.length - 1])}`,
    ].join('; ');
  },
  figure(result) {
    const config = result.config;
    const steps = stepsOf(config);
    const series = (label: string, arm: string, images: number) => ({
      label,
      points: pointsOf(result, arm, images).map((values, i) => ({
        x: steps(i + 1),
        values,
        trials: trialsOf(result),
      })),
    });
    return lineChart({
      title: amount.finding(result),
      subtitle: subtitleOf(result, config.studentEpochs < 16 ? 'point' : 'curve'),
      x: { title: 'steps', scale: 'linear' },
      y: { title: accuracyTitle(result), unit: 'share', min: 0, max: 1 },
      series: [
        ...config.noiseImages
          .toSorted((a, b) => b - a)
          .map((images) => series(`${count(images)} images`, 'student_aux', images)),
        {
          ...series(`control (other start), ${count(mostOf(config))} images`, 'cross_aux', mostOf(config)),
          colour: palette.grey,
        },
      ],
      reference: chanceLine(result),
    });
  },
};
