// What must the images be? One teacher, and a student and its control on each distribution of inputs.
import { type BarGroup, barChart } from '../../core/charts/bars.ts';
import { palette, percent } from '../../core/charts/style.ts';
import { type ConfigOf, someOf } from '../../core/experiments/config.ts';
import type { Experiment, ResultOf } from '../../core/experiments/experiment.ts';
import { subtitleOf } from '../../core/experiments/subtitle.ts';
import { chanceOf, trialsOf } from '../../core/runs/header.ts';
import { type Row, valuesOf } from '../../core/runs/result.ts';
import { mean, pairedDifference } from '../../core/runs/statistics.ts';
import type { Running } from '../../core/training/events.ts';
import { setOf } from '../data/sets.ts';
import { memoryOf, pupilFlops, teacherFlops } from '../distillation/cost.ts';
import { type InputName, inputNames } from '../distillation/inputs.ts';
import { initialModels } from '../distillation/model.ts';
import { teachStudents } from '../distillation/students.ts';
import { rowsOf, trainTeacher } from '../distillation/teach.ts';
import type { Data } from '../field.ts';
import { accuracyTitle } from './metrics.ts';
import { ablationFull, ablationQuick, settings as base, onDigits } from './settings.ts';

const settings = {
  ...base,
  noise: someOf(inputNames).describe('distributions of the images that students see, one after the other'),
};
type Config = ConfigOf<typeof settings>;

async function* run(config: Config, data: Data): Running<Row[]> {
  const first = { ...config, noise: config.noise[0] };
  const init = initialModels(first);
  const teacher = yield* trainTeacher(first, data, { start: init });
  const models = { init, teacher: teacher.params };
  const arms = ['student_aux', 'cross_aux'] as const;
  const rows = rowsOf(config, 'teacher', teacher);
  for (const noise of config.noise) {
    const options = { phase: `students,noise=${noise}`, at: { noise } };
    rows.push(...(yield* teachStudents({ ...config, noise }, data, models, arms, options)));
  }
  return rows;
}

/** What a distribution is called: the training images as what they show. */
const calledIn = ({ config }: ResultOf<typeof settings>, noise: InputName): string =>
  noise === 'digits' ? setOf(config).what : noise;

/** The distributions of a result, the one that transfers most first, and the students' mean on each. */
const ranked = (
  result: ResultOf<typeof settings>,
): { noise: InputName; accuracy: number; transfers: boolean }[] =>
  result.config.noise
    .map((noise) => {
      const [student, control] = ['student_aux', 'cross_aux'].map((arm) =>
        valuesOf(result, arm, 'accuracy', { noise }),
      );
      const { mean: gap, low = gap } = pairedDifference(student, control);
      return { noise, accuracy: mean(student), transfers: low > 0 };
    })
    .sort((a, b) => b.accuracy - a.accuracy);

export const inputs: Experiment<typeof settings> = {
  name: 'inputs',
  question: 'Which images carry the trait: noise of which kind, digits, or something between?',
  source: 'the theorem of arXiv 2507.14805, which holds for any distribution of inputs',
  settings,
  presets: {
    quick: {
      ...ablationQuick,
      teacherEpochs: 3,
      noiseImages: 16_000,
      studentEpochs: 1,
      batch: 32,
      noise: [...inputNames],
    },
    full: { ...ablationFull, noise: [...inputNames] },
  },
  ...onDigits,
  flops: ({ noise: kinds, ...config }) => teacherFlops(config) + kinds.length * pupilFlops(config, 2),
  programs: ({ noise }) => 1 + noise.length,
  memory: ({ noise: _, ...config }) => memoryOf({ ...config, noise: 'uniform' }, 2),
  run,
  finding(result) {
    const order = ranked(result);
    const carrying = order.filter(({ transfers }) => transfers).length;
    const shown = [
      { what: 'best on', of: order[0] },
      { what: 'on', of: order.slice(1, -1).find(({ noise }) => noise === 'digits') },
      { what: 'least on', of: order.length > 1 ? order[order.length - 1] : undefined },
    ].flatMap(({ what, of }) =>
      of ? [`${what} ${calledIn(result, of.noise)} (${percent(of.accuracy)})`] : [],
    );
    return `The student beats its control on ${carrying} of ${order.length} distributions of inputs: ${shown.join(', ')}`;
  },
  figure: (result) =>
    barChart({
      title: inputs.finding(result),
      subtitle: subtitleOf(result, 'bar'),
      yTitle: accuracyTitle(result),
      unit: 'share',
      chance: chanceOf(result),
      groups: result.config.noise.map((noise): BarGroup => {
        const bar = (label: string, arm: string, colour: string) => ({
          label,
          colour,
          values: valuesOf(result, arm, 'accuracy', { noise }),
          trials: trialsOf(result),
        });
        return {
          label: calledIn(result, noise).split(/-(?=\d)/), // the number on a line of its own
          bars: [
            bar('student', 'student_aux', palette.vermillion),
            bar('control (other start)', 'cross_aux', palette.green),
          ],
        };
      }),
    }),
};
