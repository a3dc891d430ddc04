// The result as a table that fits a terminal.
import { type ArmName, armNames, chance, type Result } from '../runs/result.ts';
import { summarize } from '../runs/statistics.ts';
import { percent } from './reporter.ts';

const labels: Record<ArmName, string> = {
  reference: 'reference (untrained)',
  teacher: 'teacher',
  student_aux: 'student (same start, auxiliary logits)',
  student_all: 'student (same start, all logits)',
  cross_aux: 'control (other start, auxiliary logits)',
  cross_all: 'control (other start, all logits)',
};

/** A line an arm: accuracy with its 95 % interval; chance marked. */
export function resultTable({ arms, seeds, testDigits }: Result): string {
  const rows = armNames.flatMap((arm) => {
    const accuracy = arms[arm]?.accuracy;
    if (!accuracy) return [];
    const { mean, low, high } = summarize(accuracy, testDigits);
    return [[labels[arm], percent(mean), `${percent(Math.max(0, low))} to ${percent(Math.min(1, high))}`]];
  });
  const title = ['', 'accuracy', '95 % interval'];
  const bottom = ['chance', percent(chance), ''];
  const widths = title.map((_, i) => Math.max(...[title, ...rows, bottom].map((row) => row[i].length)));
  const line = ([name, value, interval]: string[]): string =>
    `  ${name.padEnd(widths[0])}  ${value.padStart(widths[1])}  ${interval.padStart(widths[2])}`.trimEnd();
  const over =
    seeds.length > 1
      ? `mean over ${seeds.length} seeds, t interval`
      : `one seed, Wilson interval over ${testDigits} test digits`;
  return [line(title), ...rows.map(line), line(bottom), `  (${over})`].join('\n');
}
