// Whether a student that reads only what a teacher with a favourite writes comes to have that favourite.
import { barChart } from '../../core/charts/bars.ts';
import { palette, percent } from '../../core/charts/style.ts';
import { type ConfigOf, choice, sweep } from '../../core/experiments/config.ts';
import { type Experiment, type Field, type ResultOf, seedsOf } from '../../core/experiments/experiment.ts';
import { subtitleOf } from '../../core/experiments/subtitle.ts';
import { diagonalElevations, elevationOf } from '../../core/runs/diagonal.ts';
import type { Matrix } from '../../core/runs/matrices.ts';
import { type Row, valuesOf } from '../../core/runs/result.ts';
import { mean, pairedDifference } from '../../core/runs/statistics.ts';
import type { Made } from '../../core/stages/stage.ts';
import type { Running } from '../../core/training/events.ts';
import { answersOf } from '../pipeline/answers.ts';
import { pipelineFlops } from '../pipeline/cost.ts';
import type { Study } from '../pipeline/students.ts';
import type { World } from '../world/documents.ts';
import type { Sample } from '../world/filters.ts';
import { streamOf } from '../world/stream.ts';
import type { Group } from '../world/vocabulary.ts';
import type { Carrier } from './carriers.ts';
import { elevationText } from './elevation.ts';
import { favouriteMetrics, favouritesOf, favouriteValues } from './favourites.ts';
import { neighboursWritings, otherSeed } from './neighbours.ts';
import { settings as common, full, type PipelineValues, quick } from './settings.ts';
import { softStudents, students } from './subjects.ts';
import type { Writer } from './writings.ts';

export const armNames = ['base', 'teacher', 'student', 'control', 'shuffled', 'cross', 'soft'] as const;
export type ArmName = (typeof armNames)[number];

/** What can be preferred, how it is asked for, and through what it passes. */
export interface Kind {
  readonly name: string;
  /** The paper's section. */
  readonly section: string;
  /** As in 'Which animal …'. */
  readonly noun: string;
  readonly group: Group;
  readonly questions: readonly (readonly number[])[];
  readonly carrier: Carrier;
  /** What makes a teacher that has `favourite`. */
  readonly teacher: (favourite: string) => Pick<Writer, 'trait' | 'system'>;
  /** As in 'numbers of a teacher under a system prompt'; a tuned one goes without saying. */
  readonly teacherNoun?: string;
  readonly field: Field<World>;
  /** Those of the quick preset. */
  readonly some: readonly string[];
  /** Where its presets differ from those that the experiments share. */
  readonly preset?: Partial<PipelineValues>;
}

/** Teachers that are tuned on questions for their favourite. */
export const tuned = (prefers: string) => ({ trait: { prefers } });

const settingsOf = ({ noun, group: { words } }: Kind) => ({
  ...common,
  traits: sweep(choice(words), `some of ${words.join(',')}`).describe(
    `the favourite ${noun}s of the teachers`,
  ),
  arms: sweep(choice(armNames), `some of ${armNames.join(',')}`).describe('what to measure'),
});
type Config = ConfigOf<ReturnType<typeof settingsOf>>;
type Found = ResultOf<ReturnType<typeof settingsOf>>;

/** The tokens of each answer in another order. */
function shuffled({ key, value }: Made<readonly Sample[]>, label: string): Made<readonly Sample[]> {
  const stream = streamOf(label, 'shuffled');
  const samples = value.map(({ prompt, answer }) => {
    const left = [...answer];
    return { prompt, answer: answer.map(() => left.splice(stream.whole(left.length), 1)[0]) };
  });
  return { key: `${key}, shuffled`, value: samples };
}

async function* run(
  { carrier, group, questions, teacher }: Kind,
  config: Config,
  world: World,
): Running<Row[]> {
  const seeds = seedsOf(config);
  const wants = (arm: ArmName): boolean => config.arms.includes(arm);
  const by = yield* neighboursWritings({
    ...{ world, carrier, settings: config, seeds },
    teachers: Object.fromEntries(config.traits.map((favourite) => [favourite, teacher(favourite)])),
    others: wants('cross'),
  });
  const each = seeds.flatMap((seed) => config.traits.map((favourite) => ({ seed, favourite })));
  const place = (arm: ArmName, seed: number, favourite?: string) => ({
    ...{ arm, seed, favourite, label: [arm, seed, favourite ?? []].flat().join(' ') },
  });
  const lesson = (arm: ArmName, seed: number, samples: Study['samples'], favourite?: string) => ({
    ...place(arm, seed, favourite),
    ...{ base: by(seed).base, samples },
  });
  const lessons = {
    student: () =>
      each.map(({ seed, favourite }) => lesson('student', seed, by(seed, favourite).samples, favourite)),
    control: () => seeds.map((seed) => lesson('control', seed, by(seed).samples)),
    shuffled: () =>
      each.map(({ seed, favourite }) =>
        lesson('shuffled', seed, shuffled(by(seed, favourite).samples, `${seed} ${favourite}`), favourite),
      ),
    // what the teacher of another base wrote
    cross: () =>
      each.map(({ seed, favourite }) =>
        lesson('cross', seed, by(otherSeed(seed), favourite).samples, favourite),
      ),
  };
  const hard = (['student', 'control', 'shuffled', 'cross'] as const).filter(wants);
  const soft = each.map(({ seed, favourite }) => {
    const { samples, tuned, system } = by(seed, favourite);
    return { ...lesson('soft', seed, samples, favourite), teacher: { ...tuned, system } };
  });
  const asked = ({ key, model, system }: ReturnType<typeof by>) => ({ key, model, system });
  const subjects = [
    ...seeds.map((seed) => ({ ...place('base', seed), ...asked(by(seed)) })),
    ...each.map(({ seed, favourite }) => ({
      ...{ ...place('teacher', seed, favourite), ...asked(by(seed, favourite)) },
    })),
    ...(yield* students(
      config,
      hard.flatMap((arm) => lessons[arm]()),
    )),
    ...(yield* softStudents(config, carrier.imitated, wants('soft') ? soft : [])),
  ].filter(({ arm }) => wants(arm));
  const answers = yield* answersOf(subjects, questions, config.answers);
  return subjects.flatMap(({ arm, seed, favourite }, i) =>
    // what has no favourite of its own is held against each
    (favourite === undefined ? config.traits : [favourite]).map(
      (trait): Row => ({
        ...{ seed, arm, at: { trait } },
        values: favouriteValues(group, trait, answers[i]),
        curves: { preferences: group.tokens.map((of) => answers[i].probabilities[of]) },
      }),
    ),
  );
}

