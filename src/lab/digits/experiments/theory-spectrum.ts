// How many directions does a lesson have? The spectrum of the theorem's G, and what of the teacher's step lies in its range.
import { z } from 'zod';
import { jit, random, slice, type Tensor, vmap } from '../../../index.ts';
import { lineChart, type Series } from '../../core/charts/lines.ts';
import { decimal, palette, percent } from '../../core/charts/style.ts';
import { type ConfigOf, sweep, whole } from '../../core/experiments/config.ts';
import { type Experiment, type ResultOf, seedsOf } from '../../core/experiments/experiment.ts';
import { type Result, type Row, rowSchema, valuesOf } from '../../core/runs/result.ts';
import { mean } from '../../core/runs/statistics.ts';
import { items } from '../../core/stages/items.ts';
import type { Running } from '../../core/training/events.ts';
import { classesOf, setOf } from '../data/sets.ts';
import type { Data } from '../field.ts';
import { plain } from './metrics.ts';
import { plainInputs, smallDigits, someDigits } from './theory/cases.ts';
import { networkFor } from './theory/networks.ts';
import { checks, ranOf, smallQuick, smallSettings } from './theory/settings.ts';
import { ingredients, large, spectrumOf } from './theory/spectrum.ts';
import { caseOf, type Imitated, teacherStep } from './theory/theorem.ts';

const settings = {
  ...smallSettings,
  width: whole(1, 256).describe('width of the hidden layers'),
  aux: sweep(whole(1, 50), 'numbers of logits, as in 1,3,10').describe(
    'numbers of auxiliary logits, one after the other',
  ),
  allWith: whole(1, 50).describe('auxiliary logits beside the class logits where all are imitated'),
};
type Config = ConfigOf<typeof settings>;

const inputs = ['uniform', 'digits'] as const;
type Look = (typeof inputs)[number];

interface Lesson {
  readonly imitated: Imitated;
  readonly aux: number;
}

/** The lessons of a config: each number of auxiliary logits alone, and all logits once. */
const lessonsOf = ({ aux, allWith }: Pick<Config, 'aux' | 'allWith'>): Lesson[] => [
  ...aux.map((m): Lesson => ({ imitated: 'aux', aux: m })),
  { imitated: 'all', aux: allWith },
];

const outputsOf = ({ imitated, aux }: Lesson, classes: number): number =>
  imitated === 'aux' ? aux : classes + aux;

/** So many digits of an eigenvalue are kept. */
const precision = 6;

async function* run(config: Config, data: Data): Running<Row[]> {
  const { images: n, digits: most, width } = config;
  const network = networkFor(config.network, classesOf(config));
  const digits = smallDigits(data.train);
  const seeds = seedsOf(config);
  const keys = random.keys(seeds);
  const cases = lessonsOf(config).flatMap((lesson) => inputs.map((input) => ({ lesson, input })));
  const rows = yield* items({
    phase: 'spectra',
    items: cases.length,
    schema: z.array(rowSchema),
    make(done): Row[] {
      const { lesson, input } = cases[done];
      const of = caseOf(network, lesson.imitated, config.loss);
      const prepare = jit(
        vmap((key: Tensor) => {
          const own = random.split(key, 3);
          const params = network.init(slice(own, 0), { width, aux: lesson.aux });
          const step = teacherStep(network, params, someDigits(digits, slice(own, 1), most));
          const images = plainInputs[input](slice(own, 2), n, digits);
          return ingredients(of, config.loss, params, step, images);
        }),
      );
      const { gram, seen, length, reachable } = prepare(keys);
      const size = seen.shape[1];
      return seeds.map((seed, i) => {
        const { eigenvalues, values } = spectrumOf(
          gram.data.subarray(i * size ** 2, (i + 1) * size ** 2),
          seen.data.subarray(i * size, (i + 1) * size),
          length.data[i],
          reachable.data[i],
        );
        return {
          seed,
          arm: lesson.imitated,
          at: { aux: lesson.aux, inputs: input },
          values,
          curves: { eigenvalues: eigenvalues.map((value) => Number(value.toPrecision(precision))) },
        };
      });
    },
  });
  return rows.flat();
}

const parametersOf = (config: Config, aux: number): number => {
  const { width } = config;
  return 49 * width + width ** 2 + width * (classesOf(config) + aux);
};

const values = (result: Result, lesson: Lesson, input: Look, name: string): number[] =>
  valuesOf(result, lesson.imitated, name, { aux: lesson.aux, inputs: input });

