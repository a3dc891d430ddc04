// Every experiment there is, in the order in which they are listed.
import { amount } from './amount.ts';
import { auxLogits } from './aux-logits.ts';
import type { Experiment } from './experiment.ts';
import { inputs } from './inputs.ts';
import { mnist } from './mnist.ts';
import { widthDepth } from './width-depth.ts';

export const experiments: readonly Experiment[] = [mnist, auxLogits, widthDepth, inputs, amount];

export const experimentNamed = (name: string): Experiment | undefined =>
  experiments.find((experiment) => experiment.name === name);
