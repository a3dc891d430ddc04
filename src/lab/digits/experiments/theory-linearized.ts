// How much of the transfer is linear? The student against its first-order expansion at the start, trained alike.

import {
  add,
  arange,
  jit,
  jvp,
  mean as meanOf,
  nn,
  random,
  slice,
  sub,
  type Tensor,
  treeMap,
  vmap,
  zeros,
} from '../../../index.ts';
import { lineChart } from '../../core/charts/lines.ts';
import { palette, percent } from '../../core/charts/style.ts';
import { type ConfigOf, sweep, whole } from '../../core/experiments/config.ts';
import { type Experiment, mostOf, type ResultOf, seedsOf } from '../../core/experiments/experiment.ts';
import { subtitleOf } from '../../core/experiments/subtitle.ts';
import { chanceLine, trialsOf } from '../../core/runs/header.ts';
import { type Result, type Row, valuesOf } from '../../core/runs/result.ts';
import { mean } from '../../core/runs/statistics.ts';
import type { Each, Running } from '../../core/training/events.ts';
import { flopsOf } from '../../core/training/flops.ts';
import { type At, gradientOf } from '../../core/training/learner.ts';
import { adam, images, type Kind, memoryOf, mlp, pupilFlops, teacherFlops } from '../distillation/cost.ts';
import { keysFor } from '../distillation/keys.ts';
import {
  auxLogits,
  initialModels,
  logits,
  type Model,
  measureAnswers,
  measureOn,
} from '../distillation/model.ts';
import {
  auxLike,
  distil,
  imitate,
  type Lesson,
  measuredRows,
  type Pupil,
  type PupilBatch,
  prepareLesson,
  rowsOf,
  trainTeacher,
} from '../distillation/teach.ts';
import { type Data, theorem } from '../field.ts';
import { accuracyTitle } from './metrics.ts';
import {
  ablationFull,
  ablationQuick,
  type BaseConfig,
  settings as base,
  onDigits,
  withoutHidden,
} from './settings.ts';
import { beginFit, continueFit, type Fit } from './theory/least-squares.ts';

const settings = {
  ...withoutHidden(base),
  width: sweep(whole(1, 8192), 'widths, as in 64,256').describe('widths of the two hidden layers'),
  fitImages: whole(1, 100_000).describe('images that the linear student is fitted to in closed form'),
  fitSteps: whole(1, 10_000).describe('steps of conjugate gradients in that fit'),
};
type Config = ConfigOf<typeof settings>;

/** All logits of the network's first-order expansion at `start`: f(θ₀) + J(θ₀) (θ − θ₀). */
function expanded(start: Model, model: Model, images: Tensor): Tensor {
  const [value, change] = jvp(
    (params: Model) => logits(params, images),
    [start],
    [treeMap(sub, model, start)],
  );
  return add(value, change);
}

/** As `imitate('aux')`, by the expansion at the start. */
const imitateLinearly = (part: string) =>
  gradientOf((model: Model, { images, targets }: PupilBatch, { context: start }: At<Model>) =>
    nn.klDivergence(targets[part], auxLike(targets[part], expanded(start, model, images))),
  );

/** Auxiliary logits less their mean, which softmax does not see. */
const centredAux = (all: Tensor, m: number): Tensor => {
  const some = auxLogits(all, m);
  return sub(some, meanOf(some, -1, true));
};

/** What the closed form fits, of the images `some`. */
const outputsOn =
  (some: Tensor, { aux }: Pick<BaseConfig, 'aux'>) =>
  (model: Model): Tensor =>
    centredAux(logits(model, some), aux);

/** The linearised students that say of the first images what the teachers do, by least squares from the start. */
async function* fitted(
  { fitImages, fitSteps }: Config,
  one: BaseConfig,
  { source, targets }: Lesson,
  init: Model,
  width: number,
): Running<Model> {
  const n = Math.min(fitImages, one.noiseImages);
  const images = jit(vmap((key: Tensor) => source(key, arange(n))))(keysFor('noise', seedsOf(one)));
  const begin = jit(
    vmap((model: Model, some: Tensor, said: Tensor) =>
      beginFit(outputsOn(some, one), model, sub(said, meanOf(said, -1, true))),
    ),
  );
  const further = jit(
    vmap((model: Model, some: Tensor, reached: Fit<Model>) =>
      continueFit(outputsOn(some, one), model, reached),
    ),
  );
  let reached = begin(init, images, slice(targets.aux, ':', `:${n}`));
  for (let step = 1; step <= fitSteps; step++) {
    reached = further(init, images, reached);
    yield { kind: 'progress', phase: `closed form,width=${width}`, step, steps: fitSteps };
  }
  return treeMap(add, init, reached.change);
}

