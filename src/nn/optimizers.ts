// Optimisers: a state for given parameters, and an update that gives new parameters and a new state.
import { add, astype, div, expm1, mul, neg, sqrt, sub, zeros } from '../ops/index.ts';
import { rootOfSquares } from '../ops/roots.ts';
import {
  checkAlike,
  checked,
  checkedGeneric,
  isFloat,
  type Tensor,
  type Tree,
  tangentDType,
  treeMap,
} from '../tensor/index.ts';
import * as arg from './arguments.ts';

export interface Optimizer<S extends Tree> {
  /** The state before the first update. */
  init(params: Tree): S;
  /** New parameters and state from gradients of the parameters' structure. */
  update<P extends Tree>(params: P, gradients: P, state: S): [P, S];
}

/**
 * The optimizer of `op`, whose functions check what they are given: of the state, `kept` are trees like the parameters
 * and `counts` tensors.
 */
function optimizer<S extends { readonly [key: string]: Tree }>(
  op: string,
  kept: readonly (keyof S & string)[],
  counts: readonly (keyof S & string)[],
  init: (params: Tree) => S,
  update: <P extends Tree>(params: P, gradients: P, state: S) => [P, S],
): Optimizer<S> {
  const state = arg.record(
    'state',
    Object.fromEntries([
      ...kept.map((key) => [key, arg.anything] as const),
      ...counts.map((key) => [key, arg.tensor] as const),
    ]),
  );
  const params = arg.anything('params');
  return {
    init: checkedGeneric(`${op}.init`, [params], init),
    update: checkedGeneric(
      `${op}.update`,
      [params, arg.anything('gradients'), state],
      <P extends Tree>(params: P, gradients: P, state: S): [P, S] => {
        checkAlike(`${op}.update`, 'gradients', gradients, params);
        for (const key of kept) checkAlike(`${op}.update`, `state.${key}`, state[key] as Tree, params);
        return update(params, gradients, state);
      },
    ),
  };
}

/** Zeros for what follows the gradients of `x`. */
const still = (x: Tensor): Tensor => zeros(x.shape, tangentDType(x.dtype));

/** `updated`, which `x` becomes, in its dtype if that is a float. */
const kept = (x: Tensor, updated: Tensor): Tensor => (isFloat(x.dtype) ? astype(updated, x.dtype) : updated);

export interface SgdOptions {
  readonly learningRate: number;
  readonly momentum?: number;
}

const positive = (name: string) => arg.within(name, 0);

/** Stochastic gradient descent: v ← momentum · v + g; x ← x − learningRate · v. */
export const sgd = checked(
  'sgd',
  [
    arg.options<SgdOptions>({
      learningRate: positive,
      momentum: (name) => arg.optional(positive(name)),
    }),
  ],
  ({ learningRate, momentum = 0 }: SgdOptions): Optimizer<{ velocity: Tree }> =>
    optimizer(
      'sgd',
      momentum ? ['velocity'] : [],
      [],
      (params) => ({ velocity: momentum ? treeMap(still, params) : [] }),
      (params, gradients, { velocity }) => {
        const next = momentum ? treeMap((g, v) => add(mul(v, momentum), g), gradients, velocity) : gradients;
        return [
          treeMap((x, v) => kept(x, sub(x, mul(v, learningRate))), params, next),
          { velocity: momentum ? next : [] },
        ];
      },
    ),
);

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

export interface AdamWOptions extends AdamOptions {
  readonly weightDecay: number;
}

const beta = (name: string) => arg.optional(arg.within(name, 0, 1));
const adamOptions = {
  learningRate: positive,
  beta1: beta,
  beta2: beta,
  epsilon: (name: string) => arg.optional(positive(name)),
};

/** Adam (Kingma & Ba, 2015, algorithm 1): the defaults are theirs. */
export const adam = checked(
  'adam',
  [arg.options<AdamOptions>(adamOptions)],
  (options: AdamOptions): Optimizer<AdamState> => decoupled('adam', { ...options, weightDecay: 0 }),
);

/** Adam with decoupled weight decay (Loshchilov & Hutter, 2019, algorithm 2). */
export const adamW = checked(
  'adamW',
  [arg.options<AdamWOptions>({ ...adamOptions, weightDecay: positive })],
  (options: AdamWOptions): Optimizer<AdamState> => decoupled('adamW', options),
);

function decoupled(op: string, options: AdamWOptions): Optimizer<AdamState> {
  const { learningRate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay } = options;
  const blend = (beta: number) => (old: Tensor, now: Tensor) => add(mul(old, beta), mul(now, 1 - beta));
  return optimizer(
    op,
    ['mean', 'square'],
    ['step'],
    (params): AdamState => ({
      mean: treeMap(still, params),
      square: treeMap(still, params),
      step: zeros([]),
    }),
    (params, gradients, state) => {
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
          return kept(x, weightDecay ? sub(moved, mul(x, learningRate * weightDecay)) : moved);
        },
        params,
        mean,
        square,
      );
      return [updated, { mean, square, step }];
    },
  );
}
