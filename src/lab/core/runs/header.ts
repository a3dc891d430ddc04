// What the header of a result says of its values, and of what ran it.
import type { Metric } from './metric.ts';
import type { Result, Stages } from './result.ts';

const different = <T>(items: readonly T[]): T[] => [...new Set(items)];

/** On how many binary trials each share called `name` was measured, where that is known. */
export const trialsOf = ({ metrics }: Pick<Result, 'metrics'>, name = 'accuracy'): number | undefined =>
  metrics[name]?.trials;

/** What a guess would reach of `name`, where that means something. */
export const chanceOf = ({ metrics }: Pick<Result, 'metrics'>, name = 'accuracy'): number | undefined =>
  metrics[name]?.chance;

/** That chance as a chart of lines takes it. */
export function chanceLine(
  result: Pick<Result, 'metrics'>,
  name?: string,
): { y: number; label: string } | undefined {
  const y = chanceOf(result, name);
  return y === undefined ? undefined : { y, label: 'chance' };
}

/** `2,000 test digits`, where it is known what a share was measured on. */
export const countedOn = ({ trials, of }: Partial<Metric>): string | undefined =>
  trials === undefined || of === undefined ? undefined : `${trials.toLocaleString('en-GB')} ${of}`;

/** What the values of a result were measured on, each once. */
export const allCountedOn = ({ metrics }: Pick<Result, 'metrics'>): string[] =>
  different(Object.values(metrics).flatMap((metric) => countedOn(metric) ?? []));

type Parts = Pick<Result, 'parts'>;

/** The engines that ran it, each once. */
export const enginesOf = ({ parts }: Parts): string[] => different(parts.map(({ engine }) => engine));

/** The machines that ran it, each kind once: `a processor, 2 threads`. */
export const machinesOf = ({ parts }: Parts): string[] =>
  different(
    parts.map(
      ({ machine: { cpu, threads } }) => `${cpu}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    ),
  );

/** The versions that it ran on, each set once: `umbra 0.1.0, node 20.19.0`. */
export const versionsOf = ({ parts }: Parts): string[] =>
  different(
    parts.map(({ versions }) =>
      Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
    ),
  );

/** The commits of the code that ran it, each once. */
export const commitsOf = ({ parts }: Parts): (string | null)[] =>
  different(parts.map(({ commit }) => commit));

/** The outputs of each stage that `parts` made and took, in all. */
function stagesOf({ parts }: Parts): Stages {
  const all: Record<string, Stages[string]> = {};
  for (const [name, { made, taken }] of parts.flatMap(({ stages = {} }) => Object.entries(stages))) {
    const before = all[name] ?? { made: 0, taken: 0 };
    all[name] = { made: before.made + made, taken: before.taken + taken };
  }
  return all;
}

/** How many outputs of which stages were `made`, or `taken` from where they are kept: `4 base, 12 written`. */
export const outputsOf = (parts: Parts, how: 'made' | 'taken'): string =>
  Object.entries(stagesOf(parts))
    .flatMap(([name, { [how]: n }]) => (n > 0 ? [`${n} ${name}`] : []))
    .join(', ');

/** How long all parts took together, in seconds. */
export const wallSecondsOf = ({ parts }: Parts): number =>
  parts.reduce((sum, { wallSeconds }) => sum + wallSeconds, 0);
