// Every experiment there is, in the order in which they are listed.
import { alignment } from './alignment.ts';
import { auxLogits } from './aux-logits.ts';
import type { Experiment } from './experiment.ts';
import { mnist } from './mnist.ts';

export const experiments: readonly Experiment[] = [mnist, auxLogits, alignment];

export const experimentNamed = (name: string): Experiment | undefined =>
  experiments.find((experiment) => experiment.name === name);