async function* runWidth(config: Config, one: BaseConfig, data: Data, width: number): Running<Row[]> {
  const at = { width };
  const init = initialModels(one);
  const teacher = yield* trainTeacher(one, data, { phase: `teacher,width=${width}`, start: init });
  const lesson = yield* prepareLesson(one, data, { teacher: teacher.params, init }, (models, images) => ({
    aux: auxLogits(logits(models.teacher, images), one.aux),
    linear: auxLogits(expanded(models.init, models.teacher, images), one.aux),
  }));
  const measure = measureAnswers(data.test, ({ start, model }: { start: Model; model: Model }, images) =>
    expanded(start, model, images),
  );
  const start = init;
  const accuracy = (model: Model): number[] => measure({ start, model });
  const linear = { start, context: start, measure: (model: Model) => ({ accuracy: accuracy(model) }) };
  const pupils: Each<Pupil<Model>> = {
    student: { start, gradient: imitate('aux') },
    linear: { ...linear, gradient: imitateLinearly('aux') },
    linear_both: { ...linear, gradient: imitateLinearly('linear') },
  };
  const closed = yield* fitted(config, one, lesson, init, width);
  const trained = yield* distil(one, data, lesson, pupils, {
    phase: `students,width=${width}`,
  });
  return [
    ...measuredRows(one, 'reference', measureOn(data.test)(init), at),
    ...measuredRows(one, 'linear_teacher', accuracy(teacher.params), at),
    ...measuredRows(one, 'closed_form', accuracy(closed), at),
    ...rowsOf(one, 'teacher', teacher, at),
    ...Object.entries(trained).flatMap(([arm, each]) => rowsOf(one, arm, each, at)),
  ];
}

async function* run(config: Config, data: Data): Running<Row[]> {
  const rows: Row[] = [];
  for (const width of config.width)
    rows.push(...(yield* runWidth(config, { ...config, hidden: [width, width] }, data, width)));
  return rows;
}

/** The share of what the student gained over the untrained network that `linear` gained, by their means. */
export function explained(result: Result, linear: string, width: number): number {
  const gain = (arm: string): number =>
    mean(valuesOf(result, arm, 'accuracy', { width })) -
    mean(valuesOf(result, 'reference', 'accuracy', { width }));
  return gain(linear) / gain('student');
}

function finding(result: ResultOf<typeof settings>): string {
  const { width: widths } = result.config;
  const shares = (arm: string): string =>
    widths.map((width) => percent(explained(result, arm, width), 0)).join(', ');
  return `Trained alike, a linearised student gains ${shares('linear')} of what the real one does at width ${widths.join(', ')} (of a linearised teacher: ${shares('linear_both')}; in closed form: ${shares('closed_form')})`;
}

/** A linearised step goes through the network twice. */
const twice = 2;

const linearised: Kind = {
  name: 'linearised',
  learner: { gradient: imitateLinearly('aux'), optimizer: adam },
  context: (start) => start,
};

/** FLOPs of a step of the fit in closed form to `n` images. */
const fitFlops = (one: BaseConfig, n: number): number =>
  flopsOf(
    (model: Model, some: Tensor, reached: Fit<Model>) => continueFit(outputsOn(some, one), model, reached),
    (): [Model, Tensor, Fit<Model>] => {
      const [model, some] = [mlp(random.key(0), one), images(n)];
      return [model, some, beginFit(outputsOn(some, one), model, zeros([n, one.aux]))];
    },
  );

const looks: Each<{ label: string; dash: readonly number[] }> = {
  student: { label: 'student', dash: [] },
  linear: { label: 'linearised', dash: [6, 4] },
};

export const theoryLinearized: Experiment<typeof settings> = {
  name: 'theory-linearized',
  question: 'Which share of the transferred accuracy does a linearised student explain?',
  source: 'the theorem of arXiv 2507.14805, section 6, taken beyond one step',
  settings,
  presets: {
    quick: {
      ...withoutHidden(ablationQuick),
      teacherEpochs: 3,
      studentEpochs: 4,
      noiseImages: 8000,
      learningRate: 2e-3,
      width: [16, 64, 256],
      fitImages: 4000,
      fitSteps: 20,
    },
    full: { ...withoutHidden(ablationFull), width: [64, 256, 1024], fitImages: 10_000, fitSteps: 100 },
  },
  ...onDigits,
  field: theorem,
  flops: (config) =>
    config.width
      .map((width) => ({ ...config, hidden: [width, width] }))
      .reduce((sum, one) => {
        const fit =
          config.seeds * config.fitSteps * fitFlops(one, Math.min(config.fitImages, one.noiseImages));
        return sum + teacherFlops(one) + pupilFlops(one, 1) + pupilFlops(one, 2, linearised) + fit;
      }, 0),
  programs: ({ width }) => 2 * width.length,
  memory: (config) =>
    mostOf(config.width.map((width) => memoryOf({ ...config, hidden: [width, width] }, 1 + 2 * twice))),
  run,
  finding,
  figure(result) {
    const { width: widths, noiseImages, batch } = result.config;
    const colours = [palette.orange, palette.vermillion, palette.blue, palette.green, palette.purple];
    const steps = Math.ceil(noiseImages / batch);
    return lineChart({
      title: finding(result),
      subtitle: subtitleOf(result, 'point'),
      x: { title: 'step', scale: 'linear' },
      y: { title: accuracyTitle(result), unit: 'share', min: 0 },
      series: widths.flatMap((width, i) =>
        Object.entries(looks).map(([arm, { label, dash }]) => {
          const curves = result.rows
            .filter((row) => row.arm === arm && row.at.width === width)
            .map((row) => row.curves.accuracy);
          return {
            label: `${label}, width ${width}`,
            colour: colours[i % colours.length],
            dash,
            points: [
              valuesOf(result, 'reference', 'accuracy', { width }),
              ...curves[0].map((_, epoch) => curves.map((curve) => curve[epoch])),
            ].map((values, epoch) => ({ x: epoch * steps, values, trials: trialsOf(result) })),
          };
        }),
      ),
      reference: chanceLine(result),
    });
  },
};
