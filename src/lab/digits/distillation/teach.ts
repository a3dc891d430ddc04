// The two halves of every experiment: a teacher learns digits on its class logits, and pupils learn to say
// what the teacher says of other images. Written for one model and mapped over seeds.
import { arange, concat, jit, nn, type Tensor, type Tree, take, treeMap, vmap } from '../../../index.ts';
import { seedsOf } from '../../core/experiments/experiment.ts';
import { digestOf } from '../../core/runs/digest.ts';
import type { Row } from '../../core/runs/result.ts';
import { apart, sideBySide, together, trainOfMany } from '../../core/stages/trained.ts';
import type { Each, Running } from '../../core/training/events.ts';
import { gradientOf, type Learner, type Trained } from '../../core/training/learner.ts';
import { train } from '../../core/training/train.ts';
import type { Digits } from '../data/images.ts';
import type { BaseConfig } from '../experiments/settings.ts';
import type { Data } from '../field.ts';
import { type ImageSource, imageSource } from './inputs.ts';
import { keysFor } from './keys.ts';
import { accuracyOn, auxLogits, classLogits, initialModels, logits, type Mlp, type Model } from './model.ts';

/** A batch of the teacher's: digits and what they are. */
export type TeacherBatch = { readonly images: Tensor; readonly labels: Tensor };

/** What a teacher says of an image, in parts, each [..., n]; pupils see no more than this. */
export type Targets = { readonly [part: string]: Tensor };

/** A batch of a pupil's: images, and what the teacher says of them. */
export type PupilBatch = { readonly images: Tensor; readonly targets: Targets };

/** Adam with the settings of `config`. */
export const optimizerOf = ({
  learningRate,
  beta1,
  beta2,
  epsilon,
}: BaseConfig): nn.Optimizer<nn.AdamState> => nn.adam({ learningRate, beta1, beta2, epsilon });

/** Cross-entropy of the class logits alone. */
export const classLoss =
  ({ classes }: Pick<Digits, 'classes'>) =>
  (model: Model, { images, labels }: TeacherBatch): Tensor =>
    nn.crossEntropy(classLogits(logits(model, images), classes), labels);

const digests = new WeakMap<Data, string>();

/** What the digits are, to the bit: computed once for digits that are loaded, of which there may be 60,000. */
function digestOfData(data: Data): string {
  const { train, test } = data;
  const digest = digests.get(data) ?? digestOf([train, test].map(({ images, labels }) => [images, labels]));
  digests.set(data, digest);
  return digest;
}

/** Trains each seed's teacher from `start` on the class logits alone, where it is not kept yet. */
export async function* trainTeacher(
  config: BaseConfig,
  data: Data,
  { phase = 'teacher', start = initialModels(config) }: { phase?: string; start?: Mlp } = {},
): Running<Trained<Mlp>> {
  const { hidden, aux, teacherEpochs: epochs, batch, learningRate, beta1, beta2, epsilon } = config;
  const starts = seedsOf(config).map((seed, i) => {
    const own = apart(start, i);
    return { seed, start: own, digest: digestOf(own) };
  });
  const digits = digestOfData(data);
  const draw = jit(
    vmap(
      (indices: Tensor): TeacherBatch => ({
        images: take(data.train.images, indices),
        labels: take(data.train.labels, indices),
      }),
    ),
  );
  const models = yield* trainOfMany<(typeof starts)[number], Mlp, TeacherBatch>({
    name: 'teacher',
    phase,
    items: starts,
    inputs: ({ seed, digest }) => ({
      ...{ seed, start: digest, digits, hidden: [...hidden], aux, epochs, batch },
      ...{ learningRate, beta1, beta2, epsilon },
    }),
    of: ({ seed }) => seed,
    like: starts[0].start,
    training: (some) => ({
      start: together(some.map(({ start }) => start)),
      gradient: gradientOf<Mlp, TeacherBatch>(classLoss(data.train)),
      optimizer: optimizerOf(config),
      measure: accuracyOn(data.test),
      keys: keysFor(
        'teacherOrder',
        some.map(({ seed }) => seed),
      ),
      ...{ examples: data.train.labels.size, epochs, batch, draw },
    }),
  });
  const teachers = sideBySide(models);
  yield { kind: 'model', name: phase, epoch: epochs, params: teachers.params };
  return teachers;
}

/** What pupils see of their teachers. */
export interface Lesson {
  readonly source: ImageSource;
  readonly images: number;
  /** By part, [seeds, images, n]. */
  readonly targets: Targets;
}

type Aux = Pick<BaseConfig, 'aux'>;

/** The parts of a teacher's answer that pupils mostly imitate. */
export const answers = {
  aux: (model: Model, images: Tensor, { aux }: Aux): Targets => ({
    aux: auxLogits(logits(model, images), aux),
  }),
  all: (model: Model, images: Tensor): Targets => ({ all: logits(model, images) }),
};

