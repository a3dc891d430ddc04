// Every experiment there is, in the order in which they are listed.
import { alignment } from './alignment.ts';
import { amount } from './amount.ts';
import { auxLogits } from './aux-logits.ts';
import { detection } from './detection.ts';
import type { Experiment } from './experiment.ts';
import { inputs } from './inputs.ts';
import { losses } from './losses.ts';
import { missingThree } from './missing-three.ts';
import { mnist } from './mnist.ts';
import { perturbedStart } from './perturbed-start.ts';
import { sharedLayers } from './shared-layers.ts';
import { theoryInner } from './theory-inner.ts';
import { theoryInterpolation } from './theory-interpolation.ts';
import { theoryLinearized } from './theory-linearized.ts';
import { theoryReach } from './theory-reach.ts';
import { theoryRemainder } from './theory-remainder.ts';
import { theorySigns } from './theory-signs.ts';
import { theorySpectrum } from './theory-spectrum.ts';
import { theorySteps } from './theory-steps.ts';
import { theoryTeacherLoss } from './theory-teacher-loss.ts';
import { widthDepth } from './width-depth.ts';

export const experiments: readonly Experiment[] = [
  mnist,
  auxLogits,
  widthDepth,
  inputs,
  perturbedStart,
  sharedLayers,
  losses,
  alignment,
  missingThree,
  detection,
  amount,
  theoryInner,
  theoryRemainder,
  theoryTeacherLoss,
  theorySigns,
  theoryInterpolation,
  theorySteps,
  theoryLinearized,
  theoryReach,
  theorySpectrum,
];

export const experimentNamed = (name: string): Experiment | undefined =>
  experiments.find((experiment) => experiment.name === name);
