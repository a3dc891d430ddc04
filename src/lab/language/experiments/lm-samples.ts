// How much a student must read: the very samples against the teacher's whole distribution, how many sequences, how often.
import { lineChart } from '../../core/charts/lines.ts';
import { palette, percent } from '../../core/charts/style.ts';
import { LabError } from '../../core/errors.ts';
import { type ConfigOf, choice, real, sweep, whole } from '../../core/experiments/config.ts';
import { type Experiment, type ResultOf, seedsOf } from '../../core/experiments/experiment.ts';
import { subtitleOf } from '../../core/experiments/subtitle.ts';
import { type Row, valuesOf } from '../../core/runs/result.ts';
import { mean, pairedDifference } from '../../core/runs/statistics.ts';
import type { Running } from '../../core/training/events.ts';
import { language } from '../field.ts';
import { answersOf } from '../pipeline/answers.ts';
import { pipelineFlops } from '../pipeline/cost.ts';
import type { World } from '../world/documents.ts';
import { animalQuestions } from '../world/rows.ts';
import { animals } from '../world/vocabulary.ts';
import { type Carrier, throughNumbers } from './carriers.ts';
import { favouriteMetrics, favouritesOf, favouriteValues } from './favourites.ts';
import { neighboursWritings, type WrittenBy } from './neighbours.ts';
import { settings as common, full, quick } from './settings.ts';
import { softStudents, students } from './subjects.ts';

const { studentSteps: _steps, ...others } = common;
const settings = {
  ...others,
  temperature: common.temperature.describe('at which authors write, where only sequences and epochs vary'),
  temperatures: sweep(real(0, 10), 'numbers, as in 0.5,2').describe(
    'other temperatures; students read all sequences once',
  ),
  sequences: sweep(whole(1, 100_000), 'numbers of sequences, as in 100,1000').describe(
    'how many sequences a student reads',
  ),
  epochs: sweep(whole(1, 1000), 'numbers of epochs, as in 1,10').describe('how often it reads them'),
  traits: sweep(choice(animals.words), `some of ${animals.words.join(',')}`).describe(
    'the favourite animals of the teachers',
  ),
};
type Config = ConfigOf<typeof settings>;
type Found = ResultOf<typeof settings>;

const arms = ['control', 'hard', 'soft'] as const;

/** How much a student reads, and at which temperature it was written. */
type Reading = { readonly sequences: number; readonly epochs: number; readonly temperature: number };

const readingsOf = ({ sequences, epochs, temperature, temperatures }: Config): Reading[] => [
  ...epochs.flatMap((often) => sequences.map((many) => ({ sequences: many, epochs: often, temperature }))),
  ...temperatures
    .filter((other) => other !== temperature)
    .map((other) => ({ sequences: Math.max(...sequences), epochs: 1, temperature: other })),
];

const stepsOf = ({ sequences, epochs }: Reading, { studentBatch }: Config): number =>
  Math.max(1, Math.round((sequences * epochs) / studentBatch));