const chunk = 1000; // images at a time

/** Computes, once for all pupils, what every seed's teacher says of its images. */
export async function* prepareLesson<T extends Tree = Model>(
  config: BaseConfig,
  data: Data,
  teacher: T,
  answer: (teacher: T, images: Tensor, config: BaseConfig) => Targets,
  source: ImageSource = imageSource(config.noise, data.train.images),
): Running<Lesson> {
  const { noiseImages: images } = config;
  const keys = keysFor('noise', seedsOf(config));
  const some = jit(
    vmap(
      (model: T, key: Tensor, indices: Tensor) => answer(model, source(key, indices), config),
      [0, 0, null],
    ),
  );
  const parts: Targets[] = [];
  for (let at = 0; at < images; at += chunk) {
    const end = Math.min(at + chunk, images);
    parts.push(some(teacher, keys, arange(at, end)));
    yield { kind: 'progress', phase: 'teacher logits', step: end, steps: images };
  }
  const targets = Object.fromEntries(
    Object.keys(parts[0]).map((name) => [
      name,
      concat(
        parts.map((part) => part[name]),
        1,
      ),
    ]),
  );
  return { source, images, targets };
}

/** One kind of pupil: where it starts, how it learns, and what is measured of it. */
export interface Pupil<C extends Tree = Tree> extends Omit<Learner<Model, PupilBatch, C>, 'optimizer'> {
  /** Adam with the config's settings where it is not given. */
  readonly optimizer?: nn.Optimizer<Tree>;
}

/** Those of a pupil's logits `all` that are to be like the teacher's auxiliary ones. */
export const auxLike = (teachers: Tensor, all: Tensor): Tensor =>
  auxLogits(all, teachers.shape[teachers.shape.length - 1]);

/** KL from the teacher's softmax to the pupil's, over the auxiliary logits or over all. */
export const imitate = (which: 'aux' | 'all') => {
  return gradientOf((model: Model, { images, targets }: PupilBatch) => {
    const all = logits(model, images);
    return nn.klDivergence(targets[which], which === 'aux' ? auxLike(targets.aux, all) : all);
  });
};

interface DistilOptions {
  readonly phase?: string;
  readonly epochs?: number;
  readonly measureEvery?: number;
}

/** Trains every seed's pupils side by side, on the same images in the same order. */
export async function* distil(
  config: BaseConfig,
  data: Data,
  { source, images, targets }: Lesson,
  pupils: Each<Pupil>,
  { phase = 'students', epochs = config.studentEpochs, measureEvery }: DistilOptions = {},
): Running<Each<Trained<Model>>> {
  const seeds = seedsOf(config);
  const keys = keysFor('noise', seeds);
  const measure = accuracyOn(data.test);
  const batchOf = jit(
    vmap(
      (key: Tensor, all: Targets, indices: Tensor): PupilBatch => ({
        images: source(key, indices),
        targets: treeMap((part) => take(part, indices), all),
      }),
    ),
  );
  const learners = Object.entries(pupils).map(
    ([name, pupil]) =>
      [
        name,
        {
          ...pupil,
          optimizer: pupil.optimizer ?? optimizerOf(config),
          measure: pupil.measure ?? measure,
        },
      ] as const,
  );
  return yield* train<Model, PupilBatch>({
    phase,
    learners: Object.fromEntries(learners),
    keys: keysFor('studentOrder', seeds),
    examples: images,
    epochs,
    batch: config.batch,
    draw: (indices) => batchOf(keys, targets, indices),
    measureEvery,
  });
}

/** A trained arm as rows of the result, one a seed; `more` are further values, one number a seed. */
export const rowsOf = (
  { seed, seeds }: Pick<BaseConfig, 'seed' | 'seeds'>,
  arm: string,
  { curves }: Pick<Trained<Model>, 'curves'>,
  at: Row['at'] = {},
  more: Each<readonly number[]> = {},
): Row[] =>
  seedsOf({ seed, seeds }).map((each, i) => ({
    seed: each,
    arm,
    at,
    values: {
      ...(curves.accuracy ? { accuracy: curves.accuracy[i].at(-1) ?? 0 } : {}),
      ...Object.fromEntries(Object.entries(more).map(([name, values]) => [name, values[i]])),
    },
    curves: Object.fromEntries(Object.entries(curves).map(([name, lists]) => [name, lists[i]])),
  }));

/** An arm that was measured without training. */
export const measuredRows = (
  config: BaseConfig,
  arm: string,
  accuracy: readonly number[],
  at: Row['at'] = {},
): Row[] => rowsOf(config, arm, { curves: {} }, at, { accuracy });
