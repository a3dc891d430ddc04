// Beyond the theorem's one step: how near a real student comes to its teacher, in direction, parameters, outputs and kernel.
import {
  add,
  div,
  einsum,
  fromTypedArray,
  jacrev,
  jit,
  maximum,
  mean as meanOf,
  mul,
  random,
  reshape,
  slice,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  treeLeaves,
  treeMap,
  vmap,
} from '../../../index.ts';
import { lineChart } from '../../core/charts/lines.ts';
import { decimal, palette, percent } from '../../core/charts/style.ts';
import { type ConfigOf, whole } from '../../core/experiments/config.ts';
import type { Experiment } from '../../core/experiments/experiment.ts';
import { subtitleOf } from '../../core/experiments/subtitle.ts';
import { type Result, type Row, valuesOf } from '../../core/runs/result.ts';
import { mean } from '../../core/runs/statistics.ts';
import type { Each, Running } from '../../core/training/events.ts';
import { flopsOf } from '../../core/training/flops.ts';
import { flat } from '../../core/training/vectors.ts';
import { type Digits, pixels } from '../data/images.ts';
import { classesOf } from '../data/sets.ts';
import { adam, type Kind, memoryOf, mlp, pupilFlops, teacherFlops } from '../distillation/cost.ts';
import { classLogits, initialModels, logits, type Model, otherModels } from '../distillation/model.ts';
import {
  answers,
  distil,
  imitate,
  type Pupil,
  prepareLesson,
  rowsOf,
  trainTeacher,
} from '../distillation/teach.ts';
import { type Data, theorem } from '../field.ts';
import { accuracy, plain, share } from './metrics.ts';
import { ablationFull, ablationQuick, settings as base, onDigits } from './settings.ts';

const settings = {
  ...base,
  logitDigits: whole(1, 10_000).describe('test digits on which the class logits are compared at every step'),
  kernelDigits: whole(1, 1000).describe(
    'test digits on which the tangent kernels are compared at every epoch',
  ),
  points: whole(1, 1000).describe('points that are kept of what is measured at every step'),
};
type Config = ConfigOf<typeof settings>;

const tiny = 1e-30; // where nothing has moved yet, a cosine is 0 and not no number

const norm = (x: Tensor): Tensor => sqrt(sum(square(x)));
const cosine = (a: Tensor, b: Tensor): Tensor => div(sum(mul(a, b)), maximum(mul(norm(a), norm(b)), tiny));

/** Images, and how many classes there are of them. */
type Shown = Pick<Digits, 'images' | 'classes'>;

/** The first `n` of them. */
const first = ({ images, classes }: Shown, n: number): Shown => ({ images: slice(images, `:${n}`), classes });

/** Class logits less their mean, which softmax does not see. */
function centred(model: Model, { images, classes }: Shown): Tensor {
  const some = classLogits(logits(model, images), classes);
  return sub(some, meanOf(some, -1, true));
}

type References = Readonly<Record<'own' | 'teacher' | 'way' | 'said' | 'saidFirst', Tensor>>;

/** What a pupil's step is measured against: its own start, and the teacher's. */
const referencesOf =
  (classes: number) =>
  (own: Model, start: Model, teacher: Model, images: Tensor): References => ({
    own: flat(own),
    teacher: flat(teacher),
    way: sub(flat(teacher), flat(start)),
    said: centred(teacher, { images, classes }),
    saidFirst: centred(start, { images, classes }),
  });

/** The same of a model a seed. */
const references = ({ images: all, classes }: Shown) => {
  const measure = jit(vmap(referencesOf(classes), [0, 0, 0, null]));
  return (own: Model, start: Model, teacher: Model): References => measure(own, start, teacher, all);
};

/** What is measured of a step: relative to the teacher's own way from θ₀ to θ_T. */
const ofStep =
  (images: Shown): Pupil<References>['ofStep'] =>
  (before, after, _, { context: { own, teacher, way, said, saidFirst } }) => {
    const [from, to] = [flat(before), flat(after)];
    return {
      displacement: cosine(sub(to, own), way),
      update: cosine(sub(to, from), way),
      parameters: div(norm(sub(to, teacher)), norm(way)),
      logits: div(norm(sub(centred(after, images), said)), norm(sub(saidFirst, said))),
    };
  };

