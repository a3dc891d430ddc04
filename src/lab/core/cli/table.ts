// Tables that fit a terminal.
import { type Experiment, resultFor } from '../experiments/experiment.ts';
import { differenceTable, type Table, type Tabulated, valueTable } from '../report/tables.ts';
import { sentence } from '../report/words.ts';
import type { Result } from '../runs/result.ts';

/** `table` in aligned columns, the first to the left, with its notes below. */
export function aligned({ head, rows, notes }: Table): string {
  const lines = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...lines.map((row) => row[i].length)));
  return [
    ...lines.map((row) =>
      `  ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[i]))).join('  ')}`.trimEnd(),
    ),
    ...notes.map((note) => `  (${note})`),
  ].join('\n');
}

/** A line an arm, setting and value: mean with its 95% interval; chance marked; arms against each other. */
export function resultTable(result: Result, experiment?: Tabulated): string {
  const differences = differenceTable(result, experiment);
  return [valueTable(result, experiment), ...(differences ? [differences] : [])].map(aligned).join('\n\n');
}

/** What `result` shows, as the last line below its table: the sentence that its figure has above it. */
export const findingLine = (experiment: Experiment, result: Result): string =>
  `  ${sentence(experiment.finding(resultFor(experiment, result)))}`;
