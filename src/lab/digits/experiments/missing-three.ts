// Hinton's missing 3: a student that imitates all logits on digits among which there is no 3, or nothing but 7s
// and 8s, and still reads the digits that it never saw once its bias towards the others is corrected.
import { jit, type Tensor, take, tensor, vmap } from '../../../index.ts';
import { barChart } from '../../core/charts/bars.ts';
import { percent } from '../../core/charts/style.ts';
import type { ConfigOf } from '../../core/experiments/config.ts';
import type { Experiment, ResultOf } from '../../core/experiments/experiment.ts';
import { subtitleOf } from '../../core/experiments/subtitle.ts';
import { type Row, valuesOf } from '../../core/runs/result.ts';
import { mean } from '../../core/runs/statistics.ts';
import type { Running } from '../../core/training/events.ts';
import type { Digits } from '../data/images.ts';
import { setOf, shortName } from '../data/sets.ts';
import { memoryOf, pupilFlops, teacherFlops } from '../distillation/cost.ts';
import { imagesFrom } from '../distillation/inputs.ts';
import { classLogits, initialModels, logits, type Model, otherModels } from '../distillation/model.ts';
import { answers, distil, imitate, prepareLesson, rowsOf, trainTeacher } from '../distillation/teach.ts';
import type { Data } from '../field.ts';
import { accuracy, accuracyTitle, plain } from './metrics.ts';
import { ablationFull, ablationQuick, type BaseConfig, settings as base, onDigits } from './settings.ts';

const { noise: _noise, noiseImages: _images, ...settings } = base;
type Config = ConfigOf<typeof settings>;

/** The digits that students see, and those whose logits the correction shifts. */
const lessons = [
  {
    inputs: 'without-3',
    label: { digits: 'no 3s', others: 'no class 3' },
    sees: (digit: number) => digit !== 3,
    shifted: [3],
  },
  {
    inputs: 'only-7-8',
    label: { digits: 'only 7s and 8s', others: 'only classes 7 and 8' },
    sees: (digit: number) => digit === 7 || digit === 8,
    shifted: [7, 8],
  },
] as const;

/** The last class that is spoken of. */
const most = Math.max(...lessons.flatMap(({ shifted }) => shifted));

const starts = [
  { arm: 'student_all', label: 'same start' },
  { arm: 'cross_all', label: 'other start' },
] as const;

/** The digits of a training set that `sees` lets through. */
function seen({ images, labels }: Digits, sees: (digit: number) => boolean): Tensor {
  const indices = Array.from(labels.data.keys()).filter((i) => sees(labels.data[i]));
  return take(images, tensor(indices, 'i32'));
}

/** One model's reading of test digits, as it is and with the best shift of some classes' logits. */
interface Reading {
  readonly accuracy: number;
  readonly accuracyUnseen: number;
  readonly accuracyCorrected: number;
  readonly accuracyUnseenCorrected: number;
  /** What is added to the logits. */
  readonly shift: number;
}

/**
 * Reads digits from `scores`, as many an image as there are classes, before and after adding to the logits of the classes `shifted` the
 * number that makes the accuracy on all of them highest, as Hinton, Vinyals and Dean did.
 */
export function corrected(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  shifted: readonly number[],
  sees: (digit: number) => boolean,
): Reading {
  const classes = scores.length / labels.length;
  const best = (i: number, among: (k: number) => boolean) => {
    let found = { digit: -1, score: Number.NEGATIVE_INFINITY };
    for (let k = 0; k < classes; k++) {
      const score = scores[classes * i + k];
      if (among(k) && score > found.score) found = { digit: k, score };
    }
    return found;
  };
  const images = Array.from({ length: labels.length }, (_, i) => {
    const inside = best(i, (k) => shifted.includes(k));
    const outside = best(i, (k) => !shifted.includes(k));
    // a shifted class is read once the shift is above this
    return {
      label: labels[i],
      threshold: outside.score - inside.score,
      inside: inside.digit,
      outside: outside.digit,
    };
  }).sort((a, b) => a.threshold - b.threshold);
  let right = images.filter(({ label, outside }) => label === outside).length;
  let most = { right, shift: (images[0]?.threshold ?? 0) - 1 };
  images.forEach(({ label, inside, outside, threshold }, i) => {
    right += Number(label === inside) - Number(label === outside);
    const next = images[i + 1]?.threshold ?? threshold + 2;
    if (right > most.right && next > threshold) most = { right, shift: (threshold + next) / 2 };
  });
  const share = (shift: number, counts: (label: number) => boolean): number => {
    const some = images.filter(({ label }) => counts(label));
    const good = some.filter(
      ({ label, threshold, inside, outside }) => label === (shift > threshold ? inside : outside),
    );
    return good.length / some.length;
  };
  const unseen = (label: number): boolean => !sees(label);
  return {
    accuracy: share(0, () => true),
    accuracyUnseen: share(0, unseen),
    accuracyCorrected: share(most.shift, () => true),
    accuracyUnseenCorrected: share(most.shift, unseen),
    shift: most.shift,
  };
}

