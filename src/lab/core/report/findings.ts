// What the experiments of each field have shown, a line an experiment.
import { byField } from '../experiments/catalogue.ts';
import { resultFor } from '../experiments/experiment.ts';
import type { Result } from '../runs/result.ts';
import type { Inventory } from './inventory.ts';
import type { Table } from './tables.ts';

export interface FieldFindings {
  /** The field's name. */
  readonly name: string;
  readonly table: Table;
}

/** `full, 10 seeds`. */
const runOf = (preset: string, { seeds }: Result): string =>
  `${preset}, ${seeds.length} ${seeds.length === 1 ? 'seed' : 'seeds'}`;

/** By field, the findings of its experiments at the costliest preset of which there is a result that is up to date. */
export const findingsOf = ({ entries }: Inventory): FieldFindings[] =>
  byField(entries).flatMap((own) => {
    const rows = own.flatMap(({ experiment, found }) => {
      const best = found.find(({ state }) => state === 'current');
      if (best?.state !== 'current') return [];
      const { name, source } = experiment;
      const finding = experiment.finding(resultFor(experiment, best.result));
      return [[name, source, runOf(best.preset, best.result), finding]];
    });
    const head = ['experiment', 'asked in', 'run', 'what it showed'];
    const table: Table = { caption: '', head, rows, notes: [] };
    return rows.length > 0 ? [{ name: own[0].experiment.field.name, table }] : [];
  });
