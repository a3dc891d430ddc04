// The experiments that a command knows, in the order in which they are listed.
import type { Experiment } from './experiment.ts';

export type Catalogue = readonly Experiment[];

export const experimentNamed = (catalogue: Catalogue, name: string): Experiment | undefined =>
  catalogue.find((experiment) => experiment.name === name);
