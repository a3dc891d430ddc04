// Every experiment there is, in the order in which they are listed.
import { auxLogits } from './aux-logits.ts';
import type { Experiment } from './experiment.ts';
import { losses } from './losses.ts';
import { mnist } from './mnist.ts';
import { perturbedStart } from './perturbed-start.ts';
import { sharedLayers } from './shared-layers.ts';

export const experiments: readonly Experiment[] = [mnist, auxLogits, perturbedStart, sharedLayers, losses];

export const experimentNamed = (name: string): Experiment | undefined =>
  experiments.find((experiment) => experiment.name === name);
