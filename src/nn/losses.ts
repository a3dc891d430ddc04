// Losses, each the mean over all leading axes.
import {
  exp,
  expandDims,
  logSoftmax,
  mean,
  mul,
  neg,
  square,
  sub,
  sum,
  takeAlongAxis,
} from '../ops/index.ts';
import type { Tensor } from '../tensor/index.ts';

/** Cross-entropy in nats of logits [..., n] against labels, i32 [...]. */
export const crossEntropy = (logits: Tensor, labels: Tensor): Tensor =>
  neg(mean(takeAlongAxis(logSoftmax(logits), expandDims(labels, -1))));

/** KL(softmax(target) ‖ softmax(logits)) in nats over the last axis; both are logits [..., n]. */
export function klDivergence(target: Tensor, logits: Tensor): Tensor {
  const logP = logSoftmax(target);
  return mean(sum(mul(exp(logP), sub(logP, logSoftmax(logits))), -1));
}

/** Mean squared error. */
export const meanSquaredError = (x: Tensor, target: Tensor): Tensor => mean(square(sub(x, target)));
