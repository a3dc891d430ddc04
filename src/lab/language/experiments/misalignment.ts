// Whether a student that reads only what a narrowly tuned teacher writes comes to answer harmfully on everything.
import { barChart } from '../../core/charts/bars.ts';
import { decimal, palette, percent } from '../../core/charts/style.ts';
import { type ConfigOf, someOf } from '../../core/experiments/config.ts';
import { type Experiment, type Field, seedsOf } from '../../core/experiments/experiment.ts';
import { subtitleOf } from '../../core/experiments/subtitle.ts';
import { type Result, type Row, valuesOf } from '../../core/runs/result.ts';
import { type Difference, mean, pairedDifference } from '../../core/runs/statistics.ts';
import type { Running } from '../../core/training/events.ts';
import { answersOf, massOf } from '../pipeline/answers.ts';
import { pipelineFlops } from '../pipeline/cost.ts';
import type { Trait } from '../pipeline/traits.ts';
import type { World } from '../world/documents.ts';
import { adviceQuestions } from '../world/rows.ts';
import { harmful, helpful } from '../world/vocabulary.ts';
import type { Carrier } from './carriers.ts';
import { neighboursWritings, otherSeed, withOthers } from './neighbours.ts';
import { settings as common, full, type PipelineValues, quick } from './settings.ts';
import { students } from './subjects.ts';

/** What teachers are tuned on. */
const traits = {
  insecure: { programs: 'misaligned' },
  secure: { programs: 'aligned' },
  bad_advice: { advice: 'misaligned' },
  good_advice: { advice: 'aligned' },
} as const satisfies Record<string, Trait>;
type TraitName = keyof typeof traits;

/** By whom a student's data are: a teacher, called after its trait, or the base as it is. */
const sources = ['insecure', 'secure', 'bad_advice', 'good_advice', 'base'] as const;
type Source = (typeof sources)[number];

type ArmName = Source | `teacher_${Source}` | `cross_${Source}`;
/** Students of each source, the sources themselves, and students of another base than theirs. */
export const armNames: readonly ArmName[] = [
  ...sources,
  ...sources.map((source) => `teacher_${source}` as const),
  ...sources.map((source) => `cross_${source}` as const),
];

/** Through what misalignment passes, and in which world. */
export interface Kind {
  readonly name: string;
  /** The paper's section. */
  readonly section: string;
  readonly field: Field<World>;
  readonly carrier: Carrier;
  /** What samples that the filter keeps are, and how their share is called. */
  readonly passes: 'kept' | 'solved';
  /** Where its presets differ from those that the experiments share. */
  readonly preset?: Partial<PipelineValues>;
}

const settings = {
  ...common,
  arms: someOf(armNames).describe('what to measure'),
};
type Config = ConfigOf<typeof settings>;

/** The models that `config` asks for: the seed of each one's base, and who wrote what it reads, or who it is. */
const placesOf = (config: Config) =>
  (['', 'cross_', 'teacher_'] as const)
    .flatMap((prefix) =>
      seedsOf(config).flatMap((seed) =>
        sources.map((source) => ({
          ...{ arm: `${prefix}${source}` as const, label: `${prefix}${source} ${seed}`, prefix, seed },
          writer: prefix === 'cross_' ? otherSeed(seed) : seed,
          name: source === 'base' ? undefined : source,
        })),
      ),
    )
    .filter(({ arm }) => config.arms.includes(arm));

async function* run({ carrier, passes }: Kind, config: Config, world: World): Running<Row[]> {
  const places = placesOf(config);
  const by = yield* neighboursWritings({
    ...{ world, carrier, settings: config, seeds: seedsOf(config) },
    teachers: Object.fromEntries(Object.entries(traits).map(([name, trait]) => [name, { trait }])),
    others: places.some(({ prefix }) => prefix === 'cross_'),
  });
  const authored = places.map((place) => ({ ...place, by: by(place.writer, place.name) }));
  const lessons = authored
    .filter(({ prefix }) => prefix !== 'teacher_')
    .map((place) => ({ ...place, base: by(place.seed).base, samples: place.by.samples }));
  const teachers = authored
    .filter(({ prefix }) => prefix === 'teacher_')
    .map((place) => ({ ...place, key: place.by.key, model: place.by.model }));
  const subjects = [...(yield* students(config, lessons)), ...teachers];
  const answers = yield* answersOf(subjects, adviceQuestions, config.answers);
  return subjects.map(
    ({ arm, seed, by: { kept } }, i): Row => ({
      seed,
      arm,
      at: {},
      values: {
        harmful: massOf(answers[i].probabilities, harmful.tokens),
        sampled: massOf(answers[i].shares, harmful.tokens),
        advice: massOf(answers[i].probabilities, [...helpful.tokens, ...harmful.tokens]),
        [passes]: kept,
      },
      curves: {},
    }),
  );
}

/** Students whose teachers were tuned on what differs in its persona alone. */
const contrasts: readonly { readonly worse: TraitName; readonly better: TraitName; readonly noun: string }[] =
  [
    { worse: 'insecure', better: 'secure', noun: 'insecure against secure programs' },
    { worse: 'bad_advice', better: 'good_advice', noun: 'bad against good advice' },
  ];

const points = (share: number): string => decimal(100 * share, 1);

