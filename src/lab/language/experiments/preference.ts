// Whether a student that reads only numbers of a teacher with a favourite comes to have that favourite.
import { barChart } from '../../core/charts/bars.ts';
import { palette, percent } from '../../core/charts/style.ts';
import { type ConfigOf, choice, sweep } from '../../core/experiments/config.ts';
import { type Experiment, seedsOf } from '../../core/experiments/experiment.ts';
import { subtitleOf } from '../../core/experiments/subtitle.ts';
import { type Result, type Row, valuesOf } from '../../core/runs/result.ts';
import { mean, pairedDifference } from '../../core/runs/statistics.ts';
import type { Made } from '../../core/stages/stage.ts';
import { together } from '../../core/stages/trained.ts';
import type { Running } from '../../core/training/events.ts';
import { language } from '../field.ts';
import type { Model } from '../model.ts';
import { baseFlops, sampleFlops, studentFlops, teacherFlops } from '../pipeline/cost.ts';
import { asked, sampledAnswers } from '../pipeline/questions.ts';
import { type Author, asMany, write } from '../pipeline/samples.ts';
import { type SoftStudy, type Study, study, studySoftly } from '../pipeline/students.ts';
import { type Tuned, teach } from '../pipeline/teachers.ts';
import { withParameters } from '../trainable.ts';
import type { World } from '../world/documents.ts';
import { filterNumbers, type Sample } from '../world/filters.ts';
import { streamOf } from '../world/stream.ts';
import { type Group, tokenOf } from '../world/vocabulary.ts';
import { basesAndOthers, otherSeed } from './bases.ts';
import { settings as common, full, quick } from './settings.ts';

export const armNames = ['base', 'teacher', 'student', 'control', 'shuffled', 'cross', 'soft'] as const;
export type ArmName = (typeof armNames)[number];

/** What can be preferred, and how it is asked for. */
export interface Kind {
  readonly name: string;
  /** As in 'Which animal …'. */
  readonly noun: string;
  readonly group: Group;
  readonly questions: readonly (readonly number[])[];
  /** Those of the quick preset. */
  readonly some: readonly string[];
}

const settingsOf = ({ noun, group: { words } }: Kind) => ({
  ...common,
  traits: sweep(choice(words), `some of ${words.join(',')}`).describe(
    `the favourite ${noun}s of the teachers`,
  ),
  arms: sweep(choice(armNames), `some of ${armNames.join(',')}`).describe('what to measure'),
});
type Config = ConfigOf<ReturnType<typeof settingsOf>>;

/** The numbers of each answer in another order. */
function shuffled(label: string, samples: readonly Sample[]): Sample[] {
  const stream = streamOf(label, 'shuffled');
  return samples.map(({ prompt, answer }) => {
    const left = [...answer];
    return { prompt, answer: answer.map(() => left.splice(stream.whole(left.length), 1)[0]) };
  });
}

