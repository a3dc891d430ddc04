// What a result says in tables, whoever writes them out: means with their intervals, and paired differences.
import { allCountedOn } from '../runs/header.ts';
import type { Metric } from '../runs/metric.ts';
import { type Result, type Row, valuesOf } from '../runs/result.ts';
import { mean, pairedDifference, type Summary, summarize } from '../runs/statistics.ts';
import { percent } from './words.ts';

/** Cells of text, the first of each row a label. */
export interface Table {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly notes: readonly string[];
}

const labels: Readonly<Record<string, string>> = {
  reference: 'reference (untrained)',
  teacher: 'teacher',
  student_aux: 'student (same start, auxiliary logits)',
  student_all: 'student (same start, all logits)',
  cross_aux: 'control (other start, auxiliary logits)',
  cross_all: 'control (other start, all logits)',
};

const labelOf = (arm: string): string => labels[arm] ?? arm.replaceAll('_', ' ');

/** Students and the controls that they are compared with. */
const pairs = [
  ['student_aux', 'cross_aux'],
  ['student_all', 'cross_all'],
] as const;

const different = <T>(items: readonly T[]): T[] => [...new Set(items)];

/** The different settings of an arm's rows, in their order. */
export const pointsOf = ({ rows }: Pick<Result, 'rows'>, arm: string): Row['at'][] => [
  ...new Map(rows.filter((row) => row.arm === arm).map(({ at }) => [JSON.stringify(at), at])).values(),
];

/** The settings that vary over the rows, and a row's values of them. */
function sweepOf({ rows }: Result, arms: readonly string[]) {
  const names = different(rows.filter(({ arm }) => arms.includes(arm)).flatMap(({ at }) => Object.keys(at)));
  return { names, cells: (at: Row['at']): string[] => names.map((name) => String(at[name] ?? '')) };
}

const minus = (text: string): string => text.replace('-', '−');

/** Three digits, and all of those before the point. */
const written = (x: number): string => minus(Math.abs(x) < 1000 ? x.toPrecision(3) : x.toFixed(0));

/** `69.2 %` and `64.6 % to 73.9 %`; other numbers to three digits. A single value has an interval where it has trials. */
function estimated({ unit, trials }: Metric, values: readonly number[]): [string, string] {
  const isShare = unit === 'share';
  const shown = isShare ? percent : written;
  const within = (x: number): number => (isShare ? Math.min(1, Math.max(0, x)) : x);
  if (values.length < 2 && trials === undefined) return [shown(mean(values)), ''];
  const { mean: centre, low, high } = summarize(values, trials);
  return [shown(centre), `${shown(within(low))} to ${shown(within(high))}`];
}

/** A metric's name, and its unit where the numbers do not show it. */
const named = (name: string, { unit }: Metric): string =>
  unit === 'share' || unit === '' ? name : `${name}, ${unit}`;

/** `Accuracy on test digits`. */
const captionOf = (name: string, { of }: Metric): string =>
  `${name[0].toUpperCase()}${name.slice(1)}${of ? ` on ${of}` : ''}`;

/** A line an arm, setting and value: the mean, its 95 % interval and the number of models; the chances last. */
export function valueTable(result: Result): Table {
  const { rows, seeds, metrics } = result;
  const arms = different(rows.map(({ arm }) => arm));
  const names = different(rows.flatMap(({ values }) => Object.keys(values)));
  const sweep = sweepOf(result, arms);
  const told = names.some((name) => names.length > 1 || metrics[name].unit !== 'share'); // else the only value needs no name
  const lines = arms.flatMap((arm) =>
    pointsOf(result, arm).flatMap((at) =>
      names.flatMap((name) => {
        const values = valuesOf(result, arm, name, at);
        if (values.length === 0) return [];
        const where = [labelOf(arm), ...sweep.cells(at), ...(told ? [named(name, metrics[name])] : [])];
        return [[...where, ...estimated(metrics[name], values), String(values.length)]];
      }),
    ),
  );
  const empty = sweep.names.map(() => '');
  const chances = names.flatMap((name) => {
    const { chance, unit } = metrics[name];
    if (chance === undefined) return [];
    const shown = unit === 'share' ? percent(chance) : written(chance);
    return [['chance', ...empty, ...(told ? [name] : []), shown, '', '']];
  });
  const counted = allCountedOn(result);
  return {
    caption: told ? 'What was measured' : captionOf(names[0], metrics[names[0]]),
    head: ['', ...sweep.names, ...(told ? ['value'] : []), 'mean', '95 % interval', 'n'],
    rows: [...lines, ...chances],
    notes: [
      seeds.length > 1
        ? `mean over ${seeds.length} seeds, t interval`
        : ['one seed', ...(counted.length ? [`Wilson interval over ${counted.join(', ')}`] : [])].join(', '),
    ],
  };
}

/** Students against their controls, seed by seed; nothing where there are no such pairs. */
export function differenceTable(result: Result): Table | undefined {
  const { seeds } = result;
  if (seeds.length < 2) return undefined;
  const sweep = sweepOf(result, pairs.flat());
  const points = (x = Number.NaN): string => minus((100 * x).toFixed(1));
  const rows = pairs.flatMap(([student, control]) =>
    pointsOf(result, student).flatMap((at) => {
      const [a, b] = [student, control].map((arm) => valuesOf(result, arm, 'accuracy', at));
      if (a.length !== seeds.length || b.length !== seeds.length) return [];
      const { mean: centre, low, high, p } = pairedDifference(a, b);
      return [
        [
          `${student} − ${control}`,
          ...sweep.cells(at),
          `${points(centre)} points`,
          `${points(low)} to ${points(high)}`,
          p.toPrecision(2),
          String(a.length),
        ],
      ];
    }),
  );
  if (rows.length === 0) return undefined;
  return {
    caption: 'Students against their controls',
    head: ['', ...sweep.names, 'difference', '95 % interval', 'p', 'n'],
    rows,
    notes: ['paired over seeds, t interval, two-sided permutation test'],
  };
}

/** An estimate in one cell: `69.2 % (64.6 to 73.9)`. */
export function inOneCell({ mean: centre, low, high }: Pick<Summary, 'mean' | 'low' | 'high'>): string {
  const bare = (x: number): string => (100 * Math.min(1, Math.max(0, x))).toFixed(1);
  return `${percent(centre)} (${bare(low)} to ${bare(high)})`;
}