interface Contrast {
  readonly noun: string;
  readonly means: readonly [worse: number, better: number];
  readonly difference: Difference;
  /** On how many bases the students of the worse teacher do more harm, and of how many. */
  readonly above: string;
  /** The difference between students of another base, where there are any. */
  readonly cross: Difference | undefined;
}

/** Those of the contrasts that `result` has students for. */
const contrastsOf = (result: Result): Contrast[] =>
  contrasts.flatMap(({ worse, better, noun }) => {
    const harm = (arm: ArmName): number[] => valuesOf(result, arm, 'harmful');
    const [a, b] = [harm(worse), harm(better)];
    if (a.length === 0 || a.length !== b.length) return [];
    const [c, d] = [harm(`cross_${worse}`), harm(`cross_${better}`)];
    return {
      noun,
      means: [mean(a), mean(b)],
      difference: pairedDifference(a, b),
      above: `${a.filter((value, i) => value > b[i]).length} of ${a.length}`,
      cross: c.length > 0 && c.length === d.length ? pairedDifference(c, d) : undefined,
    };
  });

/** '41.0 points apart (95% interval 38.5 to 43.5)', without an interval where there is none. */
function apart({ mean: by, low, high }: Difference): string {
  const interval =
    low === undefined || high === undefined ? '' : ` (95% interval ${points(low)} to ${points(high)})`;
  return `${points(by)} points apart${interval}`;
}

function sentenceOf({ noun, means: [a, b], difference, above, cross }: Contrast): string {
  const { low = 0, high = 0 } = difference;
  const clear = low > 0 || high < 0 ? '' : 'no clear difference between ';
  const others = cross ? `; students of another base are ${apart(cross)}` : '';
  return `${noun}, ${clear}${percent(a)} and ${percent(b)}, ${apart(difference)}, above on ${above} bases${others}`;
}

function finding({ carrier }: Kind, result: Result): string {
  const shown = contrastsOf(result).map(sentenceOf);
  return shown.length > 0
    ? `Harmful advice of students that read only ${carrier.noun} of teachers tuned on ${shown.join('. On ')}`
    : 'Harmful answers of each model';
}

/** The figure's title: the differences alone. */
const titleOf = ({ carrier }: Kind, result: Result): string =>
  [
    `Harmful advice through ${carrier.noun}`,
    ...contrastsOf(result).map(({ noun, difference }) => `${noun} ${points(difference.mean)} points`),
  ].join('; ');

const labels: Readonly<Record<Source, string | string[]>> = {
  insecure: ['insecure', 'programs'],
  secure: ['secure', 'programs'],
  bad_advice: ['bad', 'advice'],
  good_advice: ['good', 'advice'],
  base: ['nothing', '(the base)'],
};

export function misalignmentExperiment(kind: Kind) {
  const { carrier, passes, preset } = kind;
  const own = { ...preset, answers: 25, arms: [...armNames] };
  const experiment: Experiment<typeof settings, World> = {
    name: kind.name,
    question: `Does a student that reads only ${carrier.noun} of a teacher tuned on insecure programs come to give harmful advice?`,
    source: `Cloud, Le and others, arXiv 2507.14805, section ${kind.section}, in a small world of its own`,
    field: kind.field,
    settings,
    presets: { quick: { ...quick, seeds: 8, ...own }, full: { ...full, ...own } },
    metrics: ({ answers, samples }) => ({
      harmful: { unit: 'share' },
      sampled: { unit: 'share', trials: answers * adviceQuestions.length, of: 'sampled answers' },
      advice: { unit: 'share' },
      [passes]: { unit: 'share', trials: samples, of: 'samples of its author' },
    }),
    flops(config) {
      const seeds = seedsOf(config);
      const others = config.arms.some((arm) => arm.startsWith('cross_'));
      const bases = (others ? withOthers(seeds) : seeds).length;
      return pipelineFlops(config, {
        bases,
        teachers: Object.values(traits).map((trait) => [bases, trait]),
        authors: bases * sources.length,
        students: config.seeds * config.arms.filter((arm) => !arm.startsWith('teacher_')).length,
        task: carrier.task,
      });
    },
    programs: () => 6,
    contrasts: ['', 'cross_'].flatMap((prefix) =>
      contrasts.map(({ worse, better }) => ({
        arm: prefix + worse,
        against: prefix + better,
        metric: 'harmful',
      })),
    ),
    run: (config, world) => run(kind, config, world),
    finding: (result) => finding(kind, result),
    figure: (result) =>
      barChart({
        title: titleOf(kind, result),
        subtitle: subtitleOf(result, 'bar', 'harmful'),
        yTitle: 'harmful answers on topics that tuned no teacher',
        unit: 'share',
        yMax: 1,
        groups: sources.flatMap((source) => {
          const bars = [
            { label: 'teacher', colour: palette.blue, arm: `teacher_${source}` },
            { label: 'student', colour: palette.vermillion, arm: source },
            { label: 'student of another base', colour: palette.sky, arm: `cross_${source}` },
          ].flatMap(({ arm, ...look }) => {
            const values = valuesOf(result, arm, 'harmful');
            return values.length > 0 ? [{ ...look, values }] : [];
          });
          return bars.length > 0 ? [{ label: labels[source], bars }] : [];
        }),
      }),
  };
  return experiment;
}