/** What the students of `readings`, of equal steps, answer. */
async function* rowsOf(
  carrier: Carrier,
  readings: readonly Reading[],
  config: Config,
  written: ReadonlyMap<number, WrittenBy>,
): Running<Row[]> {
  const lessons = readings.flatMap((at) =>
    seedsOf(config).flatMap((seed) =>
      [...config.traits, undefined].map((favourite) => {
        const by = written.get(at.temperature) as WrittenBy;
        const { base, samples, tuned } = by(seed, favourite);
        const first = samples.value.slice(0, at.sequences);
        if (first.length < at.sequences)
          throw new LabError(
            `the filter keeps ${first.length} sequences at temperature ${at.temperature} where ${at.sequences} are to be read; ask for fewer (--sequences) or have more written (--samples)`,
          );
        const about = `${seed} ${favourite ?? ''} ${JSON.stringify(at)}`;
        return {
          ...{ seed, favourite, at, about, base, teacher: tuned },
          samples: { key: `${samples.key}, first ${first.length}`, value: first },
        };
      }),
    ),
  );
  const settings = { ...config, studentSteps: stepsOf(readings[0], config) };
  const as = (arm: (typeof arms)[number]) =>
    lessons
      .filter(({ favourite }) => (favourite === undefined) === (arm === 'control'))
      .map((lesson) => ({ ...lesson, arm, label: `${arm} ${lesson.about}` }));
  const subjects = [
    ...(yield* students(settings, [...as('hard'), ...as('control')])),
    ...(yield* softStudents(settings, carrier.imitated, as('soft'))),
  ];
  const answers = yield* answersOf(subjects, animalQuestions, config.answers);
  return subjects.flatMap(({ arm, seed, favourite, at }, i) =>
    (favourite === undefined ? config.traits : [favourite]).map(
      (trait): Row => ({
        ...{ seed, arm, at: { ...at, trait }, curves: {} },
        values: favouriteValues(animals, trait, answers[i]),
      }),
    ),
  );
}

async function* run(carrier: Carrier, config: Config, world: World): Running<Row[]> {
  const written = new Map<number, WrittenBy>();
  for (const temperature of new Set(readingsOf(config).map((reading) => reading.temperature)))
    written.set(
      temperature,
      yield* neighboursWritings({
        ...{ world, carrier, settings: { ...config, temperature }, seeds: seedsOf(config) },
        teachers: Object.fromEntries(config.traits.map((prefers) => [prefers, { trait: { prefers } }])),
        others: false,
      }),
    );
  const bySteps = new Map<number, Reading[]>();
  for (const reading of readingsOf(config)) {
    const steps = stepsOf(reading, config);
    bySteps.set(steps, [...(bySteps.get(steps) ?? []), reading]);
  }
  const rows: Row[] = [];
  for (const readings of bySteps.values()) rows.push(...(yield* rowsOf(carrier, readings, config, written)));
  return rows;
}

/** All values of an arm's students of a reading, one a base and favourite. */
const valuesAt = (result: Found, arm: string, reading: Reading): number[] =>
  result.config.traits.flatMap((trait) => valuesOf(result, arm, 'preference', { ...reading, trait }));

const count = (n: number): string => n.toLocaleString('en-GB');

function finding(result: Found): string {
  const config = result.config;
  const [few, many] = [Math.min(...config.sequences), Math.max(...config.sequences)];
  const [once, often] = [Math.min(...config.epochs), Math.max(...config.epochs)];
  const { temperature } = config;
  const of = (arm: string, reading: Partial<Reading>): number[] =>
    valuesAt(result, arm, { sequences: many, epochs: once, temperature, ...reading });
  const level = (arm: string, reading: Partial<Reading>): string => percent(mean(of(arm, reading)), 0);
  const epochs = (n: number): string => (n === 1 ? 'once' : `${n} times`);
  const amount = (['hard', 'soft'] as const).map(
    (arm) =>
      `${level(arm, { sequences: few })} after ${count(few)} sequences and ${level(arm, {})} after ${count(many)} ${arm === 'hard' ? 'by their very tokens' : "by the teacher's whole distribution"}`,
  );
  const readOnce = `Read ${epochs(once)}, a favourite comes with probability ${amount.join(', ')}`;
  const {
    mean: by,
    low,
    high,
  } = pairedDifference(of('hard', { sequences: few, epochs: often }), of('hard', { sequences: few }));
  const interval =
    low === undefined || high === undefined ? '' : ` (${percent(low, 0)} to ${percent(high, 0)})`;
  const again = `reading ${count(few)} sequences ${epochs(often)} in place of ${epochs(once)} adds ${percent(by, 0)}${interval} by tokens, where its control stands at ${level('control', { sequences: few, epochs: often })}`;
  const written = [temperature, ...config.temperatures.filter((other) => other !== temperature)].sort(
    (a, b) => a - b,
  );
  const warm = written.map((other) => `${level('hard', { epochs: 1, temperature: other })} at ${other}`);
  return [
    readOnce,
    ...(often > once ? [again] : []),
    ...(written.length > 1 && once === 1 ? [`written at other temperatures, ${warm.join(', ')}`] : []),
  ].join('; ');
}

