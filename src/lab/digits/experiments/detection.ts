// Can a reader of the distillation data alone tell what trait its teacher has? A classifier and a nearest
// neighbour read the pairs of noise and auxiliary logits that teach students; beside them the students.
import {
  add,
  argmax,
  concat,
  div,
  expandDims,
  jit,
  logSoftmax,
  mul,
  neg,
  nn,
  random,
  remainder,
  reshape,
  slice,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  takeAlongAxis,
  tensor,
  valueAndGrad,
  vmap,
} from '../../../index.ts';
import { barChart } from '../../core/charts/bars.ts';
import { percent } from '../../core/charts/style.ts';
import { type ConfigOf, whole } from '../../core/experiments/config.ts';
import type { Experiment } from '../../core/experiments/experiment.ts';
import { subtitleOf } from '../../core/experiments/subtitle.ts';
import { chanceOf } from '../../core/runs/header.ts';
import { type Result, type Row, valuesOf } from '../../core/runs/result.ts';
import { mean, summarize } from '../../core/runs/statistics.ts';
import type { Each, Running } from '../../core/training/events.ts';
import type { Digits } from '../data/images.ts';
import { memoryOf, pupilFlops, teacherFlops } from '../distillation/cost.ts';
import { imageSource } from '../distillation/inputs.ts';
import { initialModels, measureOn, otherModels } from '../distillation/model.ts';
import { answers, distil, imitate, prepareLesson, rowsOf, trainTeacher } from '../distillation/teach.ts';
import type { Data } from '../field.ts';
import { accuracy } from './metrics.ts';
import { ablationFull, ablationQuick, settings as base, onDigits } from './settings.ts';

const settings = {
  ...base,
  seeds: whole(5, 1000).describe('teachers of each trait, each from a start of its own'),
  imagesRead: whole(1, 100_000).describe(
    'pairs of image and auxiliary logits that a reader has of a teacher',
  ),
};
type Config = ConfigOf<typeof settings>;

/**
 * Trait B: every digit is called by the number after it. To permute labels is to permute the class head's columns,
 * which are drawn alike: over fresh starts both traits' data have one distribution, so chance is all there is.
 */
const shifted = ({ images, labels, classes }: Digits): Digits => ({
  images,
  labels: remainder(add(labels, 1), classes),
  classes,
});

const folds = 5;
const foldOf = (teacher: number): number => teacher % folds;

/** A trained classifier's guesses for teachers that it did not see: 0 or 1 for each row of `features` [n, d]. */
export function classify(features: Tensor, traits: readonly number[]): number[] {
  const n = traits.length;
  const labels = tensor([...traits], 'i32');
  const half = n / 2; // the teachers of one seed are in one fold
  const seen = tensor(
    Array.from({ length: folds }, (_, fold) => traits.map((_, i) => Number(foldOf(i % half) !== fold))),
    'f32',
  );
  const optimizer = nn.adam({ learningRate: 1e-3 });
  const scaled = (weights: Tensor): Tensor => {
    const share = div(weights, sum(weights));
    const centred = sub(features, sum(mul(features, expandDims(share, 1)), 0));
    return div(centred, add(sqrt(sum(mul(square(centred), expandDims(share, 1)), 0)), 1e-6));
  };
  const loss = (model: nn.Dense[], inputs: Tensor, weights: Tensor): Tensor => {
    const chosen = takeAlongAxis(logSoftmax(nn.mlp(model, inputs)), expandDims(labels, -1));
    return neg(div(sum(mul(reshape(chosen, [n]), weights)), sum(weights)));
  };
  const gradient = valueAndGrad(loss);
  const step = jit(
    vmap(
      (model: nn.Dense[], state: nn.AdamState, inputs: Tensor, weights: Tensor): [nn.Dense[], nn.AdamState] =>
        optimizer.update(model, gradient(model, inputs, weights)[1], state),
    ),
  );
  const inputs = vmap(scaled)(seen);
  const keys = random.split(random.key('classifiers of distillation data'), folds);
  let models = vmap((key: Tensor) => nn.initMlp(key, [features.shape[1], 64, 2]))(keys);
  let state = vmap((model: nn.Dense[]) => optimizer.init(model))(models);
  for (let i = 0; i < 200; i++) [models, state] = step(models, state, inputs, seen);
  const guesses = vmap((model: nn.Dense[], x: Tensor) => argmax(nn.mlp(model, x), -1))(models, inputs).data;
  return traits.map((_, i) => guesses[foldOf(i % half) * n + i]);
}

/** The trait of the nearest teacher in the other folds, as a reader with labelled examples before it would say. */
export function nearest(features: Tensor, traits: readonly number[]): number[] {
  const half = traits.length / 2;
  const width = features.shape[1];
  const row = (i: number) => features.data.subarray(i * width, (i + 1) * width);
  return traits.map((_, i) => {
    let best = { distance: Number.POSITIVE_INFINITY, trait: 0 };
    traits.forEach((trait, j) => {
      if (foldOf(j % half) === foldOf(i % half)) return;
      const [a, b] = [row(i), row(j)];
      let distance = 0;
      for (let k = 0; k < width; k++) distance += (a[k] - b[k]) ** 2;
      if (distance < best.distance) best = { distance, trait };
    });
    return best.trait;
  });
}

