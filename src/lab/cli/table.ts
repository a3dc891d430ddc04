// A result as a table that fits a terminal.
import { chance, type Result, type Row, valuesOf } from '../runs/result.ts';
import { pairedDifference, summarize } from '../runs/statistics.ts';
import { percent } from './reporter.ts';

const labels: Readonly<Record<string, string>> = {
  reference: 'reference (untrained)',
  teacher: 'teacher',
  student_aux: 'student (same start, auxiliary logits)',
  student_all: 'student (same start, all logits)',
  cross_aux: 'control (other start, auxiliary logits)',
  cross_all: 'control (other start, all logits)',
};

/** Students and the controls that they are compared with. */
const pairs = [
  ['student_aux', 'cross_aux'],
  ['student_all', 'cross_all'],
] as const;

const describeAt = (at: Row['at']): string =>
  Object.entries(at)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

const isShare = (name: string): boolean => name.startsWith('accuracy');

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) =>
    `  ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[i]))).join('  ')}`.trimEnd(),
  );
}

/** The different settings of an arm's rows, in their order. */
export const pointsOf = ({ rows }: Pick<Result, 'rows'>, arm: string): Row['at'][] => [
  ...new Map(rows.filter((row) => row.arm === arm).map(({ at }) => [JSON.stringify(at), at])).values(),
];

/** A line an arm, setting and value: mean with its 95 % interval; chance marked; students against controls. */
export function resultTable(result: Result): string {
  const { rows, seeds, testDigits } = result;
  const arms = [...new Set(rows.map(({ arm }) => arm))];
  const names = [...new Set(rows.flatMap(({ values }) => Object.keys(values)))];
  const lines = arms.flatMap((arm) =>
    pointsOf(result, arm).flatMap((at) =>
      names.flatMap((name) => {
        const values = valuesOf(result, arm, name, at);
        if (values.length === 0) return [];
        const where = describeAt(at);
        const label = [labels[arm] ?? arm, where, name === 'accuracy' ? '' : name].filter(Boolean).join(', ');
        if (!isShare(name))
          return [[label, (values.reduce((a, b) => a + b) / values.length).toPrecision(3), '']];
        const { mean, low, high } = summarize(values, testDigits);
        return [[label, percent(mean), `${percent(Math.max(0, low))} to ${percent(Math.min(1, high))}`]];
      }),
    ),
  );
  const over =
    seeds.length > 1
      ? `mean over ${seeds.length} seeds, t interval`
      : `one seed, Wilson interval over ${testDigits} test digits`;
  const differences =
    seeds.length < 2
      ? []
      : pairs.flatMap(([student, control]) =>
          pointsOf(result, student).flatMap((at) => {
            const [a, b] = [
              valuesOf(result, student, 'accuracy', at),
              valuesOf(result, control, 'accuracy', at),
            ];
            if (a.length !== seeds.length || b.length !== seeds.length) return [];
            const { mean, low, high, p } = pairedDifference(a, b);
            const points = (x = Number.NaN): string => (100 * x).toFixed(1);
            const what = [`${student} − ${control}`, describeAt(at)].filter(Boolean).join(', ');
            return [
              `  ${what}: ${points(mean)} points (${points(low)} to ${points(high)}), p = ${p.toPrecision(2)}`,
            ];
          }),
        );
  return [
    ...aligned([['', 'mean', '95 % interval'], ...lines, ['chance', percent(chance), '']]),
    `  (${over})`,
    ...(differences.length ? ['', ...differences, '  (paired over seeds, two-sided permutation test)'] : []),
  ].join('\n');
}
