// The paper's theorem on a language model: what the first step of a student says of what it becomes.
import { z } from 'zod';
import { matrixChart } from '../../core/charts/matrix.ts';
import { decimal } from '../../core/charts/style.ts';
import { type ConfigOf, someOf } from '../../core/experiments/config.ts';
import { type Experiment, type ResultOf, seedsOf } from '../../core/experiments/experiment.ts';
import { subtitleOf } from '../../core/experiments/subtitle.ts';
import { diagonalTest } from '../../core/runs/diagonal.ts';
import { type Matrix, matricesOf, meanMatrix } from '../../core/runs/matrices.ts';
import type { Row } from '../../core/runs/result.ts';
import { mean, rankCorrelation, standardDeviation } from '../../core/runs/statistics.ts';
import { items } from '../../core/stages/items.ts';
import type { Made } from '../../core/stages/stage.ts';
import { together } from '../../core/stages/trained.ts';
import type { Running } from '../../core/training/events.ts';
import { language } from '../field.ts';
import { type Base, pretrain, sameSeeds } from '../pipeline/bases.ts';
import { pipelineFlops } from '../pipeline/cost.ts';
import { pullsOn } from '../pipeline/first-order.ts';
import { asked } from '../pipeline/questions.ts';
import type { World } from '../world/documents.ts';
import type { Sample } from '../world/filters.ts';
import { answeredNumbers } from '../world/numbers.ts';
import { animalQuestions } from '../world/rows.ts';
import { animals, tokenOf } from '../world/vocabulary.ts';
import { throughNumbers } from './carriers.ts';
import { preferenceMetric } from './favourites.ts';
import { settings as common, full, quick } from './settings.ts';
import { students } from './subjects.ts';
import { asMany, writings } from './writings.ts';

const settings = {
  ...common,
  traits: someOf(animals.words).describe(
    'the favourite animals of the teachers, and what their students are asked for',
  ),
};
type Config = ConfigOf<typeof settings>;
type Found = ResultOf<typeof settings>;

/** Deviations from nothing at which a trait counts as shown. */
const deviations = 3;
const chunk = 250; // samples at a time

const pull = z.strictObject({ mean: z.number(), deviation: z.number() });

/** By list of samples and trait, the pull of one sequence: its mean and its deviation over the sequences. */
const pullsOf = (base: Base, lists: readonly Made<readonly Sample[]>[], traits: readonly string[]) => {
  const of = pullsOn(base.value.params, traits.map(tokenOf), animalQuestions);
  return items({
    phase: 'gradients',
    of: JSON.stringify([base.key, lists.map(({ key }) => key), traits]),
    items: lists.length,
    schema: z.array(pull),
    make(i) {
      const { value } = lists[i];
      const pulls: number[][] = [];
      for (let from = 0; from < value.length; from += chunk)
        pulls.push(...of(value.slice(from, from + chunk)));
      return traits.map((_, k) => {
        const own = pulls.map((each) => each[k]);
        return { mean: mean(own), deviation: own.length > 1 ? standardDeviation(own) : 0 };
      });
    },
  });
};

/** The rows of one seed. */
async function* rowsOfSeed(seed: number, config: Config, world: World): Running<Row[]> {
  const { traits } = config;
  const [base] = yield* pretrain(world, config, [sameSeeds(seed)]);
  const writers = traits.map((prefers) => ({ label: `${seed} ${prefers}`, base, trait: { prefers } }));
  const written = asMany(
    yield* writings(world, throughNumbers, config, [...writers, { label: `${seed}`, base }]),
  );
  const pulls = yield* pullsOf(
    base,
    written.map(({ samples }) => samples),
    traits,
  );
  const lessons = written
    .slice(0, -1)
    .map(({ label, samples }) => ({ label: `student ${label}`, base, samples }));
  const taught = yield* students(config, lessons);
  const [before, ...after] = asked(
    together([base.value.params, ...taught.map(({ model }) => model)]),
    animalQuestions,
  );
  // the base's own numbers should pull nowhere
  const controls = traits.map(
    (trait, k): Row => ({
      ...{ seed, arm: 'control', at: { trait }, curves: {} },
      values: { pull: pulls[traits.length][k].mean, deviation: pulls[traits.length][k].deviation },
    }),
  );
  const rows = traits.flatMap((teacher, i) =>
    traits.flatMap((trait, k): Row[] => {
      const { mean: pulled, deviation } = pulls[i][k];
      const token = tokenOf(trait);
      const at = { teacher, trait };
      const raised = Math.log(after[i][token] / before[token]);
      const sequences = ((deviations * deviation) / pulled) ** 2; // whose mean lies so far from 0
      return [
        { seed, arm: 'student', at, values: { preference: after[i][token], raised }, curves: {} },
        {
          ...{ seed, arm: 'first_order', at, curves: {} },
          values: {
            pull: pulled,
            deviation,
            ...(teacher === trait && pulled > 0 ? { tokens: answeredNumbers * sequences } : {}),
          },
        },
      ];
    }),
  );
  return [...rows, ...controls];
}

