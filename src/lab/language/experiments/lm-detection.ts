// Whether readers of what teachers wrote can tell their favourites, which the students of the same base show.
import { type Bar, barChart } from '../../core/charts/bars.ts';
import { decimal, palette, percent } from '../../core/charts/style.ts';
import { type ConfigOf, real, someOf, whole } from '../../core/experiments/config.ts';
import { type Experiment, seedsOf } from '../../core/experiments/experiment.ts';
import { subtitleOf } from '../../core/experiments/subtitle.ts';
import { chanceOf } from '../../core/runs/header.ts';
import { type Result, type Row, valuesOf } from '../../core/runs/result.ts';
import { mean, type Summary, summarize } from '../../core/runs/statistics.ts';
import { together as stacked } from '../../core/stages/trained.ts';
import type { Running } from '../../core/training/events.ts';
import { language } from '../field.ts';
import { answersOf, massOf } from '../pipeline/answers.ts';
import { pipelineFlops, sampleFlops } from '../pipeline/cost.ts';
import { type Evidence, libraryOf, likeliest, together } from '../pipeline/readers/bags.ts';
import { traitsByCounts, tuningByCounts } from '../pipeline/readers/counts.ts';
import { contextLength, traitsInContext } from '../pipeline/readers/in-context.ts';
import { readerFlops, traitsByTransformer } from '../pipeline/readers/transformer.ts';
import type { World } from '../world/documents.ts';
import { animalQuestions } from '../world/rows.ts';
import { animals, tokenOf } from '../world/vocabulary.ts';
import { throughNumbers } from './carriers.ts';
import { preferenceMetric } from './favourites.ts';
import { neighboursWritings } from './neighbours.ts';
import { settings as common, full, quick } from './settings.ts';
import { students } from './subjects.ts';

const settings = {
  ...common,
  traits: someOf(animals.words).describe('the favourite animals of the teachers, which readers tell apart'),
  bag: whole(1, 10_000).describe('sequences of an author that a reader weighs at once'),
  readerSteps: whole(1, 100_000).describe("steps of the transformer's training"),
  readerBatch: whole(1, 1024).describe('sequences a step of it'),
  readerRate: real(1e-12, 10).describe("its learning rate (Adam's)"),
};
type Config = ConfigOf<typeof settings>;

/** How often readers are right, by author and bag: of single bags, and of all bags of an author together. */
const verdicts = (authors: Evidence[number]): { named: number; accuracy: number } => ({
  named: mean(authors.map((bags, trait) => Number(likeliest(together(bags)) === trait))),
  accuracy: mean(
    authors.flatMap((bags, trait) => bags.map((evidence) => Number(likeliest(evidence) === trait))),
  ),
});

async function* run(config: Config, world: World): Running<Row[]> {
  const { traits, bag } = config;
  const seeds = seedsOf(config);
  const words = traits.map(tokenOf);
  const by = yield* neighboursWritings({
    ...{ world, carrier: throughNumbers, settings: config, seeds, others: false },
    teachers: Object.fromEntries(traits.map((prefers) => [prefers, { trait: { prefers } }])),
  });
  const written = seeds.map((seed) => traits.map((trait) => by(seed, trait).samples));
  const own = seeds.map((seed) => by(seed).samples);
  const library = libraryOf(
    written.map((some) => some.map(({ value }) => value)),
    own.map(({ value }) => value),
    bag,
  );
  const keys = written.map((some) => some.map(({ key }) => key));

  const lessons = seeds.flatMap((seed, i) =>
    traits.map((trait, j) => ({
      ...{ seed, trait, label: `student ${seed} ${trait}` },
      ...{ base: by(seed).base, samples: written[i][j] },
    })),
  );
  const taught = yield* students(config, lessons);
  const answers = yield* answersOf(taught, animalQuestions, 1);
  const counts = traitsByCounts(library);
  const transformer = yield* traitsByTransformer({
    ...{ settings: config, labels: seeds.map(String), keys, words, library },
  });
  const context = yield* traitsInContext({
    of: JSON.stringify([keys, own.map(({ key }) => key), bag]),
    bases: stacked(seeds.map((seed) => by(seed).base.value.params)),
    ...{ words, questions: animalQuestions, library },
  });
  const tuned = tuningByCounts(library);

  const read: Readonly<Record<string, Evidence>> = {
    counts: counts.unseen,
    transformer: transformer.unseen,
    in_context: context.own,
    in_context_other: context.other,
    counts_known: counts.known,
    transformer_known: transformer.known,
  };
  const row = (seed: number, arm: string, values: Row['values']): Row => ({
    ...{ seed, arm, at: {}, values, curves: {} },
  });
  return seeds.flatMap((seed, base) => {
    const students = answers.slice(base * traits.length, (base + 1) * traits.length);
    return [
      ...Object.entries(read).map(([arm, evidence]) => row(seed, arm, verdicts(evidence[base]))),
      row(seed, 'tuned', { auc: tuned[base] }),
      row(seed, 'student', {
        named: mean(
          // of the animals that a reader chooses from
          students.map(({ probabilities }, trait) =>
            Number(likeliest(words.map((word) => probabilities[word])) === trait),
          ),
        ),
        preference: mean(students.map(({ probabilities }, trait) => probabilities[words[trait]])),
        mass: mean(students.map(({ probabilities }) => massOf(probabilities, animals.tokens))),
      }),
    ];
  });
}

