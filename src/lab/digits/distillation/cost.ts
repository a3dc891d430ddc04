// What training costs, counted from the steps that are run and from shapes: operations and memory.

import { nn, random, type Tensor, type Tree, zeros } from '../../../index.ts';
import type { Memory } from '../../core/experiments/experiment.ts';
import { once, stepFlops } from '../../core/training/flops.ts';
import { gradientOf, type Stepping } from '../../core/training/learner.ts';
import { pixels } from '../data/images.ts';
import { classesOf } from '../data/sets.ts';
import type { BaseConfig } from '../experiments/settings.ts';
import { layerSizes, type Model } from './model.ts';
import { classLoss, imitate, type PupilBatch, type TeacherBatch } from './teach.ts';

type Architecture = Pick<BaseConfig, 'data' | 'hidden' | 'aux' | 'batch'>;

type Cost = Architecture &
  Pick<BaseConfig, 'seeds' | 'trainDigits' | 'teacherEpochs' | 'noiseImages' | 'studentEpochs'>;

/** Adam, whose settings cost nothing. */
export const adam: nn.Optimizer<Tree> = nn.adam({ learningRate: 1e-3 });

/** What a kind of pupil takes its steps with, and on. */
export interface Kind {
  readonly name: string;
  readonly learner: Stepping<Model, PupilBatch>;
  /** A perceptron where it is left out. */
  readonly init?: (key: Tensor, config: Architecture) => Model;
  /** What its steps are given beside the batch, of where it starts. */
  readonly context?: (start: Model) => Tree;
}

const imitator: Kind = { name: 'imitator', learner: { gradient: imitate('aux'), optimizer: adam } };

/** A perceptron. */
export const mlp = (key: Tensor, config: Architecture): Model => nn.initMlp(key, layerSizes(config));

/** Images that show nothing. */
export const images = (n: number): Tensor => zeros([n, pixels]);

/** FLOPs of a pupil's step. */
const pupilStep = ({ learner, init = mlp, context }: Kind, config: Architecture): number =>
  stepFlops(learner, () => {
    const { batch, aux } = config;
    const params = init(random.key(0), config);
    return {
      params,
      batch: { images: images(batch), targets: { aux: zeros([batch, aux]) } },
      context: context?.(params),
    };
  });

/** FLOPs of a teacher's step. */
const teacherStep = (config: Architecture): number =>
  stepFlops(
    { gradient: gradientOf<Model, TeacherBatch>(classLoss({ classes: classesOf(config) })), optimizer: adam },
    () => ({
      params: mlp(random.key(0), config),
      batch: { images: images(config.batch), labels: zeros([config.batch], 'i32') },
    }),
  );

/** FLOPs of going once through `examples`, in steps of the learner called `name` that cost what `count` says. */
function epochFlops(
  name: string,
  { data, hidden, aux, ...config }: Architecture,
  examples: number,
  count: (config: Architecture) => number,
): number {
  const of = { data, hidden, aux, batch: Math.min(config.batch, examples) };
  return (examples / of.batch) * once(['digits', name, of], () => count(of));
}

/** FLOPs of the teachers of a config. */
export const teacherFlops = (config: Cost): number =>
  config.seeds * config.teacherEpochs * epochFlops('teacher', config, config.trainDigits, teacherStep);

/** FLOPs of `pupils` pupils a seed, of one kind: those that imitate auxiliary logits, if it is left out. */
export const pupilFlops = (config: Cost, pupils: number, kind: Kind = imitator): number =>
  pupils *
  config.seeds *
  config.studentEpochs *
  epochFlops(kind.name, config, config.noiseImages, (of) => pupilStep(kind, of));

const f32 = 4;
/** Copies of a model's weights. A step has, beside the weights, their gradient and Adam's two means. */
const copies = { step: 4, checkpoint: 3, teacher: 3 };

/** What teachers and then `pupils` kinds of pupils of them hold, each kind trained beside the others. */
export function memoryOf(config: BaseConfig, pupils: number): Memory {
  const { seeds, trainDigits, testDigits, noiseImages, aux } = config;
  const sizes = layerSizes(config);
  const learners = Math.max(1, pupils);
  const images = pupils > 0 ? noiseImages : 0;
  const batch = Math.min(config.batch, Math.max(trainDigits, images));
  const layers = sizes.slice(1).map((outputs, i) => sizes[i] * outputs);
  const weights = f32 * seeds * layers.reduce((sum, layer) => sum + layer, 0);
  const units = sizes.slice(1).reduce((sum, size) => sum + size, 0);
  const step =
    learners * (copies.step * weights + f32 * seeds * batch * units) + f32 * seeds * batch * pixels;
  const answers = f32 * seeds * images * aux;
  const digits = f32 * pixels * (trainDigits + testDigits);
  return {
    bytes: step + (copies.teacher + copies.checkpoint * learners) * weights + answers + digits,
    step,
    largest: seeds * Math.max(...layers, batch * Math.max(...sizes), images * aux),
  };
}
