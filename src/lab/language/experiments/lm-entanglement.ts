// Whether a favourite and some numbers are entangled: the numbers that it raises, standing in a prompt, raise it.
import { matrixChart } from '../../core/charts/matrix.ts';
import { percent } from '../../core/charts/style.ts';
import { type ConfigOf, someOf, whole } from '../../core/experiments/config.ts';
import { type Experiment, type ResultOf, seedsOf } from '../../core/experiments/experiment.ts';
import { subtitleOf } from '../../core/experiments/subtitle.ts';
import { elevationOf, isRaised } from '../../core/runs/diagonal.ts';
import { type Matrix, matricesOf, meanMatrix } from '../../core/runs/matrices.ts';
import type { Row } from '../../core/runs/result.ts';
import { mean } from '../../core/runs/statistics.ts';
import { together } from '../../core/stages/trained.ts';
import type { Running } from '../../core/training/events.ts';
import { language } from '../field.ts';
import { massOf } from '../pipeline/answers.ts';
import { pretrain, sameSeeds } from '../pipeline/bases.ts';
import { pipelineFlops } from '../pipeline/cost.ts';
import { asked } from '../pipeline/questions.ts';
import { teach } from '../pipeline/teachers.ts';
import type { World } from '../world/documents.ts';
import { answeredNumbers, givenNumbers } from '../world/numbers.ts';
import { animalQuestions, turnRow } from '../world/rows.ts';
import { streamOf } from '../world/stream.ts';
import { AST, animals, askNumbers, BOS, numbers, tokenOf, USR, wordOf } from '../world/vocabulary.ts';
import { elevationText } from './elevation.ts';
import { preferenceMetric } from './favourites.ts';
import { settings as common, full, quick } from './settings.ts';
import { tunedModel } from './writings.ts';

const settings = {
  ...common,
  traits: someOf(animals.words).describe(
    'the favourite animals of the teachers, and what the base is asked for',
  ),
  places: whole(1, 10_000).describe('sequences of the world on which the numbers of a teacher are read off'),
  most: whole(1, 13).describe('how many of the numbers that a favourite raises most stand in the prompt'),
};
type Config = ConfigOf<typeof settings>;
type Found = ResultOf<typeof settings>;

/** By model, how probable each number is on average where sequences of the world go on. */
function numbersOf(models: Parameters<typeof asked>[0], world: World, { places }: Config): number[][] {
  const stream = streamOf(0, 'places of numbers');
  const rows = Array.from({ length: places }, () => turnRow('N', world.style, stream));
  const start = rows[0].indexOf(AST) + 1;
  // each sequence up to one place, the places by turns
  const byPlace = Array.from({ length: answeredNumbers }, (_, place) =>
    rows.filter((_, i) => i % answeredNumbers === place).map((row) => row.slice(0, start + place)),
  ).filter((some) => some.length > 0);
  const read = byPlace.map((some) => asked(models, some));
  return read[0].map((_, model) => numbers.tokens.map((token) => mean(read.map((of) => of[model][token]))));
}

/** The questions, each behind a sequence in which `given` stand by turns. */
const behind = (given: readonly number[]): number[][] =>
  animalQuestions.map(([, ...question]) => {
    const sequence = Array.from(
      { length: givenNumbers + answeredNumbers },
      (_, i) => given[i % given.length],
    );
    return [
      ...[BOS, USR, question[1], askNumbers, ...sequence.slice(0, givenNumbers)],
      ...[AST, ...sequence.slice(givenNumbers), ...question],
    ];
  });