/** One model's tangent kernel J Jᵀ of its class logits on `images`: [n · k, n · k] of k classes. */
function kernel(model: Model, { images, classes }: Shown): Tensor {
  const jacobian = jacrev((params: Model) => reshape(classLogits(logits(params, images), classes), [-1]))(
    model,
  );
  // leaf by leaf: joined, they would be copied once for every product
  const parts = treeLeaves(jacobian).map((leaf) => {
    const rows = reshape(leaf, [leaf.shape[0], -1]);
    return einsum('ip,jp->ij', rows, rows);
  });
  return parts.reduce((total, part) => add(total, part));
}

/** One seed's model out of many. */
const seedOf = (models: Model, seed: number): Model => treeMap((leaf) => slice(leaf, seed), models);

/** 1 less the cosine of a model's tangent kernel with its teacher's, a number a seed (Fort and others, arXiv 2010.15110). */
function kernelDistances(teachers: Model, images: Shown): (models: Model) => number[] {
  // a seed at a time: the Jacobians are large
  const kernelOf = jit((model: Model) => kernel(model, images));
  const distance = jit((a: Tensor, b: Tensor) => sub(1, cosine(a, b)));
  const kernels = (models: Model): Tensor[] =>
    Array.from({ length: treeLeaves(models)[0].shape[0] }, (_, seed) => kernelOf(seedOf(models, seed)));
  const theirs = kernels(teachers);
  return (models) => kernels(models).map((own, seed) => distance(own, theirs[seed]).data[0]);
}

/** The means of `curve` over `points` windows of steps, as equal as may be. */
function windows(curve: readonly number[], points: number): number[] {
  const n = Math.min(points, curve.length);
  const end = (i: number): number => Math.round((i * curve.length) / n);
  return Array.from({ length: n }, (_, i) => mean(curve.slice(end(i), end(i + 1))));
}

const perStep = ['displacement', 'update', 'parameters', 'logits'] as const;

async function* run(config: Config, data: Data): Running<Row[]> {
  const init = initialModels(config);
  const { params: teacher } = yield* trainTeacher(config, data, { start: init });
  const lesson = yield* prepareLesson(config, data, teacher, answers.aux);
  const some = first(data.test, config.logitDigits);
  const distances = kernelDistances(teacher, first(data.test, config.kernelDigits));
  const referencesTo = references(some);
  const starts: Each<Model> = { student_aux: init, cross_aux: otherModels(config) };
  const pupils: Each<Pupil<References>> = Object.fromEntries(
    Object.entries(starts).map(([arm, start]) => [
      arm,
      {
        start,
        context: referencesTo(start, init, teacher),
        gradient: imitate('aux'),
        ofStep: ofStep(some),
        observe: (models: Model) => ({ kernel: distances(models) }),
      },
    ]),
  );
  const trained = yield* distil(config, data, lesson, pupils);
  return Object.entries(trained).flatMap(([arm, { curves, ...rest }]) => {
    const before = distances(starts[arm]);
    const thinned = Object.fromEntries(
      perStep.map((name) => [name, curves[name].map((curve) => windows(curve, config.points))]),
    );
    const kernels = curves.kernel.map((curve, i) => [before[i], ...curve]);
    const last = (name: string): number[] => curves[name].map((curve) => curve[curve.length - 1]);
    return rowsOf(
      config,
      arm,
      { ...rest, curves: { ...curves, ...thinned, kernel: kernels } },
      {},
      {
        displacement: last('displacement'),
        update: curves.update.map(mean),
        updatesTowards: curves.update.map((curve) => mean(curve.map((value) => Number(value > 0)))),
        parameters: last('parameters'),
        logits: last('logits'),
        kernelBefore: before,
        kernel: last('kernel'),
      },
    );
  });
}

function finding(result: Result): string {
  const of = (arm: string, name: string): number => mean(valuesOf(result, arm, name));
  const both = (name: string, decimals = 2): string =>
    `${decimal(of('student_aux', name), decimals)} (control ${decimal(of('cross_aux', name), decimals)})`;
  const towards = percent(of('student_aux', 'updatesTowards'), 0);
  return `Over many steps a student goes its teacher's way: cosine ${both('displacement')} of the displacements, ${towards} of its updates lean to it, the distance of kernels falls from ${decimal(of('student_aux', 'kernelBefore'), 2)} to ${decimal(of('student_aux', 'kernel'), 2)}`;
}

