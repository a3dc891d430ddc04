// Optimisers: a state for given parameters, and an update that gives new parameters and a new state.
import { add, astype, div, expm1, mul, neg, sqrt, sub, zeros, zerosLike } from '../ops/index.ts';
import { rootOfSquares } from '../ops/roots.ts';
import { type Tensor, type Tree, treeMap } from '../tensor/index.ts';

export interface Optimizer<S extends Tree> {
  /** The state before the first update. */
  init(params: Tree): S;
  /** New parameters and state from gradients of the parameters' structure. */
  update<P extends Tree>(params: P, gradients: P, state: S): [P, S];
}

/** Stochastic gradient descent: v ← momentum · v + g; x ← x − learningRate · v. */
export function sgd(options: { learningRate: number; momentum?: number }): Optimizer<{ velocity: Tree }> {
  const { learningRate, momentum = 0 } = options;
  return {
    init: (params) => ({ velocity: momentum ? treeMap(zerosLike, params) : [] }),
    update(params, gradients, { velocity }) {
      const next = momentum ? treeMap((g, v) => add(mul(v, momentum), g), gradients, velocity) : gradients;
      return [
        treeMap((x, v) => sub(x, mul(v, learningRate)), params, next),
        { velocity: momentum ? next : velocity },
      ];
    },
  };
}

export type AdamState = {
  /** Running means of the gradients and of their squares. */
  readonly mean: Tree;
  readonly square: Tree;
  /** Updates done, f32 []. */
  readonly step: Tensor;
};

export interface AdamOptions {
  readonly learningRate: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

/** Adam (Kingma & Ba, 2015, algorithm 1): the defaults are theirs. */
export const adam = (options: AdamOptions): Optimizer<AdamState> => adamW({ ...options, weightDecay: 0 });

/** Adam with decoupled weight decay (Loshchilov & Hutter, 2019, algorithm 2). */
export function adamW(options: AdamOptions & { weightDecay: number }): Optimizer<AdamState> {
  const { learningRate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay } = options;
  const blend = (beta: number) => (old: Tensor, now: Tensor) => add(mul(old, beta), mul(now, 1 - beta));
  return {
    init: (params) => ({
      mean: treeMap(zerosLike, params),
      square: treeMap(zerosLike, params),
      step: zeros([]),
    }),
    update(params, gradients, state) {
      const step = add(state.step, 1);
      const mean = treeMap(blend(beta1), state.mean, gradients);
      const square = treeMap((old, g) => blend(beta2)(old, mul(g, g)), state.square, gradients);
      // 1 − βᵗ, exact also where βᵗ is nearly 1
      const correction = (beta: number, x: Tensor): Tensor =>
        neg(expm1(mul(astype(step, x.dtype), Math.log(beta))));
      const updated = treeMap(
        (x, m, v) => {
          // the corrections are applied to one number each, not to every element
          const rate = div(learningRate, correction(beta1, m));
          const scale = div(1, sqrt(correction(beta2, v)));
          const moved = sub(x, mul(div(m, add(mul(rootOfSquares(v), scale), epsilon)), rate));
          return weightDecay ? sub(moved, mul(x, learningRate * weightDecay)) : moved;
        },
        params,
        mean,
        square,
      );
      return [updated, { mean, square, step }];
    },
  };
}
