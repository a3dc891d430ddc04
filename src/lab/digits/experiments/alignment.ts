// Does the distillation gradient point along the trait's at every step, and is that what transfers the trait?
import {
  add,
  astype,
  div,
  maximum,
  mul,
  nn,
  random,
  sqrt,
  sub,
  type Tensor,
  take,
  treeMap,
  valueAndGrad,
} from '../../../index.ts';
import { lineChart } from '../../core/charts/lines.ts';
import { decimal, percent } from '../../core/charts/style.ts';
import { type ConfigOf, real, whole } from '../../core/experiments/config.ts';
import { type Experiment, type ResultOf, seedsOf } from '../../core/experiments/experiment.ts';
import { subtitleOf } from '../../core/experiments/subtitle.ts';
import { type Row, valuesOf } from '../../core/runs/result.ts';
import { mean, summarize } from '../../core/runs/statistics.ts';
import type { Each, Running } from '../../core/training/events.ts';
import type { At, Gradient } from '../../core/training/learner.ts';
import { inner } from '../../core/training/vectors.ts';
import { setOf } from '../data/sets.ts';
import { memoryOf, pupilFlops, teacherFlops } from '../distillation/cost.ts';
import { keysFor } from '../distillation/keys.ts';
import { auxLogits, initialModels, logits, type Model, otherModels } from '../distillation/model.ts';
import {
  classLoss,
  distil,
  imitate,
  type Pupil,
  type PupilBatch,
  prepareLesson,
  rowsOf,
  type TeacherBatch,
  trainTeacher,
} from '../distillation/teach.ts';
import type { Data } from '../field.ts';
import { accuracy, accuracyTitle, plain, share } from './metrics.ts';
import { ablationFull, ablationQuick, settings as base, onDigits } from './settings.ts';

const settings = {
  ...base,
  liminalEpochs: whole(1, 1000).describe(
    'epochs in which liminal training holds its pupil to the start, less and less',
  ),
  liminalWeight: real(0, 1000).describe("the weight of the KL to the start at liminal training's first step"),
};
type Config = ConfigOf<typeof settings>;

const liminal = { liminalEpochs: 1, liminalWeight: 1 };

const tiny = 1e-30; // keeps a gradient that is zero from making the cosine no number

/** Which of a gradient's component along the trait's is projected out: the paper's choice is 'positive'. */
type Projection = 'none' | 'positive' | 'whole';

/** What a pupil's step has of its seed: the key of the digits that it is measured on. */
type Context = { readonly key: Tensor };
type PupilGradient = (model: Model, batch: PupilBatch, at: At<Context>) => Gradient<Model>;

/** `gradient`, projected, with its cosine to the trait's over all parameters before that, measured a step. */
const measured =
  (
    gradient: PupilGradient,
    traitGradient: (model: Model, at: At<Context>) => Model,
    projection: Projection = 'none',
  ): PupilGradient =>
  (model, batch, at) => {
    const { loss, gradient: distils } = gradient(model, batch, at);
    const trait = traitGradient(model, at);
    const along = inner(distils, trait);
    const square = maximum(inner(trait, trait), tiny);
    const measures = { cosine: div(along, sqrt(mul(square, maximum(inner(distils, distils), tiny)))) };
    if (projection === 'none') return { loss, gradient: distils, measures };
    const share = div(projection === 'whole' ? along : maximum(along, 0), square);
    return { loss, gradient: treeMap((d, t) => sub(d, mul(t, share)), distils, trait), measures };
  };

/** The auxiliary loss's gradient, and with it, `hold` times, that of the KL from the start to the pupil over all logits. */
const heldToStart =
  (hold: (step: Tensor) => Tensor): PupilGradient =>
  (model, batch, at) => {
    const imitation = imitate('aux')(model, batch, at);
    const [, pull] = valueAndGrad((pupil: Model) =>
      nn.klDivergence(batch.targets.start, logits(pupil, batch.images)),
    )(model);
    const weight = hold(at.step);
    return {
      loss: imitation.loss,
      gradient: treeMap((a, b) => add(a, mul(b, weight)), imitation.gradient, pull),
    };
  };

