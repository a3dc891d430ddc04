// What there is on disk to report: each experiment's results, and the presets that have none.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Catalogue } from '../experiments/catalogue.ts';
import type { Experiment } from '../experiments/experiment.ts';
import { type Examined, examine } from '../figures/stale.ts';

/** An experiment, its results from the costliest preset to the cheapest, and presets that were not run. */
export interface Entry {
  readonly experiment: Experiment;
  readonly found: readonly Examined[];
  readonly missing: readonly string[];
}

export interface Inventory {
  readonly entries: readonly Entry[];
  /** Files of no experiment that there is. */
  readonly strays: readonly Examined[];
}

/** The results in `directory`, by experiment. Throws what the file system throws. */
export function takeInventory(catalogue: Catalogue, directory: string): Inventory {
  const files = readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => examine(catalogue, join(directory, name)));
  return {
    entries: catalogue.map((experiment) => {
      const presets = Object.keys(experiment.presets).reverse();
      const found = files.filter((file) => file.experiment === experiment);
      const place = ({ preset }: Examined): number =>
        presets.includes(preset) ? presets.indexOf(preset) : presets.length;
      return {
        experiment,
        found: found.toSorted((a, b) => place(a) - place(b)),
        missing: presets.filter((name) => !found.some(({ preset }) => preset === name)),
      };
    }),
    strays: files.filter(({ experiment }) => !experiment),
  };
}