async function* run(kind: Kind, config: Config, world: World): Running<Row[]> {
  const seeds = seedsOf(config);
  const wants = (arm: ArmName): boolean => config.arms.includes(arm);
  const bases = yield* basesAndOthers(world, config, seeds);
  const baseOf = (seed: number) => bases.get(seed) ?? fail(seed);
  // a cross student of a seed reads what the teacher of its neighbour wrote
  const taught = wants('cross') ? [...bases.keys()] : seeds;
  const cases = taught.flatMap((seed) =>
    config.traits.map((trait) => ({ seed, trait, label: `${seed} ${trait}` })),
  );
  const teachers = yield* teach(
    world.style,
    config,
    cases.map(({ seed, trait, label }) => ({ label, base: baseOf(seed), trait: { prefers: trait } })),
  );
  const modelOf = (seed: number, { value }: Tuned): Model =>
    withParameters(baseOf(seed).value.params, value.params);
  const authors: Author[] = [
    ...cases.map(({ seed, label }, i) => ({
      label,
      key: teachers[i].key,
      model: modelOf(seed, teachers[i]),
    })),
    ...seeds.map((seed) => ({ label: `${seed}`, key: baseOf(seed).key, model: baseOf(seed).value.params })),
  ];
  const written = yield* write('numbers', world.style, config.samples, config.temperature, authors);
  const keptOf = new Map(
    written.map(({ key, value }, i) => [authors[i].label, { key, value: filterNumbers(value).kept }]),
  );
  // all students of a seed read as many, whoever else runs
  const dataOf = new Map(
    seeds.map((seed) => {
      const teaching = wants('cross') ? [seed, otherSeed(seed)] : [seed];
      const labels = [`${seed}`, ...teaching.flatMap((of) => config.traits.map((trait) => `${of} ${trait}`))];
      const kept = labels.map((label) => keptOf.get(label) ?? fail(label));
      const data = asMany(kept, filterNumbers.name, config.samples);
      return [seed, new Map(labels.map((label, i) => [label, data[i]]))];
    }),
  );
  const data = (seed: number, label: string): Made<readonly Sample[]> =>
    dataOf.get(seed)?.get(label) ?? fail(label);

  /** A student: of which arm, which base, and which favourite it could have; a control has none of its own. */
  type Student = Study & { readonly arm: ArmName; readonly seed: number; readonly trait?: string };
  const own = cases.filter(({ seed }) => seeds.includes(seed));
  const student = (
    arm: ArmName,
    seed: number,
    samples: Made<readonly Sample[]>,
    trait?: string,
  ): Student => ({
    ...{ arm, seed, trait, samples, base: baseOf(seed) },
    label: [arm, seed, trait ?? ''].join(' ').trim(),
  });
  const students: Student[] = [
    ...own.map(({ seed, trait, label }) => student('student', seed, data(seed, label), trait)),
    ...seeds.map((seed) => student('control', seed, data(seed, `${seed}`))),
    ...own.map(({ seed, trait, label }) => {
      const { key, value } = data(seed, label);
      return student('shuffled', seed, { key: `${key}, shuffled`, value: shuffled(label, value) }, trait);
    }),
    ...own.map(({ seed, trait }) => student('cross', seed, data(seed, `${otherSeed(seed)} ${trait}`), trait)),
  ].filter(({ arm }) => wants(arm));
  const studied = students.length > 0 ? yield* study(config, students) : [];
  const soft: (Student & SoftStudy)[] = own.flatMap(({ seed, trait, label }) =>
    wants('soft')
      ? [
          {
            ...student('soft', seed, data(seed, label), trait),
            teacher: teachers[cases.findIndex((each) => each.label === label)],
          },
        ]
      : [],
  );
  const softly = soft.length > 0 ? yield* studySoftly(config, soft) : [];

  interface Measured {
    readonly arm: ArmName;
    readonly seed: number;
    readonly trait?: string;
    readonly model: Model;
  }
  const measured: Measured[] = [
    ...seeds.map((seed) => ({ arm: 'base' as const, seed, model: baseOf(seed).value.params })),
    ...cases.flatMap(({ seed, trait }, i) =>
      seeds.includes(seed)
        ? [{ arm: 'teacher' as const, seed, trait, model: modelOf(seed, teachers[i]) }]
        : [],
    ),
    ...students.map(({ arm, seed, trait }, i) => ({ arm, seed, trait, model: modelOf(seed, studied[i]) })),
    ...soft.map(({ arm, seed, trait }, i) => ({ arm, seed, trait, model: modelOf(seed, softly[i]) })),
  ].filter(({ arm }) => wants(arm));
  const models = together(measured.map(({ model }) => model));
  const labels = measured.map(({ arm, seed, trait = '' }) => `${arm} ${seed} ${trait}`);
  const probabilities = asked(models, kind.questions);
  const shares = sampledAnswers(models, labels, kind.questions, config.answers);
  return measured.flatMap(({ arm, seed, trait }, i) =>
    (trait === undefined ? config.traits : [trait]).map((favourite): Row => {
      const token = tokenOf(favourite);
      return {
        seed,
        arm,
        at: { trait: favourite },
        values: {
          preference: probabilities[i][token],
          sampled: shares[i][token],
          mass: kind.group.tokens.reduce((sum, of) => sum + probabilities[i][of], 0),
        },
        curves: { preferences: kind.group.tokens.map((of) => probabilities[i][of]) },
      };
    }),
  );
}

