// Losses, each the mean over all leading axes.
import {
  add,
  clip,
  div,
  equal,
  exp,
  expandDims,
  logicalOr,
  logSoftmax,
  mean,
  mul,
  neg,
  onesLike,
  square,
  squeeze,
  sub,
  sum,
  take,
  takeAlongAxis,
  where,
} from '../ops/index.ts';
import { checked, ShapeError, showShape, type Tensor } from '../tensor/index.ts';
import * as arg from './arguments.ts';

export interface CrossEntropyOptions {
  /** Rows with this label count for nothing; it need not be a class. */
  readonly ignoreIndex?: number;
  /** The part of every label that is spread evenly over all classes, from 0, the default, to 1 (Szegedy et al., 2016). */
  readonly labelSmoothing?: number;
  /** How much each class counts [n]; the mean is weighted by those of the labels. */
  readonly weight?: Tensor;
}

/** x · weight, which is 0 where the weight is, also of an infinity. */
function weighted(x: Tensor, weight: Tensor): Tensor {
  const none = equal(weight, 0);
  return mul(where(none, 0, x), weight);
}

const options = arg.options<CrossEntropyOptions>({
  ignoreIndex: (name) => arg.optional(arg.whole(name)),
  labelSmoothing: (name) => arg.optional(arg.number(name)),
  weight: (name) => arg.optional(arg.tensor(name)),
});

/**
 * Cross-entropy in nats of logits [..., n] against labels, i32 [...]; options as PyTorch's CrossEntropyLoss has them. A
 * label that is neither a class nor ignored throws RangeError; inside a transformation, where labels are not known yet, it
 * makes the loss NaN, and the gradient of its row.
 */
export const crossEntropy = checked(
  'crossEntropy',
  [arg.tensor('logits'), arg.indices('labels'), arg.optional(options)],
  (logits: Tensor, labels: Tensor, options: CrossEntropyOptions = {}): Tensor => {
    checkLabels('crossEntropy', labels, logits.shape[logits.ndim - 1], options);
    const { terms, counts, all } = crossEntropyTerms(logits, labels, options);
    return neg(all ? mean(terms) : div(sum(terms), sum(counts)));
  },
);

/** What each row adds to the loss, negated, and what it counts, [...]; and whether all rows count 1. */
export function crossEntropyTerms(
  logits: Tensor,
  labels: Tensor,
  { ignoreIndex, labelSmoothing = 0, weight }: CrossEntropyOptions,
): { readonly terms: Tensor; readonly counts: Tensor; readonly all: boolean } {
  const ignored = ignoreIndex === undefined ? undefined : equal(labels, ignoreIndex);
  const classes = clip(labels, 0, logits.shape[logits.ndim - 1] - 1);
  const isClass = equal(labels, classes);
  const valid = where(ignored ? logicalOr(isClass, ignored) : isClass, 1, Number.NaN);
  const logs = logSoftmax(logits);
  const own = squeeze(takeAlongAxis(logs, expandDims(classes, -1)), -1);
  const counts = weight ? take(weight, classes) : onesLike(own);
  const hard = weight ? weighted(own, mul(counts, valid)) : mul(own, valid);
  const even = (): Tensor => mul(mean(weight ? weighted(logs, weight) : logs, -1), valid);
  const terms = labelSmoothing ? add(mul(hard, 1 - labelSmoothing), mul(even(), labelSmoothing)) : hard;
  const kept = (x: Tensor): Tensor => (ignored ? where(ignored, 0, x) : x);
  return { terms: kept(terms), counts: kept(counts), all: !weight && !ignored };
}

/** Throws RangeError or ShapeError where `op` cannot take the labels or its options, as far as they are known. */
export function checkLabels(op: string, labels: Tensor, n: number, options: CrossEntropyOptions): void {
  const { ignoreIndex, labelSmoothing = 0, weight } = options;
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
    throw new RangeError(`${op}: labelSmoothing ${labelSmoothing} is not from 0 to 1`);
  if (weight && showShape(weight.shape) !== showShape([n]))
    throw new ShapeError(`${op}: weight ${showShape(weight.shape)} for ${n} classes; it must be [${n}]`);
  if (labels.storage.traced) return;
  for (const label of labels.data)
    if (label !== ignoreIndex && (label < 0 || label >= n))
      throw new RangeError(
        `${op}: label ${label} is none of the ${n} classes, 0 to ${n - 1}; name it as ignoreIndex to pass over it`,
      );
}

/** KL(softmax(target) ‖ softmax(logits)) in nats over the last axis; both are logits [..., n]. 0 log 0 is 0. */
export const klDivergence = checked(
  'klDivergence',
  [arg.tensor('target'), arg.tensor('logits')],
  (target: Tensor, logits: Tensor): Tensor => {
    const logP = logSoftmax(target);
    const p = exp(logP);
    return mean(sum(mul(p, where(equal(p, 0), 0, sub(logP, logSoftmax(logits)))), -1));
  },
);

/** Mean squared error. */
export const meanSquaredError = checked(
  'meanSquaredError',
  [arg.tensor('x'), arg.tensor('target')],
  (x: Tensor, target: Tensor): Tensor => mean(square(sub(x, target))),
);
