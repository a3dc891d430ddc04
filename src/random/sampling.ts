// Tokens drawn from a model's logits: by temperature, from the likeliest k, from those that make up a share p.
import * as arg from '../ops/arguments.ts';
import {
  add,
  argmax,
  asTensor,
  astype,
  cumsum,
  div,
  expandDims,
  greaterEqual,
  less,
  logicalOr,
  max,
  maximum,
  min,
  minimum,
  mul,
  slice,
  softmax,
  sort,
  sub,
  topK,
  where,
} from '../ops/index.ts';
import {
  broadcastShapes,
  checked,
  computeDType,
  type Param,
  refused,
  ShapeError,
  sameShape,
  showShape,
  Tensor,
  toFloat,
} from '../tensor/index.ts';
import { gumbel } from './distributions.ts';

type Amount = number | Tensor;

/** A number for which `is` holds, in words `takes`, or a tensor of such, one for all logits or one a row. */
const amount = (name: string, takes: string, is: (given: number) => boolean): Param<Amount> => ({
  name,
  takes: `${takes}, or a tensor of such`,
  read: (given) => (given instanceof Tensor || (arg.isNumber(given) && is(given)) ? given : refused),
});
const temperature = (name: string): Param<Amount> =>
  amount(name, 'a number ≥ 0', (given) => given >= 0 && given < Infinity);
const share = (name: string): Param<Amount> =>
  amount(name, 'a number > 0 and ≤ 1', (given) => given > 0 && given <= 1);

/** `given`, as a float, for each row of `logits`: [..., 1]. */
function perRow(op: string, name: string, given: Amount, logits: Tensor): Tensor {
  const rows = logits.shape.slice(0, -1);
  const all = asTensor(given, given instanceof Tensor ? given.dtype : computeDType(toFloat(logits.dtype)));
  if (!sameShape(broadcastShapes(op, all.shape, rows), rows))
    throw new ShapeError(
      `${op}: ${name} is ${showShape(all.shape)}; it must broadcast to ${showShape(rows)}, the axes of the logits before the last`,
    );
  return expandDims(astype(all, toFloat(all.dtype)), -1);
}

function checkLogits(op: string, { shape }: Tensor): number {
  const n = shape[shape.length - 1];
  if (shape.length === 0 || n === 0)
    throw new ShapeError(
      `${op}: logits are ${showShape(shape)}; they must be [..., n], of at least one token`,
    );
  return n;
}

/**
 * logits [..., n] with −∞ for all but the `k` greatest along the last axis (Fan et al., 2018), and those that equal the
 * least of them; as they are where there are no more than k.
 */
export const topKLogits = checked(
  'topKLogits',
  [arg.tensor('logits'), arg.whole('k', 1)],
  (logits: Tensor, k: number): Tensor => {
    if (k >= checkLogits('topKLogits', logits)) return logits;
    const least = slice(topK(logits, k).values, '...', `${k - 1}:`);
    return where(less(logits, least), -Infinity, logits);
  },
);

/**
 * Which of logits [..., n] are the likeliest that together have at least probability `p`, one a row; the likeliest is among
 * them whatever p is.
 */
function inNucleus(logits: Tensor, p: Tensor): Tensor {
  const probabilities = softmax(logits);
  const falling = sort(probabilities, -1, true);
  const before = sub(cumsum(falling), falling);
  // the sum is rounded: at 1 nothing may be lost to it
  const some = where(logicalOr(less(before, p), greaterEqual(p, 1)), falling, Infinity);
  const least = minimum(min(some, -1, true), slice(falling, '...', ':1'));
  return greaterEqual(probabilities, least);
}

/**
 * logits [..., n] with −∞ for all but the likeliest that together have at least probability `p` (Holtzman et al., 2020), and
 * those that are as likely as the least of them. `p` is a number or a tensor, one for all or one a row.
 */
export const topPLogits = checked(
  'topPLogits',
  [arg.tensor('logits'), share('p')],
  (logits: Tensor, p: Amount): Tensor => {
    checkLogits('topPLogits', logits);
    return where(inNucleus(logits, perRow('topPLogits', 'p', p, logits)), logits, -Infinity);
  },
);

export interface SampleLogitsOptions {
  /** What logits are divided by; 1 by default, and at 0 always the likeliest comes. A tensor is one for all or one a row. */
  readonly temperature?: Amount;
  /** How many of the likeliest are drawn from; all by default. */
  readonly topK?: number;
  /** The probability, at the temperature, of the likeliest that are drawn from; 1 by default. A tensor as above. */
  readonly topP?: Amount;
}

const options = arg.options<SampleLogitsOptions>({
  temperature: (name) => arg.optional(temperature(name)),
  topK: (name) => arg.optional(arg.whole(name, 1)),
  topP: (name) => arg.optional(share(name)),
});

/**
 * Tokens i32 [...] drawn with probability softmax(logits / temperature) from logits [..., n], of which `topK` and then
 * `topP` leave some.
 */
export const sampleLogits = checked(
  'sampleLogits',
  [arg.key(), arg.tensor('logits'), arg.optional(options)],
  (k: Tensor, logits: Tensor, { temperature = 1, topK, topP }: SampleLogitsOptions = {}): Tensor => {
    checkLogits('sampleLogits', logits);
    const heat = perRow('sampleLogits', 'temperature', temperature, logits);
    const likeliest = topK === undefined ? logits : topKLogits(logits, topK);
    const nucleus = (p: Amount): Tensor => {
      const cooled = div(sub(likeliest, max(likeliest, -1, true)), maximum(heat, 2 ** -100));
      return where(inNucleus(cooled, perRow('sampleLogits', 'topP', p, logits)), likeliest, -Infinity);
    };
    const left = topP === undefined ? likeliest : nucleus(topP);
    // the noise is multiplied, rather than the logits divided, by what may be 0
    return argmax(add(left, mul(gumbel(k, logits.shape, computeDType(toFloat(logits.dtype))), heat)), -1);
  },
);
