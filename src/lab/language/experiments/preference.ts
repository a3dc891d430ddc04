// Whether a student that reads only what a teacher with a favourite writes comes to have that favourite.
import { barChart } from '../../core/charts/bars.ts';
import { palette, percent } from '../../core/charts/style.ts';
import { type ConfigOf, choice, sweep } from '../../core/experiments/config.ts';
import { type Experiment, seedsOf } from '../../core/experiments/experiment.ts';
import { subtitleOf } from '../../core/experiments/subtitle.ts';
import { type Result, type Row, valuesOf } from '../../core/runs/result.ts';
import { mean, pairedDifference } from '../../core/runs/statistics.ts';
import type { Made } from '../../core/stages/stage.ts';
import type { Running } from '../../core/training/events.ts';
import { language } from '../field.ts';
import { baseFlops, sampleFlops, studentFlops, teacherFlops } from '../pipeline/cost.ts';
import { tasks } from '../pipeline/samples.ts';
import type { World } from '../world/documents.ts';
import type { Sample } from '../world/filters.ts';
import { streamOf } from '../world/stream.ts';
import { type Group, tokenOf } from '../world/vocabulary.ts';
import { otherSeed } from './bases.ts';
import type { Carrier } from './carriers.ts';
import { settings as common, full, type PipelineValues, quick } from './settings.ts';
import { answersOf, massOf, type Subject, softStudents, students } from './subjects.ts';
import { writings } from './writings.ts';

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
  /** Those of the quick preset. */
  readonly some: readonly string[];
  /** Where its presets differ from those that the experiments share. */
  readonly preset?: Partial<PipelineValues>;
}

const settingsOf = ({ noun, group: { words } }: Kind) => ({
  ...common,
  traits: sweep(choice(words), `some of ${words.join(',')}`).describe(
    `the favourite ${noun}s of the teachers`,
  ),
  arms: sweep(choice(armNames), `some of ${armNames.join(',')}`).describe('what to measure'),
});
type Config = ConfigOf<ReturnType<typeof settingsOf>>;

/** The tokens of each answer in another order. */
function shuffled({ key, value }: Made<readonly Sample[]>, label: string): Made<readonly Sample[]> {
  const stream = streamOf(label, 'shuffled');
  const samples = value.map(({ prompt, answer }) => {
    const left = [...answer];
    return { prompt, answer: answer.map(() => left.splice(stream.whole(left.length), 1)[0]) };
  });
  return { key: `${key}, shuffled`, value: samples };
}

async function* run({ carrier, group, questions }: Kind, config: Config, world: World): Running<Row[]> {
  const seeds = seedsOf(config);
  const wants = (arm: ArmName): boolean => config.arms.includes(arm);
  const traits = Object.fromEntries(config.traits.map((prefers) => [prefers, { prefers }]));
  // a cross student of a seed reads what the teacher of its neighbour wrote
  const from = yield* writings({
    ...{ world, carrier, settings: config, seeds, traits, others: wants('cross') },
  });
  const each = seeds.flatMap((seed) => config.traits.map((trait) => ({ seed, trait, name: trait })));
  const lessons = {
    student: () => each.map((own) => ({ ...own, samples: from.data(own) })),
    control: () => seeds.map((seed) => ({ seed, samples: from.data({ seed }) })),
    shuffled: () =>
      each.map((own) => ({ ...own, samples: shuffled(from.data(own), `${own.seed} ${own.trait}`) })),
    cross: () => each.map((own) => ({ ...own, samples: from.data({ ...own, seed: otherSeed(own.seed) }) })),
  };
  const hard = (['student', 'control', 'shuffled', 'cross'] as const).filter(wants);
  const subjects: Subject<ArmName>[] = [
    ...seeds.map((seed) => ({ arm: 'base' as const, seed, model: from.model({ seed }) })),
    ...each.map((own) => ({ ...own, arm: 'teacher' as const, model: from.model(own) })),
    ...(yield* students<ArmName>(
      config,
      from,
      hard.flatMap((arm) => lessons[arm]().map((lesson) => ({ ...lesson, arm }))),
    )),
    ...(yield* softStudents<ArmName>(
      config,
      from,
      carrier.imitated,
      wants('soft')
        ? lessons.student().map((own) => ({ ...own, arm: 'soft' as const, teacher: from.teacher(own) }))
        : [],
    )),
  ].filter(({ arm }) => wants(arm));
  const answers = answersOf(subjects, questions, config.answers);
  return subjects.flatMap(({ arm, seed, trait }, i) => {
    const { probabilities, shares } = answers[i];
    // what has no favourite of its own is held against each
    return (trait === undefined ? config.traits : [trait]).map((favourite): Row => {
      const token = tokenOf(favourite);
      return {
        seed,
        arm,
        at: { trait: favourite },
        values: {
          preference: probabilities[token],
          sampled: shares[token],
          mass: massOf(probabilities, group.tokens),
        },
        curves: { preferences: group.tokens.map((of) => probabilities[of]) },
      };
    });
  });
}

/** All values of an arm, a student after the other. */
const all = (result: Result, arm: ArmName, name = 'preference'): number[] =>
  (result.config.traits as string[]).flatMap((trait) => valuesOf(result, arm, name, { trait }));

function finding({ noun, carrier }: Kind, result: Result): string {
  const [student, control, cross] = (['student', 'control', 'cross'] as const).map((arm) => all(result, arm));
  if (student.length === 0 || control.length !== student.length)
    return `Preferences for ${noun}s of each model`;
  const { low = Number.NaN } = pairedDifference(student, control);
  const above = student.filter((value, i) => value > control[i]).length;
  const others = cross.length > 0 ? `, a student of another base ${percent(mean(cross))}` : '';
  return low > 0
    ? `A student that read only ${carrier.noun} names its teacher's favourite ${noun} with probability ${percent(mean(student))}, its control ${percent(mean(control))}${others}; ${above} of ${student.length} are above their control`
    : `A student that read only ${carrier.noun} shows no clear preference for its teacher's favourite ${noun}: ${percent(mean(student))} against ${percent(mean(control))}`;
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
    field: language,
    settings,
    presets: {
      quick: { ...quick, ...kind.preset, traits: [...kind.some], arms: [...armNames] },
      full: { ...full, ...kind.preset, traits: [...kind.group.words], arms: [...armNames] },
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
      const { length } = tasks[kind.carrier.task];
      const students =
        cases * config.arms.filter((arm) => !['base', 'teacher', 'control'].includes(arm)).length;
      const bases = config.seeds + (config.seeds % 2);
      return (
        bases * baseFlops(config) +
        cases * teacherFlops(config, { prefers: config.traits[0] }) +
        (cases + config.seeds) * sampleFlops(config.samples, length) +
        (students + config.seeds) * studentFlops(config, length)
      );
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
    finding: (result) => finding(kind, result),
    figure: (result) =>
      barChart({
        title: finding(kind, result),
        subtitle: subtitleOf(result, 'bar', 'preference'),
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