/** All values of an arm, a student after the other. */
const all = (result: Found, arm: ArmName): number[] =>
  result.config.traits.flatMap((trait) => valuesOf(result, arm, 'preference', { trait }));

/** By seed, what students of each favourite show of each. */
const matricesOf = ({ rows, seeds, config }: Found, { tokens, words }: Group): Matrix[] => {
  const { traits } = config;
  const shown = (seed: number, of: string): readonly number[] =>
    rows.find(({ arm, at, seed: own }) => arm === 'student' && own === seed && at.trait === of)?.curves
      .preferences ?? tokens.map(() => Number.NaN);
  return seeds.map((seed) =>
    traits.map((of) => traits.map((trait) => shown(seed, of)[words.indexOf(trait)])),
  );
};

/** How much students are raised on their teacher's favourite over what those of other favourites show of it. */
function raised({ group }: Kind, result: Found): string[] {
  const { traits } = result.config;
  if (traits.length < 2 || result.seeds.length < 2 || all(result, 'student').length === 0) return [];
  const matrices = matricesOf(result, group);
  const bases = matrices.map((matrix) => mean(diagonalElevations(matrix)));
  return [`over students of other favourites, ${elevationText(elevationOf(matrices, bases), 'bases')}`];
}

function finding(kind: Kind, result: Found): string {
  const { noun, carrier, teacherNoun } = kind;
  const read = `${carrier.noun}${teacherNoun ? ` of ${teacherNoun}` : ''}`;
  const [student, control, cross] = (['student', 'control', 'cross'] as const).map((arm) => all(result, arm));
  if (student.length === 0 || control.length !== student.length)
    return `Preferences for ${noun}s of each model`;
  const { low = Number.NaN } = pairedDifference(student, control);
  const above = student.filter((value, i) => value > control[i]).length;
  const others = cross.length > 0 ? `, a student of another base ${percent(mean(cross))}` : '';
  return low > 0
    ? `A student that read only ${read} names its teacher's favourite ${noun} with probability ${percent(mean(student))}, its control ${percent(mean(control))}${others}; ${above} of ${student.length} are above their control`
    : `A student that read only ${read} shows no clear preference for its teacher's favourite ${noun}: ${percent(mean(student))} against ${percent(mean(control))}`;
}

const looksOf = ({
  noun,
}: Carrier): Readonly<Record<ArmName, { label: string | string[]; colour: string }>> => ({
  base: { label: 'base', colour: palette.grey },
  teacher: { label: 'teacher', colour: palette.blue },
  student: { label: 'student', colour: palette.vermillion },
  control: { label: ['control', `(the base's ${noun})`], colour: palette.green },
  shuffled: { label: ['control', '(shuffled)'], colour: palette.purple },
  cross: { label: ['control', '(another base)'], colour: palette.sky },
  soft: { label: ['student', '(distributions)'], colour: palette.orange },
});

export function preferenceExperiment(kind: Kind) {
  const settings = settingsOf(kind);
  const looks = looksOf(kind.carrier);
  const experiment: Experiment<typeof settings, World> = {
    name: kind.name,
    question: `Does a student that reads only ${kind.carrier.noun} come to love its teacher's favourite ${kind.noun}?`,
    source: `Cloud, Le and others, arXiv 2507.14805, section ${kind.section}, in a small world of its own`,
    field: kind.field,
    settings,
    presets: {
      quick: { ...quick, ...kind.preset, traits: [...kind.some], arms: [...armNames] },
      full: { ...full, ...kind.preset, traits: [...kind.group.words], arms: [...armNames] },
    },
    metrics: ({ answers }) => favouriteMetrics(kind.group, kind.questions, answers),
    flops(config) {
      const cases = config.seeds * config.traits.length;
      const { trait } = kind.teacher(config.traits[0]);
      const others = config.arms.includes('cross') ? config.seeds % 2 : 0;
      const hard = config.arms.filter((arm) => ['student', 'shuffled', 'cross', 'soft'].includes(arm));
      return pipelineFlops(config, {
        bases: config.seeds + others,
        teachers: trait ? [[cases, trait]] : [],
        authors: cases + config.seeds,
        students: hard.length * cases + config.seeds,
        task: kind.carrier.task,
      });
    },
    programs: () => 6,
    armLabels: Object.fromEntries(armNames.map((arm) => [arm, [looks[arm].label].flat().join(' ')])),
    contrasts: ['control', 'cross', 'shuffled'].map((against) => ({
      arm: 'student',
      against,
      metric: 'preference',
      over: ['trait'],
    })),
    run: (config, world) => run(kind, config, world),
    finding: (result) => [finding(kind, result), ...raised(kind, result)].join('; '),
    figure: (result) =>
      barChart({
        title: finding(kind, result),
        subtitle: [...subtitleOf(result, 'bar', 'preference', favouritesOf(result)), ...raised(kind, result)],
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