function finding(result: ResultOf<typeof settings>): string {
  const { aux } = result.config;
  const several = aux.filter((m) => m > 1); // softmax of one logit is always 1
  const [least, greatest] = [Math.min(...(several.length ? several : aux)), Math.max(...aux)];
  const at = (m: number, input: Look, name: string): number =>
    mean(values(result, { imitated: 'aux', aux: m }, input, name));
  const shares = (input: Look): string =>
    `${percent(at(least, input, 'inRange'), 0)} to ${percent(at(greatest, input, 'inRange'), 0)}`;
  const directions = (input: Look): string =>
    `${decimal(at(least, input, 'participation'), 0)} to ${decimal(at(greatest, input, 'participation'), 0)}`;
  return `From ${least} to ${greatest} auxiliary logits G has ${directions('uniform')} effective directions on noise (${directions('digits')} on ${setOf(result.config).what}), and its range holds ${shares('uniform')} of the teacher's step (${shares('digits')})`;
}

/** log₁₀ of a lesson's eigenvalues by their place, as far as every seed has one. */
function spectrumSeries(result: Result, lesson: Lesson, input: Look): Omit<Series, 'label'> | undefined {
  const spectra = result.rows
    .filter(({ arm, at }) => arm === lesson.imitated && at.aux === lesson.aux && at.inputs === input)
    .map(({ curves }) => curves.eigenvalues);
  const length = Math.min(...spectra.map((spectrum) => spectrum.length));
  if (length === 0) return undefined;
  return {
    points: Array.from({ length }, (_, i) => ({
      x: i + 1,
      values: spectra.map((spectrum) => Math.log10(spectrum[i])),
    })),
  };
}

export const theorySpectrum: Experiment<typeof settings> = {
  name: 'theory-spectrum',
  question: 'How many directions does a lesson have, and how much of the teacher’s step do they hold?',
  source: 'the theorem of arXiv 2507.14805, section 6: the rank and spectrum of G',
  settings,
  presets: {
    quick: { ...smallQuick, seeds: 10, images: 32, width: 32, aux: [1, 2, 3, 5, 10], allWith: 3 },
    full: { ...smallQuick, images: 64, width: 64, aux: [1, 2, 3, 5, 10, 25], allWith: 3 },
  },
  ...checks,
  // the Gram matrices, and their reduction to tridiagonal form
  flops: (config) =>
    lessonsOf(config).reduce((sum, lesson) => {
      const size = config.images * outputsOf(lesson, classesOf(config));
      const each = 2 * size ** 2 * parametersOf(config, lesson.aux) + (8 / 3) * size ** 3;
      return sum + inputs.length * config.seeds * each;
    }, 0),
  programs: (config) => lessonsOf(config).length,
  metrics: () => ({
    rank: plain,
    large: plain,
    participation: plain,
    trace: plain,
    // ratios of sums, which rounding may take beyond 1
    inRange: plain,
    inLarge: plain,
    reachable: plain,
    rayleigh: plain,
    cosine: plain,
  }),
  run,
  finding,
  figure(result) {
    const config = result.config;
    const lessons = lessonsOf(config);
    const greatest = Math.max(...config.aux);
    const some = lessons.filter(
      ({ imitated, aux }) => imitated === 'all' || aux === greatest || aux === config.allWith,
    );
    const colours = [palette.vermillion, palette.blue, palette.green];
    return lineChart({
      title: finding(result),
      subtitle: [
        ranOf(result),
        'curve: mean; band: 95% interval (Student t, over seeds)',
        `percentages: share of ‖Δₜ‖² in G's range; large: eigenvalues above ${percent(large, 0)} of the greatest`,
      ],
      x: { title: "the eigenvalue's place, from the greatest", scale: 'log' },
      y: { title: 'eigenvalue of G', unit: 'power' },
      series: some.flatMap((lesson, i) =>
        inputs.flatMap((input, k) => {
          const drawn = spectrumSeries(result, lesson, input);
          if (!drawn) return [];
          const what =
            lesson.imitated === 'all'
              ? `all ${outputsOf(lesson, classesOf(result.config))} logits`
              : `${lesson.aux} aux logits`;
          const share = percent(mean(values(result, lesson, input, 'inRange')), 0);
          const count = decimal(mean(values(result, lesson, input, 'large')), 0);
          return {
            label: `${what}, ${input === 'digits' ? setOf(result.config).what : 'noise'}: ${share}, ${count} large`,
            colour: colours[i % colours.length],
            dash: k ? [6, 4] : [],
            ...drawn,
          };
        }),
      ),
    });
  },
};