async function* run(config: Config, data: Data): Running<Row[]> {
  const init = initialModels(withImages(config, 1));
  const teacher = yield* trainTeacher(withImages(config, 1), data, { start: init });
  const rows = rowsOf(config, 'teacher', teacher);
  const { classes } = data.test;
  const scoresOf = jit(
    vmap((model: Model, images: Tensor) => classLogits(logits(model, images), classes), [0, null]),
  );
  const other = otherModels(withImages(config, 1));
  for (const { inputs, sees, shifted } of lessons) {
    const images = seen(data.train, sees);
    const one = withImages(config, images.shape[0]);
    const lesson = yield* prepareLesson(one, data, teacher.params, answers.all, imagesFrom(images));
    const gradient = imitate('all');
    const pupils = { student_all: { start: init, gradient }, cross_all: { start: other, gradient } };
    const trained = yield* distil(one, data, lesson, pupils, { phase: `students,${inputs}` });
    for (const { arm } of starts) {
      const scores = scoresOf(trained[arm].params, data.test.images);
      const each = scores.size / config.seeds;
      const readings = Array.from({ length: config.seeds }, (_, i) =>
        corrected(scores.data.subarray(i * each, (i + 1) * each), data.test.labels.data, shifted, sees),
      );
      const named = (Object.keys(readings[0]) as (keyof Reading)[]).map((name) => [
        name,
        readings.map((r) => r[name]),
      ]);
      rows.push(...rowsOf(config, arm, trained[arm], { inputs }, Object.fromEntries(named)));
    }
  }
  return rows;
}

/** The students' images are digits, so the settings of noise are not the user's to choose. */
const withImages = (config: Config, noiseImages: number): BaseConfig => ({
  ...config,
  noise: 'digits',
  noiseImages,
});

function finding(result: ResultOf<typeof settings>): string {
  const { what, reads } = setOf(result.config);
  const [none, them, some] =
    what === 'digits' ? ['no 3', 'of 3s', '7s and 8s'] : ['nothing of class 3', 'of it', 'classes 7 and 8'];
  const told = (inputs: string, name: string): string =>
    percent(mean(valuesOf(result, 'cross_all', name, { inputs })));
  return `A student from another start that saw ${none} ${reads} ${told('without-3', 'accuracyUnseen')} ${them}, and ${told('without-3', 'accuracyUnseenCorrected')} once its bias is corrected; one that saw only ${some} ${reads} ${told('only-7-8', 'accuracyCorrected')} of all ${what}`;
}

const { noise: _quickNoise, noiseImages: _quickImages, ...quick } = ablationQuick;
const { noise: _fullNoise, noiseImages: _fullImages, ...full } = ablationFull;

export const missingThree: Experiment<typeof settings> = {
  name: 'missing-three',
  question: 'Does a student read digits that were missing from what it was distilled on?',
  source: 'Hinton, Vinyals & Dean, arXiv 1503.02531, section 3',
  settings,
  presets: { quick: { ...quick, studentEpochs: 10 }, full: { ...full, studentEpochs: 10 } },
  ...onDigits,
  problem: (config) =>
    setOf(config).classes > most
      ? onDigits.problem(config)
      : `--data ${shortName(config.data)}: it has ${setOf(config).classes} classes, none of them ${most}; take a set of more`,
  flops: (config) =>
    [0.9, 0.2] // the classes are about alike in number
      .map((share) => pupilFlops(withImages(config, share * config.trainDigits), starts.length))
      .reduce((sum, flops) => sum + flops, teacherFlops(withImages(config, 1))),
  programs: () => 3,
  memory: (config) => memoryOf(withImages(config, config.trainDigits), starts.length),
  metrics: (config) => {
    const all = accuracy(config);
    // how many test digits are unseen depends on the lesson
    const { trials: _, ...unseen } = { ...all, of: `${all.of} that were not seen` };
    return {
      accuracy: all,
      accuracyUnseen: unseen,
      accuracyCorrected: all,
      accuracyUnseenCorrected: unseen,
      shift: plain,
    };
  },
  run,
  finding,
  figure(result) {
    const { what } = setOf(result.config);
    return barChart({
      title: finding(result),
      subtitle: subtitleOf(result, 'bar'),
      yTitle: accuracyTitle(result),
      unit: 'share',
      yMax: 1,
      groups: lessons.flatMap(({ inputs, label }) =>
        starts.map(({ arm, label: start }) => ({
          label: [what === 'digits' ? label.digits : label.others, start],
          bars: [
            [`unseen ${what}`, 'accuracyUnseen'],
            [`unseen ${what}, bias corrected`, 'accuracyUnseenCorrected'],
            [`all ${what}, bias corrected`, 'accuracyCorrected'],
          ].map(([name, value]) => ({ label: name, values: valuesOf(result, arm, value, { inputs }) })),
        })),
      ),
    });
  },
};
