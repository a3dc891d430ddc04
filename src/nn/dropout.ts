// Dropout.
import { mul, where } from '../ops/index.ts';
import { bernoulli } from '../random/index.ts';
import { checked, type Tensor } from '../tensor/index.ts';
import * as arg from './arguments.ts';

/**
 * `x` with each element 0 with probability `rate`, and over 1 − rate otherwise, so that its mean stays (Srivastava et al.,
 * 2014). Leave it out where the model is not trained.
 */
export const dropout = checked(
  'dropout',
  [arg.key(), arg.tensor('x'), arg.within('rate', 0, 1)],
  (key: Tensor, x: Tensor, rate: number): Tensor =>
    where(bernoulli(key, 1 - rate, x.shape), mul(x, 1 / (1 - rate)), 0),
);
