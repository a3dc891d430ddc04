// The MNIST experiment of subliminal learning (arXiv 2507.14805, section 6): a teacher learns digits on its
// class logits; students learn to give the teacher's logits on images that are no digits.
import { arange, concat, jit, nn, type Tensor, take, vmap } from '../../../index.ts';
import type { Digits } from '../../data/mnist.ts';
import type { ArmName } from '../../runs/result.ts';
import { type TrainingEvent, train } from '../../training/train.ts';
import type { MnistConfig } from './config.ts';
import { auxLogits, classLogits, initModels, keysFor, logits, type Model, measureOn } from './model.ts';
import { imageSource } from './noise.ts';

/** Training and test digits, pixels in [−1, 1]. */
export interface Data {
  readonly train: Digits;
  readonly test: Digits;
}

/** A batch of the teacher's: digits and what they are. */
export type TeacherBatch = { readonly images: Tensor; readonly labels: Tensor };

/** A batch of a student's: images, and the teacher's logits there that it is to imitate. */
export type StudentBatch = { readonly images: Tensor; readonly targets: Tensor };

/** An arm was measured without training. */
export interface MeasuredEvent {
  readonly kind: 'measured';
  readonly arm: ArmName;
  readonly accuracy: readonly number[];
}

/** Some of the teachers' logits on the students' images were computed. */
export interface OutputsEvent {
  readonly kind: 'outputs';
  readonly images: number;
  readonly of: number;
}

export type TeacherEvent = TrainingEvent<Model, TeacherBatch>;
export type StudentEvent = TrainingEvent<Model, StudentBatch>;
export type MnistEvent = TeacherEvent | OutputsEvent | StudentEvent | MeasuredEvent;

/** Which logits a student imitates, and where it starts. */
export interface Student {
  readonly logits: 'aux' | 'all';
  readonly init: 'same' | 'other';
}

export const students = {
  student_aux: { logits: 'aux', init: 'same' },
  student_all: { logits: 'all', init: 'same' },
  cross_aux: { logits: 'aux', init: 'other' },
  cross_all: { logits: 'all', init: 'other' },
} as const satisfies Partial<Record<ArmName, Student>>;

/** A teacher a seed, and where it started. */
export interface Models {
  readonly init: Model;
  readonly teacher: Model;
}

export type StudentArm = keyof typeof students;

/** The arm that a kind of student is. */
export const armOf = ({ logits: which, init }: Student): StudentArm =>
  `${init === 'same' ? 'student' : 'cross'}_${which}`;

/** The seeds that a config asks for. */
export const seedsOf = ({ seed, seeds }: MnistConfig): number[] =>
  Array.from({ length: seeds }, (_, i) => seed + i);

const optimizerOf = ({ learningRate, beta1, beta2, epsilon }: MnistConfig) =>
  nn.adam({ learningRate, beta1, beta2, epsilon });

export const initialModels = (config: MnistConfig): Model =>
  initModels(config, keysFor('init', seedsOf(config)));

/** Trains each seed's teacher from `start` on the class logits alone. */
export function* trainTeacher(config: MnistConfig, data: Data, start: Model): Generator<TeacherEvent, Model> {
  const draw = jit(
    vmap(
      (indices: Tensor): TeacherBatch => ({
        images: take(data.train.images, indices),
        labels: take(data.train.labels, indices),
      }),
    ),
  );
  return yield* train<Model, TeacherBatch>({
    phase: 'teacher',
    start,
    keys: keysFor('teacherOrder', seedsOf(config)),
    examples: data.train.labels.size,
    epochs: config.teacherEpochs,
    batch: config.batch,
    optimizer: optimizerOf(config),
    loss: (model, { images, labels }) => nn.crossEntropy(classLogits(logits(model, images)), labels),
    draw,
    evaluate: measureOn(data.test),
  });
}

const chunk = 1000; // images at a time

/** What students of all arms share. */
export interface Lesson {
  /** Where the teachers started. */
  readonly init: Model;
  /** The teachers' logits on the images, f32 [seeds, noiseImages, 10 + m]. */
  readonly outputs: Tensor;
}