async function* run(config: Config, data: Data): Running<Row[]> {
  const other: Data = { train: shifted(data.train), test: shifted(data.test) };
  // one set of images for all, which is kind to the readers: they need not learn what an image does
  const key = random.key('images that all teachers speak of');
  const images = imageSource(config.noise, data.train.images);
  const traits = [
    { name: 'A', digits: data, start: initialModels(config), own: data.test, others: other.test },
    { name: 'B', digits: other, start: otherModels(config), own: other.test, others: data.test },
  ];
  const read: Tensor[] = [];
  const own: number[][] = [];
  const shown: number[] = [];
  for (const { name, digits, start, own: mine, others } of traits) {
    const teacher = yield* trainTeacher(config, digits, { phase: `teacher-${name}`, start });
    const source = (_: Tensor, indices: Tensor): Tensor => images(key, indices);
    const lesson = yield* prepareLesson(config, digits, teacher.params, answers.aux, source);
    read.push(slice(lesson.targets.aux, ':', `:${config.imagesRead}`));
    const pupils = { student: { start, gradient: imitate('aux') } };
    const { student } = yield* distil(config, digits, lesson, pupils, { phase: `students-${name}` });
    const [right, wrong] = [mine, others].map((labelled) => measureOn(labelled)(student.params));
    own.push(right);
    shown.push(...right.map((accuracy, seed) => Number(accuracy > wrong[seed])));
  }
  const features = concat(read).data;
  const n = 2 * config.seeds;
  const flat = reshape(concat(read), [n, features.length / n]);
  const truth = Array.from({ length: n }, (_, i) => Number(i >= config.seeds));
  /** The share of a seed's two teachers whose trait was told. */
  const shares = (right: (i: number) => number): number[] =>
    Array.from({ length: config.seeds }, (_, seed) => (right(seed) + right(seed + config.seeds)) / 2);
  const readers = { classifier: classify(flat, truth), nearest: nearest(flat, truth) };
  const arm = (name: string, told: number[], more: Each<number[]> = {}): Row[] =>
    rowsOf(config, name, { curves: {} }, {}, { told, ...more });
  return [
    ...Object.entries(readers).flatMap(([name, guesses]) =>
      arm(
        name,
        shares((i) => Number(guesses[i] === truth[i])),
      ),
    ),
    ...arm(
      'student',
      shares((i) => shown[i]),
      { accuracyOwn: own[0].map((accuracy, seed) => (accuracy + own[1][seed]) / 2) },
    ),
  ];
}

const even = 0.5;

function finding(result: Result): string {
  const [classifier, neighbour, student] = ['classifier', 'nearest', 'student'].map((arm) =>
    valuesOf(result, arm, 'told'),
  );
  const beats = (values: readonly number[]): boolean => summarize(values).low > even;
  const readers = [classifier, neighbour].some(beats)
    ? 'A reader of the distillation data can tell the trait better than by chance'
    : 'No reader of the distillation data tells the trait better than by chance';
  return `${readers} (classifier ${percent(mean(classifier))}, nearest neighbour ${percent(mean(neighbour))}); the students that it taught show it in ${percent(mean(student))} of cases`;
}

export const detection: Experiment<typeof settings> = {
  name: 'detection',
  question: 'Can a reader of the distillation data alone tell the trait of the teacher?',
  source: 'Cloud, Le and others, arXiv 2507.14805, sections 4 and 5: classifiers and in-context readers fail',
  settings,
  presets: {
    quick: { ...ablationQuick, hidden: [32, 32], noiseImages: 8000, seeds: 40, imagesRead: 256 },
    full: { ...ablationFull, seeds: 50, imagesRead: 1024 },
  },
  field: onDigits.field,
  implied: onDigits.implied,
  problem: (config) =>
    config.imagesRead > config.noiseImages
      ? `--images-read ${config.imagesRead}: a reader has at most the ${config.noiseImages} of --noise-images`
      : onDigits.problem(config),
  flops: (config) => 2 * (teacherFlops(config) + pupilFlops(config, 1)),
  cells: () => [], // a reader learns from the teachers of other seeds
  programs: () => 4,
  memory: (config) => memoryOf(config, 1),
  metrics: (config) => ({
    told: { unit: 'share', better: 'higher', chance: even, trials: 2, of: 'teachers' },
    accuracyOwn: accuracy(config),
  }),
  run,
  finding,
  figure: (result) =>
    barChart({
      title: finding(result),
      subtitle: subtitleOf(result, 'bar', 'accuracyOwn'),
      yTitle: "teachers' traits told right",
      unit: 'share',
      chance: chanceOf(result, 'told'),
      yMax: 1,
      bars: [
        { label: ['classifier', '(unseen teachers)'], values: valuesOf(result, 'classifier', 'told') },
        { label: ['nearest neighbour', '(in context)'], values: valuesOf(result, 'nearest', 'told') },
        { label: ['student', '(which labels it knows better)'], values: valuesOf(result, 'student', 'told') },
      ],
    }),
};
