// The experiments that a command knows, in the order in which they are listed.
import type { Experiment } from './experiment.ts';

export type Catalogue = readonly Experiment[];

/** `items` by the field of each one's experiment, in the order in which fields first come. */
export function byField<T extends { readonly experiment: Experiment }>(items: readonly T[]): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const { name } = item.experiment.field;
    groups.set(name, [...(groups.get(name) ?? []), item]);
  }
  return [...groups.values()];
}

export const experimentNamed = (catalogue: Catalogue, name: string): Experiment | undefined =>
  catalogue.find((experiment) => experiment.name === name);