/** Computes what every teacher says of its students' images, once for all arms. */
export function* prepareLesson(
  config: MnistConfig,
  data: Data,
  { init, teacher }: Models,
): Generator<OutputsEvent, Lesson> {
  const { noiseImages: images } = config;
  const keys = keysFor('noise', seedsOf(config));
  const source = imageSource(config.noise, data.train.images);
  const outputs = jit(
    vmap((model: Model, key: Tensor, indices: Tensor) => logits(model, source(key, indices)), [0, 0, null]),
  );
  const parts: Tensor[] = [];
  for (let at = 0; at < images; at += chunk) {
    const end = Math.min(at + chunk, images);
    parts.push(outputs(teacher, keys, arange(at, end)));
    yield { kind: 'outputs', images: end, of: images };
  }
  return { init, outputs: concat(parts, 1) };
}

/** Trains each seed's student of one kind to give its teacher's logits on the images of the config. */
export function* distil(
  config: MnistConfig,
  data: Data,
  { init, outputs }: Lesson,
  student: Student,
): Generator<StudentEvent, Model> {
  const seeds = seedsOf(config);
  const chosen = student.logits === 'aux' ? auxLogits : (all: Tensor) => all;
  const source = imageSource(config.noise, data.train.images);
  const noiseKeys = keysFor('noise', seeds);
  const targets = chosen(outputs);
  const batchOf = jit(
    vmap(
      (key: Tensor, all: Tensor, indices: Tensor): StudentBatch => ({
        images: source(key, indices),
        targets: take(all, indices),
      }),
    ),
  );
  return yield* train<Model, StudentBatch>({
    phase: armOf(student),
    start: student.init === 'same' ? init : initModels(config, keysFor('otherInit', seeds)),
    keys: keysFor('studentOrder', seeds),
    examples: config.noiseImages,
    epochs: config.studentEpochs,
    batch: config.batch,
    optimizer: optimizerOf(config),
    loss: (model, batch) => nn.klDivergence(batch.targets, chosen(logits(model, batch.images))),
    draw: (indices) => batchOf(noiseKeys, targets, indices),
    evaluate: measureOn(data.test),
  });
}

/** Accuracy of each arm that ran, one number a seed. */
export type Arms = Partial<Record<ArmName, { accuracy: number[] }>>;

/** Measures an arm as it is. */
export function* measure(arm: ArmName, data: Data, models: Model): Generator<MeasuredEvent, number[]> {
  const accuracy = measureOn(data.test)(models);
  yield { kind: 'measured', arm, accuracy };
  return accuracy;
}

/** One arm: a student trained and measured. */
function* runStudent(
  config: MnistConfig,
  data: Data,
  lesson: Lesson,
  student: Student,
): Generator<MnistEvent, Arms> {
  const arm = armOf(student);
  const model = yield* distil(config, data, lesson, student);
  return { [arm]: { accuracy: yield* measure(arm, data, model) } };
}

/** A student of a teacher that is already there, and the teacher and its start beside it. */
export function* distilFrom(
  config: MnistConfig,
  data: Data,
  models: Models,
  student: Student,
): Generator<MnistEvent, Arms> {
  const reference = { accuracy: yield* measure('reference', data, models.init) };
  const teacher = { accuracy: yield* measure('teacher', data, models.teacher) };
  const lesson = yield* prepareLesson(config, data, models);
  return { reference, teacher, ...(yield* runStudent(config, data, lesson, student)) };
}

/** The whole experiment: the arms of the config, in the paper's order. */
export function* runMnist(config: MnistConfig, data: Data): Generator<MnistEvent, Arms> {
  const wanted = (arm: ArmName): boolean => config.arms.includes(arm);
  const init = initialModels(config);
  const arms: Arms = {};
  if (wanted('reference')) arms.reference = { accuracy: yield* measure('reference', data, init) };
  const taught = (Object.keys(students) as StudentArm[]).filter(wanted);
  if (taught.length === 0 && !wanted('teacher')) return arms;
  const teacher = yield* trainTeacher(config, data, init);
  if (wanted('teacher')) arms.teacher = { accuracy: yield* measure('teacher', data, teacher) };
  if (taught.length === 0) return arms;
  const lesson = yield* prepareLesson(config, data, { init, teacher });
  for (const arm of taught) Object.assign(arms, yield* runStudent(config, data, lesson, students[arm]));
  return arms;
}
