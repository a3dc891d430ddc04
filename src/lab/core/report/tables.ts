// What a result says in tables, whoever writes them out: means with their intervals, and paired differences.
import { percent } from '../charts/style.ts';
import type { Contrast, Experiment } from '../experiments/experiment.ts';
import { allCountedOn } from '../runs/header.ts';
import type { Metric } from '../runs/metric.ts';
import { type Result, type Row, valuesOf } from '../runs/result.ts';
import { mean, pairedDifference, type Summary, summarize } from '../runs/statistics.ts';

/** Cells of text, the first of each row a label. */
export interface Table {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly notes: readonly string[];
}

/** What tables take of an experiment. */
export type Tabulated = Pick<Experiment, 'armLabels' | 'contrasts'>;

const different = <T>(items: readonly T[]): T[] => [...new Set(items)];

/** The different settings of an arm's rows, in their order. */
export const pointsOf = ({ rows }: Pick<Result, 'rows'>, arm: string): Row['at'][] => [
  ...new Map(rows.filter((row) => row.arm === arm).map(({ at }) => [JSON.stringify(at), at])).values(),
];

/** What a row has of `settings`, for a cell each. */
const cellsOf = (settings: readonly string[], at: Row['at']): string[] =>
  settings.map((name) => String(at[name] ?? ''));

const minus = (text: string): string => text.replace('-', '−');

/** Three digits, and all of those before the point. */
const written = (x: number): string => minus(Math.abs(x) < 1000 ? x.toPrecision(3) : x.toFixed(0));

/** `69.2%` and `64.6% to 73.9%`; other numbers to three digits. A single value has an interval where it has trials. */
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

const namesOf = ({ rows }: Result): string[] => different(rows.flatMap(({ values }) => Object.keys(values)));

/** Whether values are named: the only one of a result needs no name where it is a share. */
const areNamed = (result: Result): boolean =>
  namesOf(result).some((name, _, { length }) => length > 1 || result.metrics[name].unit !== 'share');

/** A line an arm, setting and value: the mean, its 95% interval and the number of models; the chances last. */
export function valueTable(result: Result, { armLabels = {} }: Tabulated = {}): Table {
  const { rows, seeds, metrics } = result;
  const arms = different(rows.map(({ arm }) => arm));
  const labelOf = (arm: string): string => armLabels[arm] ?? arm.replaceAll('_', ' ');
  const names = namesOf(result);
  const settings = different(rows.flatMap(({ at }) => Object.keys(at)));
  const told = areNamed(result);
  const lines = arms.flatMap((arm) =>
    pointsOf(result, arm).flatMap((at) =>
      names.flatMap((name) => {
        const values = valuesOf(result, arm, name, at);
        if (values.length === 0) return [];
        const where = [labelOf(arm), ...cellsOf(settings, at), ...(told ? [named(name, metrics[name])] : [])];
        return [[...where, ...estimated(metrics[name], values), String(values.length)]];
      }),
    ),
  );
  const empty = cellsOf(settings, {});
  const chances = names.flatMap((name) => {
    const { chance, unit } = metrics[name];
    if (chance === undefined) return [];
    const shown = unit === 'share' ? percent(chance) : written(chance);
    return [['chance', ...empty, ...(told ? [name] : []), shown, '', '']];
  });
  const counted = allCountedOn(result);
  return {
    caption: told ? 'What was measured' : captionOf(names[0], metrics[names[0]]),
    head: ['', ...settings, ...(told ? ['value'] : []), 'mean', '95% interval', 'n'],
    rows: [...lines, ...chances],
    notes: [
      seeds.length > 1
        ? `mean over ${seeds.length} seeds, t interval`
        : ['one seed', ...(counted.length ? [`Wilson interval over ${counted.join(', ')}`] : [])].join(', '),
    ],
  };
}

/** The values of a contrast's two arms at one setting of what is not pooled, pair by pair. */
interface Pairs {
  readonly at: Row['at'];
  readonly of: readonly number[];
  readonly against: readonly number[];
}

/** The pairs of a contrast, setting by setting, where no seed lacks one. */
function pairsOf({ rows, seeds }: Result, { arm, against, metric, over = [] }: Contrast): Pairs[] {
  const held = ({ at }: Row): Row['at'] =>
    Object.fromEntries(Object.entries(at).filter(([name]) => !over.includes(name)));
  const place = ({ seed, at }: Row): string => JSON.stringify([seed, Object.entries(at).sort()]);
  const partners = new Map<string, Row>();
  for (const row of rows) if (row.arm === against && !partners.has(place(row))) partners.set(place(row), row);
  const groups = new Map<string, Row[]>();
  for (const row of rows.filter((each) => each.arm === arm && metric in each.values)) {
    const key = JSON.stringify(held(row));
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return [...groups.values()].flatMap((own) => {
    const others = own.flatMap((row) => partners.get(place(row))?.values[metric] ?? []);
    const there = new Set(own.map(({ seed }) => seed));
    const whole = others.length === own.length && seeds.every((seed) => there.has(seed));
    return whole ? [{ at: held(own[0]), of: own.map(({ values }) => values[metric]), against: others }] : [];
  });
}

/** How a difference is written: in points for shares, else as the numbers are. */
const differing = ({ unit }: Metric) =>
  unit === 'share'
    ? { shown: (x: number): string => minus((100 * x).toFixed(1)), points: ' points' }
    : { shown: written, points: '' };

/** The contrasts of an experiment, pair by pair; nothing where its arms have no two pairs. */
export function differenceTable(result: Result, { contrasts = [] }: Tabulated = {}): Table | undefined {
  const { metrics } = result;
  const found = contrasts.flatMap((contrast) =>
    pairsOf(result, contrast).flatMap((pairs) => {
      const { mean: centre, low, high, p } = pairedDifference(pairs.of, pairs.against);
      return low === undefined || high === undefined ? [] : [{ contrast, ...pairs, centre, low, high, p }];
    }),
  );
  if (found.length === 0) return undefined;
  const settings = different(found.flatMap(({ at }) => Object.keys(at)));
  const told = areNamed(result);
  return {
    caption: 'Arms against each other',
    head: ['', ...settings, ...(told ? ['value'] : []), 'difference', '95% interval', 'p', 'n'],
    rows: found.map(({ contrast: { arm, against, metric }, at, of, centre, low, high, p }) => {
      const { shown, points } = differing(metrics[metric]);
      return [
        `${arm} − ${against}`,
        ...cellsOf(settings, at),
        ...(told ? [named(metric, metrics[metric])] : []),
        `${shown(centre)}${points}`,
        `${shown(low)} to ${shown(high)}`,
        p.toPrecision(2),
        String(of.length),
      ];
    }),
    notes: different(found.map(({ contrast: { over = [] } }) => ['seeds', ...over].join(' and '))).map(
      (over) => `paired over ${over}, t interval, two-sided permutation test`,
    ),
  };
}

/** An estimate in one cell: `69.2% (64.6 to 73.9)`. */
export function inOneCell({ mean: centre, low, high }: Pick<Summary, 'mean' | 'low' | 'high'>): string {
  const bare = (x: number): string => (100 * Math.min(1, Math.max(0, x))).toFixed(1);
  return `${percent(centre)} (${bare(low)} to ${bare(high)})`;
}