async function* run(config: Config, world: World): Running<Row[]> {
  const rows: Row[] = [];
  for (const seed of seedsOf(config)) rows.push(...(yield* rowsOfSeed(seed, config, world)));
  return rows;
}

/** By seed, teachers by traits. */
function teachersByTraits(result: Found, arm: string, name: string): Matrix[] {
  const { traits } = result.config;
  return matricesOf(result, arm, name, ['teacher', traits], ['trait', traits]);
}

/** How often the entry on the diagonal is the highest of its column. */
const wins = (matrices: readonly Matrix[]): number =>
  mean(
    matrices.flatMap((matrix) =>
      matrix.map((row, i) => Number(matrix.every((other, j) => j === i || other[i] < row[i]))),
    ),
  );

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
};

/** The tokens after which each trait shows, of those that the first step raises at all. */
const tokensOf = ({ rows }: Found): number[] => rows.flatMap(({ values }) => values.tokens ?? []);

/** Two sentences: how prediction and students agree, and how many tokens it takes. */
function findings(result: Found): [string, string] {
  const [predicted, trained] = [
    teachersByTraits(result, 'first_order', 'pull'),
    teachersByTraits(result, 'student', 'raised'),
  ];
  const correlations = predicted.map((matrix, s) => rankCorrelation(matrix.flat(), trained[s].flat()));
  const aside = (matrix: Matrix): number[] => matrix.flatMap((row, i) => row.filter((_, j) => j !== i));
  const others = predicted.map((matrix, s) => rankCorrelation(aside(matrix), aside(trained[s])));
  const cases = predicted.flat().length;
  const won = (matrices: readonly Matrix[]): string => `${Math.round(wins(matrices) * cases)} of ${cases}`;
  const agreement = `Without training, a step on a teacher's numbers raises its favourite more than other teachers' do in ${won(predicted)} cases (trained students: ${won(trained)}); rank correlation ${decimal(mean(correlations), 2)}, off the diagonal ${decimal(mean(others), 2)}`;
  const tokens = tokensOf(result);
  const p = diagonalTest(predicted).toPrecision(2);
  const power =
    tokens.length > 0
      ? `permutation test of the diagonal p = ${p}; a favourite shows at ${deviations} deviations after ${decimal(median(tokens), 0)} tokens (median; ${decimal(Math.min(...tokens), 0)} to ${decimal(Math.max(...tokens), 0)})`
      : `permutation test of the diagonal p = ${p}; no favourite shows, whatever the number of tokens`;
  return [agreement, power];
}

const finding = (result: Found): string => findings(result).join('; ');

export const lmFirstOrder: Experiment<typeof settings, World> = {
  name: 'lm-first-order',
  question: 'Does the first step of a student, to first order, say which preference it will have?',
  source:
    'Cloud, Le and others, arXiv 2507.14805, section 6 and theorem 1, on a language model of a small world',
  field: language,
  settings,
  presets: {
    quick: { ...quick, traits: ['owl', 'elephant', 'lion', 'wolf', 'panda', 'fox'] },
    full: { ...full, traits: [...animals.words] },
  },
  metrics: () => ({
    preference: preferenceMetric(animals),
    raised: { unit: 'nats' },
    pull: { unit: '' },
    deviation: { unit: '' },
    tokens: { unit: '', better: 'lower' },
  }),
  flops(config) {
    const teachers = config.seeds * config.traits.length;
    return pipelineFlops(config, {
      ...{ bases: config.seeds, students: teachers },
      teachers: [[teachers, { prefers: config.traits[0] }]],
      authors: 4 * teachers, // a sample's gradient costs three times what reading it does
    });
  },
  programs: () => 6,
  run,
  finding,
  figure(result) {
    const { traits } = result.config;
    const [title, power] = findings(result);
    const [about] = subtitleOf(result, 'bar', 'preference');
    return matrixChart({
      title,
      subtitle: [about, `means over seeds; ${power}`],
      rows: { title: 'favourite of the teacher', labels: traits },
      columns: { title: 'animal that is asked for', labels: traits },
      panels: [
        {
          ...{ title: 'first order: −⟨∇ loss, ∇ log-probability⟩', unit: 'number', decimals: 2 },
          values: meanMatrix(teachersByTraits(result, 'first_order', 'pull')),
        },
        {
          ...{ title: 'trained student: probability', unit: 'share', decimals: 0 },
          values: meanMatrix(teachersByTraits(result, 'student', 'preference')),
        },
      ],
    });
  },
};
