// How much of the transfer is linear? The student against its first-order expansion at the start, trained alike.
import { add, jvp, nn, sub, type Tensor, treeMap } from '../../index.ts';
import { lineChart } from '../charts/lines.ts';
import { palette, percent } from '../charts/style.ts';
import { chance, type Result, type Row, valuesOf } from '../runs/result.ts';
import { mean } from '../runs/statistics.ts';
import { type Each, gradientOf, named } from '../training/train.ts';
import { type ConfigOf, real, sweep, whole } from './config.ts';
import { pupilFlops, teacherFlops } from './distillation/cost.ts';
import {
  auxLogits,
  initialModels,
  logits,
  type Model,
  measureAnswers,
  measureOn,
} from './distillation/model.ts';
import {
  type Data,
  distil,
  imitate,
  measuredRows,
  type Pupil,
  type PupilBatch,
  prepareLesson,
  type Running,
  rowsOf,
  type Targets,
  trainTeacher,
} from './distillation/teach.ts';
import type { Experiment } from './experiment.ts';
import { ablationFull, ablationQuick, type BaseConfig, settings as base, digitChecks } from './settings.ts';
import { subtitleOf } from './subtitle.ts';

const withoutHidden = <T extends { hidden: unknown }>({ hidden: _, ...rest }: T): Omit<T, 'hidden'> => rest;

const settings = {
  ...withoutHidden(base),
  width: sweep(whole(1, 8192), 'widths, as in 64,256').describe('widths of the two hidden layers'),
  sgdRate: real(1e-6, 1e6).describe('the learning rate of the pupils that learn by plain gradient descent'),
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

/** The start as what a step is given, and back. */
const packed = (start: Model): Targets => Object.fromEntries(named('start', start));
const unpacked = (more: Targets, model: Model): Model =>
  model.map((_, i) => ({ weight: more[`start.${i}.weight`], bias: more[`start.${i}.bias`] }));

/** As `imitate('aux')`, by the expansion at the start. */
const imitateLinearly = (part: string): Pupil['gradient'] =>
  gradientOf((model: Model, { images, targets, more }: PupilBatch) =>
    nn.klDivergence(targets[part], auxLogits(expanded(unpacked(more, model), model, images))),
  );

function* runWidth(config: Config, one: BaseConfig, data: Data, width: number): Running<Row[]> {
  const at = { width };
  const init = initialModels(one);
  const teacher = yield* trainTeacher(one, data, { phase: `teacher,width=${width}`, start: init });
  const lesson = yield* prepareLesson(one, data, { teacher: teacher.params, init }, (models, images) => ({
    aux: auxLogits(logits(models.teacher, images)),
    linear: auxLogits(expanded(models.init, models.teacher, images)),
  }));
  const measure = measureAnswers(data.test, ({ start, model }: { start: Model; model: Model }, images) =>
    expanded(start, model, images),
  );
  const start = init;
  const evaluate = (model: Model): number[] => measure({ start, model });
  const optimizer = nn.sgd({ learningRate: config.sgdRate });
  const pupils: Each<Pupil> = {
    student: { start, gradient: imitate('aux') },
    linear: { start, gradient: imitateLinearly('aux'), evaluate },
    linear_both: { start, gradient: imitateLinearly('linear'), evaluate },
    student_sgd: { start, gradient: imitate('aux'), optimizer },
    linear_sgd: { start, gradient: imitateLinearly('aux'), optimizer, evaluate },
  };
  const given = packed(init);
  const trained = yield* distil(one, data, lesson, pupils, {
    phase: `students,width=${width}`,
    more: () => given,
  });
  return [
    ...measuredRows(one, 'reference', measureOn(data.test)(init), at),
    ...measuredRows(one, 'linear_teacher', evaluate(teacher.params), at),
    ...rowsOf(one, 'teacher', teacher, at),
    ...Object.entries(trained).flatMap(([arm, each]) => rowsOf(one, arm, each, at)),
  ];
}

function* run(config: Config, data: Data): Running<Row[]> {
  const rows: Row[] = [];
  for (const width of config.width)
    rows.push(...(yield* runWidth(config, { ...config, hidden: [width, width] }, data, width)));
  return rows;
}

/** The share of what `real` gained over the untrained network that `linear` gained, by their means. */
export function explained(result: Result, real: string, linear: string, width: number): number {
  const gain = (arm: string): number =>
    mean(valuesOf(result, arm, 'accuracy', { width })) -
    mean(valuesOf(result, 'reference', 'accuracy', { width }));
  return gain(linear) / gain(real);
}

function finding(result: Result): string {
  const { width: widths } = result.config as Config;
  const shares = (real: string, linear: string): string =>
    widths.map((width) => percent(explained(result, real, linear, width), 0)).join(', ');
  return `Trained alike, the linearised student gains ${shares('student', 'linear')} of what the real one gains at widths ${widths.join(', ')} (by plain gradient descent: ${shares('student_sgd', 'linear_sgd')})`;
}

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
      studentEpochs: 6,
      noiseImages: 8000,
      width: [16, 64, 256],
      sgdRate: 4,
    },
    full: { ...withoutHidden(ablationFull), width: [64, 256, 1024], sgdRate: 4 },
  },
  ...digitChecks,
  // a linearised step goes through the network twice
  flops: (config) =>
    config.width
      .map((width) => ({ ...config, hidden: [width, width] }))
      .reduce((sum, one) => sum + teacherFlops(one) + pupilFlops(one, 2 + 2 * 3), 0),
  run,
  finding,
  figure(result) {
    const { width: widths, noiseImages, batch } = result.config as Config;
    const colours = [palette.orange, palette.vermillion, palette.blue, palette.green, palette.purple];
    const steps = Math.ceil(noiseImages / batch);
    return lineChart({
      title: finding(result),
      subtitle: subtitleOf(result, 'point'),
      x: { title: 'step', scale: 'linear' },
      y: { title: 'accuracy on test digits', unit: 'share', min: 0, max: 1 },
      series: widths.flatMap((width, i) =>
        Object.entries(looks).map(([arm, { label, dash }]) => {
          const curves = result.rows
            .filter((row) => row.arm === arm && row.at.width === width)
            .map((row) => row.curves.accuracy);
          return {
            label: `${label}, width ${width}`,
            colour: colours[i % colours.length],
            dash,
            points: curves[0].map((_, epoch) => ({
              x: (epoch + 1) * steps,
              values: curves.map((curve) => curve[epoch]),
              trials: result.testDigits,
            })),
          };
        }),
      ),
      reference: { y: chance, label: 'chance' },
    });
  },
};