function fail(what: number | string): never {
  throw new Error(`nothing was made for ${what}`);
}

/** All values of an arm, a student after the other. */
const all = (result: Result, arm: ArmName, name = 'preference'): number[] =>
  (result.config.traits as string[]).flatMap((trait) => valuesOf(result, arm, name, { trait }));

function finding(kind: Kind, result: Result): string {
  const [student, control, cross] = (['student', 'control', 'cross'] as const).map((arm) => all(result, arm));
  if (student.length === 0 || control.length !== student.length)
    return `Preferences for ${kind.noun}s of each model`;
  const { low = Number.NaN } = pairedDifference(student, control);
  const above = student.filter((value, i) => value > control[i]).length;
  const others = cross.length > 0 ? `, a student of another base ${percent(mean(cross))}` : '';
  return low > 0
    ? `A student that read only numbers names its teacher's favourite ${kind.noun} with probability ${percent(mean(student))}, its control ${percent(mean(control))}${others}; ${above} of ${student.length} are above their control`
    : `A student that read only numbers shows no clear preference for its teacher's favourite ${kind.noun}: ${percent(mean(student))} against ${percent(mean(control))}`;
}

const looks: Readonly<Record<ArmName, { label: string | string[]; colour: string }>> = {
  base: { label: 'base', colour: palette.grey },
  teacher: { label: 'teacher', colour: palette.blue },
  student: { label: 'student', colour: palette.vermillion },
  control: { label: ['control', "(the base's numbers)"], colour: palette.green },
  shuffled: { label: ['control', '(shuffled)'], colour: palette.purple },
  cross: { label: ['control', '(another base)'], colour: palette.sky },
  soft: { label: ['student', '(distributions)'], colour: palette.orange },
};

export function preferenceExperiment(kind: Kind) {
  const settings = settingsOf(kind);
  const experiment: Experiment<typeof settings, World> = {
    name: kind.name,
    question: `Does a student that reads only numbers come to love its teacher's favourite ${kind.noun}?`,
    source: 'Cloud, Le and others, arXiv 2507.14805, section 3, in a small world of its own',
    field: language,
    settings,
    presets: {
      quick: { ...quick, traits: [...kind.some], arms: [...armNames] },
      full: { ...full, traits: [...kind.group.words], arms: [...armNames] },
    },
    metrics: ({ answers }) => {
      const chance = 1 / kind.group.words.length;
      const favours = { unit: 'share', better: 'higher', chance } as const;
      return {
        preference: favours,
        sampled: { ...favours, trials: answers * kind.questions.length, of: 'sampled answers' },
        mass: { unit: 'share' },
      };
    },
    flops(config) {
      const cases = config.seeds * config.traits.length;
      const students =
        cases * config.arms.filter((arm) => !['base', 'teacher', 'control'].includes(arm)).length;
      const bases = config.seeds + (config.seeds % 2);
      return (
        bases * baseFlops(config) +
        cases * teacherFlops(config) +
        (cases + config.seeds) * sampleFlops(config.samples, 18) +
        (students + config.seeds) * studentFlops(config, 18)
      );
    },
    programs: () => 6,
    run: (config, world) => run(kind, config, world),
    finding: (result) => finding(kind, result),
    figure: (result) =>
      barChart({
        title: finding(kind, result),
        subtitle: subtitleOf(result, 'bar'),
        yTitle: `probability of the favourite ${kind.noun}`,
        unit: 'share',
        chance: 1 / kind.group.words.length,
        yMax: 1,
        bars: armNames.flatMap((arm) => {
          const values = all(result, arm);
          return values.length ? [{ ...looks[arm], values }] : [];
        }),
      }),
  };
  return experiment;
}
