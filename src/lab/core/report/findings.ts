// What the experiments of each field have shown, a line an experiment.
import { byField } from '../experiments/catalogue.ts';
import { resultFor } from '../experiments/experiment.ts';
import type { Inventory } from './inventory.ts';
import type { Table } from './tables.ts';

export interface FieldFindings {
  /** The field's name. */
  readonly name: string;
  readonly table: Table;
}

/** By field, the findings of its experiments at their first presets, where these have results that are up to date. */
export const findingsOf = ({ entries }: Inventory): FieldFindings[] =>
  byField(entries).flatMap((own) => {
    const rows = own.flatMap(({ experiment, found }) => {
      const [first] = Object.keys(experiment.presets);
      return found.flatMap((file) =>
        file.state === 'current' && file.preset === first
          ? [[experiment.name, experiment.source, experiment.finding(resultFor(experiment, file.result))]]
          : [],
      );
    });
    const head = ['experiment', 'asked in', 'what our quick runs show'];
    const table: Table = { caption: '', head, rows, notes: [] };
    return rows.length > 0 ? [{ name: own[0].experiment.field.name, table }] : [];
  });