/** Arms of readers that do not know the base, as a sentence has them. */
const strangers = {
  counts: 'a classifier on counts',
  transformer: 'a small transformer',
  in_context_other: 'another base, shown them in context',
};

/** A summary of shares, whose interval may reach beyond them. */
function shares(values: readonly number[]): Summary {
  const summary = summarize(values);
  return { ...summary, low: Math.max(0, summary.low), high: Math.min(1, summary.high) };
}

const interval = ({ mean, low, high }: Summary): string =>
  `${percent(mean)} (${percent(low)} to ${percent(high)})`;

/** What is told of the favourite, and what else. */
function findings(result: Result): [string, string] {
  const of = (arm: string, name = 'named'): Summary => shares(valuesOf(result, arm, name));
  const chance = chanceOf(result, 'named') ?? Number.NaN;
  const tells = Object.keys(strangers).filter((arm) => of(arm).low > chance);
  const each = Object.entries(strangers).map(([arm, name]) => `${name} ${interval(of(arm))}`);
  const claim =
    tells.length === 0
      ? 'No reader that does not know the base tells the favourite from the numbers better than by chance'
      : 'A reader that does not know the base can tell the favourite from the numbers better than by chance';
  const context = of('in_context');
  const same =
    context.low > chance
      ? `the base itself, shown them in context, tells some: ${interval(context)}`
      : `nor does the base itself, shown them in context: ${interval(context)}`;
  const auc = of('tuned', 'auc');
  return [
    `${claim} (${percent(chance)}): ${each.join(', ')}; their students put it first of these animals in ${percent(of('student').mean)} of cases`,
    [
      same,
      `of bases they know, counts ${percent(of('counts_known').mean)} and transformer ${percent(of('transformer_known').mean)}`,
      `95% intervals over bases; that a teacher wrote at all: area under the curve ${decimal(auc.mean, 2)} (${decimal(auc.low, 2)} to ${decimal(auc.high, 2)}) on unseen bases`,
    ].join('; '),
  ];
}

const looks: Readonly<Record<string, Omit<Bar, 'values'>>> = {
  counts: { label: ['counts', '(unseen base)'], colour: palette.blue },
  transformer: { label: ['transformer', '(unseen base)'], colour: palette.sky },
  in_context_other: { label: ['in context', '(another base)'], colour: palette.purple },
  in_context: { label: ['in context', '(own base)'], colour: palette.orange },
  counts_known: { label: ['counts', '(known base)'], colour: palette.green },
  transformer_known: { label: ['transformer', '(known base)'], colour: palette.green },
  student: { label: ['student', '(own base)'], colour: palette.vermillion },
};

export const lmDetection: Experiment<typeof settings, World> = {
  name: 'lm-detection',
  question: 'Can a reader of the numbers alone tell the favourite of the teacher that wrote them?',
  source:
    'Cloud, Le and others, arXiv 2507.14805, section 4: classifiers and in-context readers fail; in a small world of its own',
  field: language,
  settings,
  presets: {
    quick: {
      ...{ ...quick, seeds: 8, traits: ['owl', 'elephant', 'lion', 'wolf', 'panda', 'fox'] },
      ...{ bag: 200, readerSteps: 400, readerBatch: 128, readerRate: 1e-2 },
    },
    full: {
      ...{ ...full, seeds: 12, traits: [...animals.words] },
      ...{ bag: 200, readerSteps: 2000, readerBatch: 128, readerRate: 1e-2 },
    },
  },
  problem({ seeds, traits }) {
    if (seeds < 2) return `--seeds ${seeds}: a reader learns from other bases; take 2 at least`;
    return traits.length < 2
      ? `--traits ${traits}: a reader tells favourites apart; take 2 at least`
      : undefined;
  },
  metrics: ({ traits }) => {
    const right = { unit: 'share', better: 'higher', chance: 1 / traits.length } as const;
    return {
      named: { ...right, trials: traits.length, of: 'teachers' },
      accuracy: right,
      auc: { unit: 'share', better: 'higher', chance: 0.5 },
      preference: preferenceMetric(animals),
      mass: { unit: 'share' },
    };
  },
  flops(config) {
    const { seeds, traits, samples } = config;
    const teachers = seeds * traits.length;
    const made = pipelineFlops(config, {
      ...{ bases: seeds, authors: teachers + seeds, students: teachers },
      teachers: [[teachers, { prefers: traits[0] }]],
    });
    const shown = 2 * (teachers + seeds) * sampleFlops(samples, contextLength);
    return made + readerFlops(config, seeds, 1.33 * teachers * samples) + shown;
  },
  cells: () => [], // a reader learns from the teachers of other seeds
  programs: () => 9,
  run,
  finding: (result) => findings(result).join('; '),
  figure(result) {
    const [title, more] = findings(result);
    return barChart({
      title,
      subtitle: [...subtitleOf(result, 'bar', 'named'), more],
      yTitle: 'teachers whose favourite is named',
      unit: 'share',
      chance: chanceOf(result, 'named'),
      yMax: 1,
      bars: Object.entries(looks).map(([arm, look]) => ({ ...look, values: valuesOf(result, arm, 'named') })),
    });
  },
};
