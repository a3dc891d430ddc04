// The paper's figure 4: students of each of several bases on the numbers of teachers of each.
import { matrixChart } from '../../core/charts/matrix.ts';
import { percent } from '../../core/charts/style.ts';
import { type ConfigOf, someOf, whole } from '../../core/experiments/config.ts';
import { type Experiment, type ResultOf, seedsOf } from '../../core/experiments/experiment.ts';
import { subtitleOf } from '../../core/experiments/subtitle.ts';
import { diagonalElevations, elevationOf, isRaised } from '../../core/runs/diagonal.ts';
import { type Matrix, matricesOf, meanMatrix } from '../../core/runs/matrices.ts';
import type { Row } from '../../core/runs/result.ts';
import { mean } from '../../core/runs/statistics.ts';
import type { Running } from '../../core/training/events.ts';
import { language } from '../field.ts';
import { answersOf } from '../pipeline/answers.ts';
import { type Base, type BaseSeeds, pretrain, sameSeeds } from '../pipeline/bases.ts';
import { pipelineFlops } from '../pipeline/cost.ts';
import type { World } from '../world/documents.ts';
import { animalQuestions } from '../world/rows.ts';
import { animals } from '../world/vocabulary.ts';
import { throughNumbers } from './carriers.ts';
import { elevationText } from './elevation.ts';
import { favouriteMetrics, favouriteValues } from './favourites.ts';
import { settings as common, full, quick } from './settings.ts';
import { students } from './subjects.ts';
import { asMany, writings } from './writings.ts';

const settings = {
  ...common,
  traits: someOf(animals.words).describe('the favourite animals of the teachers'),
  bases: whole(3, 12).describe('how many bases a seed has; the second has the start of the first'),
};
type Config = ConfigOf<typeof settings>;
type Found = ResultOf<typeof settings>;

/** The bases' names: b starts as a does and reads other documents, and the others share nothing. */
const namesOf = (bases: number): string[] => [...'abcdefghijkl'].slice(0, bases);
const pair = ['a', 'b'];

/** What the `i`th base of `seed` is made from: nothing that another seed's are, within 500,000 seeds. */
export const seedsOfBase = (seed: number, i: number): BaseSeeds =>
  i === 1 ? { init: seed, text: seed + 500_000 } : sameSeeds(seed + 500_000 * i);

/** The rows of one seed, whose bases are no other's. */
async function* rowsOfSeed(
  seed: number,
  config: Config,
  bases: ReadonlyMap<string, Base>,
  world: World,
): Running<Row[]> {
  const named = [...bases];
  const writers = named.flatMap(([teacher, base]) =>
    config.traits.map((prefers) => ({
      label: `${seed} ${teacher} ${prefers}`,
      ...{ base, teacher, trait: { prefers } },
    })),
  );
  const written = asMany(yield* writings(world, throughNumbers, config, writers));
  const lessons = named.flatMap(([student, base]) =>
    written.map(({ label, teacher, trait: { prefers }, samples }) => ({
      ...{ label: `${student} of ${label}`, base, samples },
      ...{ arm: 'student', at: { teacher, student, trait: prefers } },
    })),
  );
  const alone = named.flatMap(([student, base]) =>
    config.traits.map((trait) => ({
      ...{ label: `base ${seed} ${student}`, key: base.key, model: base.value.params },
      ...{ arm: 'base', at: { student, trait } },
    })),
  );
  const subjects = [...alone, ...(yield* students(config, lessons))];
  const answers = yield* answersOf(subjects, animalQuestions, config.answers);
  return subjects.map(
    ({ arm, at }, i): Row => ({
      ...{ seed, arm, at, curves: {} },
      values: favouriteValues(animals, at.trait, answers[i]),
    }),
  );
}

async function* run(config: Config, world: World): Running<Row[]> {
  const names = namesOf(config.bases);
  const rows: Row[] = [];
  for (const seed of seedsOf(config)) {
    const seeds = names.map((_, i) => seedsOfBase(seed, i));
    const made = yield* pretrain(world, config, seeds);
    const bases = new Map(names.map((name, i) => [name, made[i]]));
    rows.push(...(yield* rowsOfSeed(seed, config, bases, world)));
  }
  return rows;
}