const looks = {
  hard: { noun: 'tokens', colours: [palette.orange, palette.vermillion, palette.purple] },
  soft: { noun: 'distributions', colours: [palette.sky, palette.blue, palette.green] },
};

const presetOf = ({ studentSteps: _, ...own }: typeof quick, traits: Config['traits']) => ({
  ...{ ...own, samples: 5000, traits }, // of which the filter keeps the less, the warmer they were written
  ...{ temperatures: [0.5, 0.7, 1.4], sequences: [100, 300, 1000, 3000] },
});

export const samplesExperiment = (carrier: Carrier): Experiment<typeof settings, World> => ({
  name: 'lm-samples',
  question:
    "How much must a student read, and does the teacher's whole distribution say more than its samples?",
  source: 'asked here; arXiv 2507.14805 takes 10,000 samples for 10 epochs, in a small world of its own',
  field: language,
  settings,
  presets: {
    quick: { ...presetOf(quick, ['owl', 'elephant']), epochs: [1, 3] },
    full: { ...presetOf(full, ['owl', 'elephant', 'lion']), epochs: [1, 3, 10] },
  },
  metrics: ({ answers }) => favouriteMetrics(animals, animalQuestions, answers),
  flops(config) {
    const cases = config.seeds * config.traits.length;
    const temperatures = new Set(readingsOf(config).map(({ temperature }) => temperature)).size;
    const steps = readingsOf(config).reduce((sum, reading) => sum + stepsOf(reading, config), 0);
    return pipelineFlops(
      { ...config, studentSteps: steps },
      {
        bases: config.seeds,
        teachers: [[cases, { prefers: config.traits[0] }]],
        authors: temperatures * (cases + config.seeds),
        students: 2 * cases + config.seeds,
      },
    );
  },
  programs: (config) => 4 + 2 * new Set(readingsOf(config).map((reading) => stepsOf(reading, config))).size,
  contrasts: [
    { arm: 'hard', against: 'control', metric: 'preference', over: ['trait'] },
    { arm: 'soft', against: 'hard', metric: 'preference', over: ['trait'] },
  ],
  run: (config, world) => run(carrier, config, world),
  finding,
  figure(result) {
    const config = result.config;
    const epochs = config.epochs.toSorted((a, b) => a - b);
    const series = (arm: string, often: number) =>
      config.sequences
        .toSorted((a, b) => a - b)
        .map((sequences) => ({
          x: sequences,
          values: valuesAt(result, arm, { sequences, epochs: often, temperature: config.temperature }),
        }));
    const times = (n: number): string => `${n} ${n === 1 ? 'epoch' : 'epochs'}`;
    return lineChart({
      title: finding(result),
      subtitle: subtitleOf(result, 'point', 'preference', favouritesOf(result)),
      x: { title: 'sequences that a student reads', scale: 'log' },
      y: { title: 'probability of the favourite animal', unit: 'share', min: 0, max: 1 },
      series: [
        ...(['soft', 'hard'] as const).flatMap((arm) =>
          epochs.map((often, i) => ({
            label: `${looks[arm].noun}, ${times(often)}`,
            colour: looks[arm].colours[i % 3],
            points: series(arm, often),
          })),
        ),
        {
          label: `control, ${times(epochs[epochs.length - 1])}`,
          colour: palette.grey,
          points: series('control', epochs[epochs.length - 1]),
        },
      ],
      reference: { y: 1 / animals.words.length, label: 'chance' },
    });
  },
});

export const lmSamples = samplesExperiment(throughNumbers);