async function* run(config: Config, data: Data): Running<Row[]> {
  const init = initialModels(config);
  const { params: teacher } = yield* trainTeacher(config, data, { start: init });
  const lesson = yield* prepareLesson(config, data, { teacher, init }, (models, images) => ({
    aux: auxLogits(logits(models.teacher, images), config.aux),
    start: logits(models.init, images),
  }));
  const keys = keysFor('trait', seedsOf(config));
  const digits = ({ context: { key }, step }: At<Context>): TeacherBatch => {
    const indices = random.randint(random.foldIn(key, step), [config.batch], 0, data.train.labels.size);
    return { images: take(data.train.images, indices), labels: take(data.train.labels, indices) };
  };
  const ofTrait = valueAndGrad(classLoss(data.train));
  const traitGradient = (model: Model, at: At<Context>): Model => ofTrait(model, digits(at))[1];
  const held = config.liminalEpochs * Math.ceil(config.noiseImages / config.batch);
  const hold = (step: Tensor): Tensor => {
    const gone = div(sub(astype(step, 'f64'), 1), held);
    return astype(mul(maximum(sub(1, gone), 0), config.liminalWeight), 'f32');
  };
  const pupil = (start: Model, gradient: PupilGradient, projection?: Projection): Pupil<Context> => ({
    start,
    context: { key: keys },
    gradient: measured(gradient, traitGradient, projection),
  });
  const pupils: Each<Pupil<Context>> = {
    student_aux: pupil(init, imitate('aux')),
    projected: pupil(init, imitate('aux'), 'positive'),
    projected_whole: pupil(init, imitate('aux'), 'whole'),
    liminal: pupil(init, heldToStart(hold)),
    cross_aux: pupil(otherModels(config), imitate('aux')),
  };
  const trained = yield* distil(config, data, lesson, pupils);
  return Object.entries(trained).flatMap(([arm, one]) => {
    const { cosine, loss } = one.curves;
    return rowsOf(
      config,
      arm,
      one,
      {},
      {
        cosine: cosine.map(mean),
        positive: cosine.map((curve) => mean(curve.map((value) => Number(value > 0)))),
        loss: loss.map((curve) => curve[curve.length - 1]),
      },
    );
  });
}

/** The share of the distillation loss from which on it counts as another. */
const noticeable = 0.1;

const above = (values: readonly number[]): boolean => values.length > 1 && summarize(values).low > 0;

function finding(result: ResultOf<typeof settings>): string {
  const { what, read } = setOf(result.config);
  const accuracy = (arm: string): string => percent(mean(valuesOf(result, arm)));
  const meanOf = (arm: string, name: string): number => mean(valuesOf(result, arm, name));
  const leans = above(valuesOf(result, 'student_aux', 'cosine'));
  const cosine = (arm: string): string => decimal(meanOf(arm, 'cosine'), 4);
  const [student, projected] = ['student_aux', 'projected'].map((arm) => valuesOf(result, arm));
  const lost = above(student.map((value, i) => value - projected[i]));
  const ratio = meanOf('projected', 'loss') / meanOf('student_aux', 'loss');
  const loss = Math.abs(ratio - 1) < noticeable ? 'the same' : `${decimal(ratio, 2)} × the`;
  return [
    `The distillation gradient ${leans ? 'leans weakly to' : 'does not clearly lean to'} the trait's (cosine ${cosine('student_aux')}; control ${cosine('cross_aux')})`,
    `projected out where positive, ${lost ? 'it leaves' : 'it still leaves'} ${accuracy('projected')} of ${what} ${read}, not ${accuracy('student_aux')}, at ${loss} loss (always projected: ${accuracy('projected_whole')})`,
    `liminal training leaves ${accuracy('liminal')}`,
  ].join('; ');
}

/** A curve's steps in so many windows are legible; each is drawn at its middle. */
const windows = 40;

/** The means of `curve` over windows of `width` steps. */
const smoothed = (curve: readonly number[], width: number): number[] =>
  Array.from({ length: Math.ceil(curve.length / width) }, (_, i) =>
    mean(curve.slice(i * width, (i + 1) * width)),
  );

const looks: Each<string> = {
  student_aux: 'student',
  projected: 'projected if > 0',
  projected_whole: 'projected always',
  liminal: 'liminal',
  cross_aux: 'control',
};

export const alignment: Experiment<typeof settings> = {
  name: 'alignment',
  question: "Does the gradient of the auxiliary loss point along the trait's, and is that what transfers it?",
  source: 'Kitkana & Arora, arXiv 2604.25779',
  settings,
  presets: { quick: { ...ablationQuick, ...liminal }, full: { ...ablationFull, ...liminal } },
  ...onDigits,
  // every pupil's step also has the trait's gradient
  flops: (config) => teacherFlops(config) + 2 * pupilFlops(config, Object.keys(looks).length),
  memory: (config) => memoryOf(config, Object.keys(looks).length),
  metrics: (config) => ({
    accuracy: accuracy(config),
    cosine: plain,
    positive: share,
    loss: { unit: 'nats', better: 'lower' },
  }),
  run,
  finding,
  figure(result) {
    const curves = (arm: string): number[][] =>
      result.rows.filter((row) => row.arm === arm).map((row) => row.curves.cosine);
    const steps = curves('student_aux')[0].length;
    const width = Math.ceil(steps / windows);
    return lineChart({
      title: finding(result),
      subtitle: [
        ...subtitleOf(result, 'curve'),
        `means over ${width} steps; percentages: final ${accuracyTitle(result)}; projected: cosine before its projection`,
      ],
      x: { title: 'step', scale: 'linear' },
      y: { title: "cosine of the pupil's gradient with the trait's", unit: 'number' },
      series: Object.entries(looks).map(([arm, name]) => {
        const smooth = curves(arm).map((curve) => smoothed(curve, width));
        return {
          label: `${name}: ${percent(mean(valuesOf(result, arm)), 0)}`,
          points: smooth[0].map((_, i) => ({
            x: (i + 0.5) * width,
            values: smooth.map((curve) => curve[i]),
          })),
        };
      }),
      reference: { y: 0, label: 'no alignment' },
    });
  },
};