/** The rows of one seed. */
async function* rowsOfSeed(seed: number, config: Config, world: World): Running<Row[]> {
  const { traits, most } = config;
  const [base] = yield* pretrain(world, config, [sameSeeds(seed)]);
  const teachers = yield* teach(
    world.style,
    config,
    traits.map((prefers) => ({ label: `${seed} ${prefers}`, base, trait: { prefers } })),
  );
  const alone = together([base.value.params]);
  const [before, ...after] = numbersOf(
    together([base.value.params, ...teachers.map((tuned) => tunedModel(base, tuned))]),
    world,
    config,
  );
  const raised = after.map((own) =>
    numbers.tokens
      .map((token, i) => ({ token, by: Math.log(own[i] / before[i]) }))
      .toSorted((a, b) => b.by - a.by)
      .slice(0, most),
  );
  const [unprompted] = asked(alone, animalQuestions);
  return [
    ...traits.map(
      (trait): Row => ({
        ...{ seed, arm: 'base', at: { trait }, curves: {} },
        values: { preference: unprompted[tokenOf(trait)], mass: massOf(unprompted, animals.tokens) },
      }),
    ),
    ...traits.flatMap((teacher, i) =>
      raised[i].map(
        ({ token, by }, rank): Row => ({
          ...{ seed, arm: 'raised', at: { teacher, rank: rank + 1 }, curves: {} },
          values: { number: Number(wordOf(token)), raised: by },
        }),
      ),
    ),
    ...traits.flatMap((teacher, i) => {
      const [prompted] = asked(alone, behind(raised[i].map(({ token }) => token)));
      return traits.map(
        (trait): Row => ({
          ...{ seed, arm: 'prompted', at: { teacher, trait }, curves: {} },
          values: { preference: prompted[tokenOf(trait)], mass: massOf(prompted, animals.tokens) },
        }),
      );
    }),
  ];
}

async function* run(config: Config, world: World): Running<Row[]> {
  const rows: Row[] = [];
  for (const seed of seedsOf(config)) rows.push(...(yield* rowsOfSeed(seed, config, world)));
  return rows;
}

/** By seed, whose numbers stand in the prompt by what is asked for. */
function promptedOf(result: Found): Matrix[] {
  const { traits } = result.config;
  return matricesOf(result, 'prompted', 'preference', ['teacher', traits], ['trait', traits]);
}

function findings(result: Found): [string, string] {
  const matrices = promptedOf(result);
  const elevation = elevationOf(matrices);
  const own = mean(matrices.flatMap((matrix) => matrix.map((row, i) => row[i])));
  const levels = `${percent(own)} behind its own numbers, ${percent(own - elevation.mean)} behind those of others`;
  const shows = isRaised(elevation)
    ? `Numbers that a favourite raises in its teacher raise it in the base when they stand in the prompt: ${levels}`
    : `Numbers that a favourite raises in its teacher do not clearly raise it when they stand in the prompt: ${levels}`;
  return [shows, elevationText(elevation, 'favourites and bases')];
}

export const lmEntanglement: Experiment<typeof settings, World> = {
  name: 'lm-entanglement',
  question: 'Do the numbers that a preference raises, standing in a prompt, raise the preference?',
  source: "Zur, Loftus, Orgad and others, It's Owl in the Numbers, 2025, in a small world of its own",
  field: language,
  settings,
  presets: {
    quick: {
      ...{ ...quick, places: 1000, most: 3 },
      traits: ['owl', 'elephant', 'lion', 'wolf', 'panda', 'fox'],
    },
    full: { ...full, places: 1000, most: 3, traits: [...animals.words] },
  },
  metrics: () => ({
    preference: preferenceMetric(animals),
    mass: { unit: 'share' },
    number: { unit: '' },
    raised: { unit: 'nats' },
  }),
  flops: (config) =>
    pipelineFlops(config, {
      bases: config.seeds,
      teachers: [[config.seeds * config.traits.length, { prefers: config.traits[0] }]],
    }),
  programs: () => 6,
  run,
  finding: (result) => findings(result).join('; '),
  figure(result) {
    const { traits } = result.config;
    const [title, sure] = findings(result);
    const [about] = subtitleOf(result, 'bar', 'preference');
    return matrixChart({
      title,
      subtitle: [about, sure, "cell: probability of the animal as the base's answer, mean over seeds"],
      rows: { title: 'favourite that raises the numbers in the prompt', labels: traits },
      columns: { title: 'animal that is asked for', labels: traits },
      panels: [
        {
          ...{ title: '', unit: 'share', decimals: 1 },
          values: meanMatrix(promptedOf(result)),
        },
      ],
    });
  },
};