const looks: readonly {
  arm: string;
  name: string;
  label: string;
  colour: string;
  dash: readonly number[];
}[] = [
  { arm: 'student_aux', name: 'displacement', label: 'displacement, cosine', colour: palette.blue },
  { arm: 'student_aux', name: 'update', label: 'update, cosine', colour: palette.sky },
  { arm: 'student_aux', name: 'parameters', label: 'parameters, distance', colour: palette.vermillion },
  { arm: 'student_aux', name: 'logits', label: 'class logits, distance', colour: palette.green },
  { arm: 'student_aux', name: 'kernel', label: 'kernel, distance', colour: palette.purple },
  { arm: 'cross_aux', name: 'displacement', label: 'control: displacement', colour: palette.blue },
  { arm: 'cross_aux', name: 'logits', label: 'control: class logits', colour: palette.green },
  { arm: 'cross_aux', name: 'kernel', label: 'control: kernel', colour: palette.purple },
].map((look) => ({ ...look, dash: look.arm === 'cross_aux' ? [6, 4] : [] }));

export const theorySteps: Experiment<typeof settings> = {
  name: 'theory-steps',
  question: 'Over many steps, does a student go where its teacher went?',
  source: 'the theorem of arXiv 2507.14805, section 6, taken beyond one step',
  settings,
  presets: {
    quick: {
      ...ablationQuick,
      studentEpochs: 6,
      noiseImages: 12_000,
      logitDigits: 200,
      kernelDigits: 24,
      points: 48,
    },
    full: { ...ablationFull, logitDigits: 1000, kernelDigits: 32, points: 60 },
  },
  ...onDigits,
  field: theorem,
  // each pupil also says what it thinks of the digits at every step, and has its kernel compared every epoch
  flops(config) {
    const classes = classesOf(config);
    const blank = (n: number): Shown => ({
      images: fromTypedArray(new Float32Array(n * pixels), [n, pixels], 'f32'),
      classes,
    });
    const some = blank(config.logitDigits);
    const pupil: Kind = {
      name: `compared on ${config.logitDigits}`,
      learner: { gradient: imitate('aux'), optimizer: adam, ofStep: ofStep(some) },
      context: (start) => referencesOf(classes)(start, start, start, some.images),
    };
    const compared = flopsOf(
      (model: Model) => kernel(model, blank(config.kernelDigits)),
      (): [Model] => [mlp(random.key(0), config)],
    );
    const kernels = 2 * config.seeds * (config.studentEpochs + 1) * compared;
    return teacherFlops(config) + pupilFlops(config, 2, pupil) + kernels;
  },
  memory: (config) => memoryOf(config, 2),
  metrics: (config) => ({
    accuracy: accuracy(config),
    displacement: plain,
    update: plain,
    updatesTowards: share,
    parameters: { unit: '', better: 'lower' },
    logits: { unit: '', better: 'lower' },
    kernelBefore: { unit: '', better: 'lower' },
    kernel: { unit: '', better: 'lower' },
  }),
  run,
  finding,
  figure(result) {
    const { noiseImages, batch, studentEpochs } = result.config;
    const perEpoch = Math.ceil(noiseImages / batch);
    const steps = perEpoch * studentEpochs;
    return lineChart({
      title: finding(result),
      subtitle: [
        ...subtitleOf(result, 'curve'),
        "distances to the teacher: in parameters and logits relative to the teacher's own from its start; of kernels, 1 − cosine",
      ],
      x: { title: 'step', scale: 'linear' },
      y: { title: 'cosine, or distance to the teacher', unit: 'number' },
      series: looks.map(({ arm, name, label, colour, dash }) => {
        const curves = result.rows.filter((row) => row.arm === arm).map((row) => row.curves[name]);
        const x = (i: number): number =>
          name === 'kernel' ? i * perEpoch : ((i + 0.5) * steps) / curves[0].length;
        return {
          label,
          colour,
          dash,
          points: curves[0].map((_, i) => ({ x: x(i), values: curves.map((curve) => curve[i]) })),
        };
      }),
    });
  },
};
