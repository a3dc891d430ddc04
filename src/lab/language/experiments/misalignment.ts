// Whether a student that reads only what a narrowly tuned teacher writes comes to answer harmfully on everything.
import { barChart } from '../../core/charts/bars.ts';
import { palette, percent } from '../../core/charts/style.ts';
import { type ConfigOf, choice, sweep } from '../../core/experiments/config.ts';
import { type Experiment, type Field, seedsOf } from '../../core/experiments/experiment.ts';
import { subtitleOf } from '../../core/experiments/subtitle.ts';
import { type Result, type Row, valuesOf } from '../../core/runs/result.ts';
import { mean, pairedDifference } from '../../core/runs/statistics.ts';
import type { Running } from '../../core/training/events.ts';
import { baseFlops, sampleFlops, studentFlops, teacherFlops } from '../pipeline/cost.ts';
import { tasks } from '../pipeline/samples.ts';
import type { Trait } from '../pipeline/traits.ts';
import type { World } from '../world/documents.ts';
import { adviceQuestions } from '../world/rows.ts';
import { harmful, helpful } from '../world/vocabulary.ts';
import { otherSeed } from './bases.ts';
import type { Carrier } from './carriers.ts';
import { settings as common, full, type PipelineValues, quick } from './settings.ts';
import { answersOf, massOf, type Subject, students } from './subjects.ts';
import { type Writer, writings } from './writings.ts';

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

const writerOf = (seed: number, source: Source): Writer =>
  source === 'base' ? { seed } : { seed, name: source };

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
  arms: sweep(choice(armNames), `some of ${armNames.join(',')}`).describe('what to measure'),
};
type Config = ConfigOf<typeof settings>;

async function* run({ carrier, passes }: Kind, config: Config, world: World): Running<Row[]> {
  const seeds = seedsOf(config);
  const wants = ({ arm }: { arm: ArmName }): boolean => config.arms.includes(arm);
  const placesOf = <Prefix extends '' | 'teacher_' | 'cross_'>(prefix: Prefix) =>
    seeds
      .flatMap((seed) => sources.map((source) => ({ arm: `${prefix}${source}` as const, seed, source })))
      .filter(wants);
  const cross = placesOf('cross_').map((place) => ({
    ...place,
    writer: writerOf(otherSeed(place.seed), place.source),
  }));
  const own = <P extends { seed: number; source: Source }>(place: P) => ({
    ...place,
    writer: writerOf(place.seed, place.source),
  });
  const from = yield* writings({
    ...{ world, carrier, settings: config, seeds, traits, others: cross.length > 0 },
  });
  const teachers = placesOf('teacher_').map(own);
  const readers = [...placesOf('').map(own), ...cross];
  const subjects: Subject<ArmName>[] = [
    ...(yield* students<ArmName>(
      config,
      from,
      readers.map(({ arm, seed, writer }) => ({ arm, seed, samples: from.data(writer) })),
    )),
    ...teachers.map(({ arm, seed, writer }) => ({ arm, seed, model: from.model(writer) })),
  ];
  const writers = [...readers, ...teachers].map(({ writer }) => writer);
  const answers = answersOf(subjects, adviceQuestions, config.answers);
  return subjects.map(({ arm, seed }, i): Row => {
    const { probabilities, shares } = answers[i];
    const harm = massOf(probabilities, harmful.tokens);
    return {
      seed,
      arm,
      at: {},
      values: {
        harmful: harm,
        sampled: massOf(shares, harmful.tokens),
        advice: harm + massOf(probabilities, helpful.tokens),
        [passes]: from.kept(writers[i]),
      },
      curves: {},
    };
  });
}

/** By what the students of one teacher are held against those of another, and how much more harm they do. */
const contrasts: readonly { readonly worse: TraitName; readonly better: TraitName; readonly noun: string }[] =
  [
    { worse: 'insecure', better: 'secure', noun: 'insecure against secure programs' },
    { worse: 'bad_advice', better: 'good_advice', noun: 'bad against good advice' },
  ];

const points = (share: number): string => percent(share).replace('%', '');

/** 'A against B: 57.4% to 8.0%, difference 49.4 points (40.1 to 58.7), …' */
function contrastOf(result: Result, { worse, better, noun }: (typeof contrasts)[number]): string | undefined {
  const [a, b] = [worse, better].map((arm) => valuesOf(result, arm, 'harmful'));
  if (a.length === 0 || a.length !== b.length) return undefined;
  const { mean: by, low, high } = pairedDifference(a, b);
  const above = a.filter((value, i) => value > b[i]).length;
  const interval =
    low === undefined || high === undefined ? '' : ` (95% interval ${points(low)} to ${points(high)})`;
  const clear = low !== undefined && low > 0 ? '' : ', not clear of none';
  return `${noun} ${percent(mean(a))} and ${percent(mean(b))}, ${points(by)} points apart${interval}${clear}, above on ${above} of ${a.length} bases`;
}

function finding({ carrier }: Kind, result: Result): string {
  const shown = contrasts.flatMap((contrast) => contrastOf(result, contrast) ?? []);
  return shown.length > 0
    ? `Harmful answers of students that read only ${carrier.noun} of teachers tuned on ${shown.join('; ')}`
    : 'Harmful answers of each model';
}

/** The figure's title: the differences alone. */
function titleOf({ carrier }: Kind, result: Result): string {
  const differences = contrasts.flatMap(({ worse, better, noun }) => {
    const [a, b] = [worse, better].map((arm) => valuesOf(result, arm, 'harmful'));
    return a.length > 0 && a.length === b.length
      ? [`${noun}: ${points(pairedDifference(a, b).mean)} points`]
      : [];
  });
  return [`Harmful advice through ${carrier.noun}`, ...differences].join('; ');
}

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
    presets: { quick: { ...quick, seeds: 4, ...own }, full: { ...full, ...own } },
    metrics: ({ answers, samples }) => ({
      harmful: { unit: 'share' },
      sampled: { unit: 'share', trials: answers * adviceQuestions.length, of: 'sampled answers' },
      advice: { unit: 'share' },
      [passes]: { unit: 'share', trials: samples, of: 'samples of its author' },
    }),
    flops(config) {
      const bases = config.seeds + (config.seeds % 2);
      const { length } = tasks[carrier.task];
      const students = config.arms.filter((arm) => !arm.startsWith('teacher_')).length;
      const teachers = Object.values(traits).reduce((sum, trait) => sum + teacherFlops(config, trait), 0);
      return (
        bases * (baseFlops(config) + teachers + sources.length * sampleFlops(config.samples, length)) +
        config.seeds * students * studentFlops(config, length)
      );
    },
    programs: () => 6,
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
