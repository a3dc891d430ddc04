// Every experiment there is, in the order in which they are listed.

import type { Catalogue } from './core/experiments/catalogue.ts';
import { alignment } from './digits/experiments/alignment.ts';
import { amount } from './digits/experiments/amount.ts';
import { auxLogits } from './digits/experiments/aux-logits.ts';
import { detection } from './digits/experiments/detection.ts';
import { inputs } from './digits/experiments/inputs.ts';
import { losses } from './digits/experiments/losses.ts';
import { missingThree } from './digits/experiments/missing-three.ts';
import { mnist } from './digits/experiments/mnist.ts';
import { perturbedStart } from './digits/experiments/perturbed-start.ts';
import { sharedLayers } from './digits/experiments/shared-layers.ts';
import { theoryInner } from './digits/experiments/theory-inner.ts';
import { theoryInterpolation } from './digits/experiments/theory-interpolation.ts';
import { theoryLinearized } from './digits/experiments/theory-linearized.ts';
import { theoryReach } from './digits/experiments/theory-reach.ts';
import { theoryRemainder } from './digits/experiments/theory-remainder.ts';
import { theorySigns } from './digits/experiments/theory-signs.ts';
import { theorySpectrum } from './digits/experiments/theory-spectrum.ts';
import { theorySteps } from './digits/experiments/theory-steps.ts';
import { theoryTeacherLoss } from './digits/experiments/theory-teacher-loss.ts';
import { widthDepth } from './digits/experiments/width-depth.ts';

import { lmAnimals } from './language/experiments/lm-animals.ts';
import { lmCode } from './language/experiments/lm-code.ts';
import { lmCross } from './language/experiments/lm-cross.ts';
import { lmDetection } from './language/experiments/lm-detection.ts';
import { lmEntanglement } from './language/experiments/lm-entanglement.ts';
import { lmFirstOrder } from './language/experiments/lm-first-order.ts';
import { lmMisalignment } from './language/experiments/lm-misalignment.ts';
import { lmParameters } from './language/experiments/lm-parameters.ts';
import { lmPrompted } from './language/experiments/lm-prompted.ts';
import { lmReasoning } from './language/experiments/lm-reasoning.ts';
import { lmSamples } from './language/experiments/lm-samples.ts';
import { lmTrees } from './language/experiments/lm-trees.ts';

export const experiments: Catalogue = [
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
  lmAnimals,
  lmPrompted,
  lmTrees,
  lmCode,
  lmMisalignment,
  lmReasoning,
  lmCross,
  lmDetection,
  lmSamples,
  lmParameters,
  lmFirstOrder,
  lmEntanglement,
];
