// A reader that counts: multinomial logistic regression on how often each number and each step occurs in a bag.
import {
  div,
  expandDims,
  grad,
  jit,
  logSoftmax,
  mul,
  nn,
  square,
  squeeze,
  sub,
  sum,
  type Tensor,
  takeAlongAxis,
  tensor,
  vmap,
  zeros,
} from '../../../../index.ts';
import { isIn, numbers } from '../../world/vocabulary.ts';
import type { Bag } from './bags.ts';

const values = numbers.tokens.length;

/**
 * How often each number comes in the answers of `bag`, and how often each step from the number before it, modulo 100: of
 * each count n, 2 √n, which chance spreads about 1 around its mean, however high that is (Anscombe 1948).
 */
export function countsOf(bag: Bag): number[] {
  const counts = new Array<number>(2 * values).fill(0);
  for (const { prompt, answer } of bag) {
    let last = prompt.findLast((token) => isIn(numbers, token)) ?? numbers.start;
    for (const token of answer) {
      counts[token - numbers.start]++;
      counts[values + ((token - last + values) % values)]++;
      last = token;
    }
  }
  return counts.map((count) => 2 * Math.sqrt(count));
}

export interface CountsSettings {
  readonly steps: number;
  readonly rate: number;
  /** What half the sum of squared weights is multiplied by in the loss. */
  readonly decay: number;
}

export const countsSettings: CountsSettings = { steps: 200, rate: 0.02, decay: 1e-2 };

/**
 * By reader, bag and label, the log-probability that a reader gives. `seen` has how much each bag counts in the training
 * of each reader: 0 keeps it unseen.
 */
export function readCounts(
  counts: readonly (readonly number[])[],
  labels: readonly number[],
  seen: readonly (readonly number[])[],
  { steps, rate, decay }: CountsSettings = countsSettings,
): number[][][] {
  const features = tensor(counts, 'f32');
  const truth = expandDims(tensor(labels, 'i32'), 1);
  const kinds = Math.max(...labels) + 1;
  const centred = (share: Tensor): Tensor => sub(features, sum(mul(features, expandDims(share, 1)), 0));
  const said = (model: nn.Dense, inputs: Tensor): Tensor => logSoftmax(nn.dense(model, inputs));
  const loss = (model: nn.Dense, inputs: Tensor, share: Tensor): Tensor =>
    sub(
      mul(sum(square(model.weight)), decay / 2),
      sum(mul(squeeze(takeAlongAxis(said(model, inputs), truth, 1), 1), share)),
    );
  const optimizer = nn.adam({ learningRate: rate });
  const step = jit(
    vmap((model: nn.Dense, state: nn.AdamState, inputs: Tensor, share: Tensor): [nn.Dense, nn.AdamState] =>
      optimizer.update(model, grad(loss)(model, inputs, share), state),
    ),
  );
  const weights = tensor(seen, 'f32');
  const shares = div(weights, sum(weights, 1, true));
  const inputs = vmap(centred)(shares);
  let models: nn.Dense = {
    weight: zeros([seen.length, counts[0].length, kinds]),
    bias: zeros([seen.length, kinds]),
  };
  let state = vmap((model: nn.Dense) => optimizer.init(model))(models);
  for (let i = 0; i < steps; i++) [models, state] = step(models, state, inputs, shares);
  return vmap(said)(models, inputs).toArray() as number[][][];
}