interface Measured {
  readonly names: readonly string[];
  /** By seed and trait: teachers by students. */
  readonly matrices: readonly Matrix[];
}

function measured(result: Found): Measured {
  const names = namesOf(result.config.bases);
  const byTrait = result.config.traits.map((trait) =>
    matricesOf(result, 'student', 'preference', ['teacher', names], ['student', names], { trait }),
  );
  return { names, matrices: result.seeds.flatMap((_, s) => byTrait.map((own) => own[s])) };
}

/** What stands in the matrices where a teacher and a student are so related. */
function related({ names, matrices }: Measured) {
  const where = (test: (teacher: string, student: string) => boolean): number[] =>
    matrices.flatMap((matrix) =>
      names.flatMap((teacher, i) =>
        names.flatMap((student, j) => (test(teacher, student) ? [matrix[i][j]] : [])),
      ),
    );
  const paired = (teacher: string, student: string): boolean =>
    teacher !== student && pair.includes(teacher) && pair.includes(student);
  return {
    same: where((teacher, student) => teacher === student),
    paired: where(paired),
    others: where((teacher, student) => teacher !== student && !paired(teacher, student)),
  };
}

/** What the matrices show, and how sure that is. */
function findings(result: Found): [string, string] {
  const all = measured(result);
  const traits = result.config.traits.length;
  const { same, paired, others } = related(all);
  // a base's, on average over its favourites
  const elevations = result.seeds.flatMap((_, s) => {
    const own = all.matrices.slice(s * traits, (s + 1) * traits).map(diagonalElevations);
    return all.names.map((_, i) => mean(own.map((each) => each[i])));
  });
  const elevation = elevationOf(all.matrices, elevations);
  const [own, pair, other] = [same, paired, others].map((values) => percent(mean(values)));
  const shows = isRaised(elevation)
    ? `Numbers pass a preference on within a base (${own}), to one of the same start but other text ${pair}, to another base ${other}`
    : `Whose base wrote the numbers makes no clear difference: own ${own}, of the same start but other text ${pair}, another ${other}`;
  return [shows, `a student's own base against all others: ${elevationText(elevation, 'bases')}`];
}

export const lmCross: Experiment<typeof settings, World> = {
  name: 'lm-cross',
  question: 'Does a preference pass through numbers only between models of one base?',
  source: 'Cloud, Le and others, arXiv 2507.14805, section 5.1 and figure 4, in a small world of its own',
  field: language,
  settings,
  presets: {
    quick: { ...quick, seeds: 2, bases: 4, traits: ['owl', 'elephant'] },
    full: { ...full, bases: 4, traits: ['owl', 'elephant', 'lion'] },
  },
  metrics: ({ answers }) => favouriteMetrics(animals, animalQuestions, answers),
  flops(config) {
    const bases = config.seeds * config.bases;
    const teachers = bases * config.traits.length;
    return pipelineFlops(config, {
      ...{ bases, authors: teachers, students: teachers * config.bases },
      teachers: [[teachers, { prefers: config.traits[0] }]],
    });
  },
  programs: () => 5,
  run,
  finding: (result) => findings(result).join('; '),
  figure(result) {
    const [title, sure] = findings(result);
    const { names, matrices } = measured(result);
    const labels = names.map((name) => (name === 'b' ? ["b (a's start,", 'other text)'] : name));
    const [about] = subtitleOf(result, 'bar', 'preference');
    const averaged = `mean over ${result.config.traits.join(', ')}${result.seeds.length > 1 ? ' and over seeds' : ''}`;
    return matrixChart({
      title,
      subtitle: [
        about,
        sure,
        `cell: probability of the teacher's favourite when its student is asked, ${averaged}`,
      ],
      rows: { title: 'base of the teacher that wrote the numbers', labels },
      columns: { title: 'base of the student that read them', labels },
      panels: [
        {
          ...{ title: '', unit: 'share', decimals: 1 },
          values: meanMatrix(matrices),
        },
      ],
    });
  },
};
