// What optimisers are chained of: bounds, momentum, Adam, decay, rates.
import { add, astype, div, expm1, mul, neg, sqrt, zeros } from '../ops/index.ts';
import { rootOfSquares } from '../ops/roots.ts';
import {
  type Choice,
  checked,
  chosen,
  computeDType,
  type Param,
  refused,
  ShapeError,
  showShape,
  type Tensor,
  type Tree,
  tangentDType,
  treeMap,
} from '../tensor/index.ts';
import * as arg from './arguments.ts';
import { type GradientTransformation, stateless, transformation } from './chain.ts';
import { clipByGlobalNorm } from './clipping.ts';
import type { Schedule } from './schedules.ts';

/** Zeros for what follows the gradients of `x`. */
const still = (x: Tensor): Tensor => zeros(x.shape, tangentDType(x.dtype));

/** Updates scaled so that their Euclidean norm, of all together, is at most `maxNorm`: see `clipByGlobalNorm`. */
export const clipNorm = checked(
  'clipNorm',
  [arg.number('maxNorm')],
  (maxNorm: number): GradientTransformation<null> => {
    if (!(maxNorm > 0)) throw new RangeError(`clipNorm: maxNorm ${maxNorm} is not positive`);
    return stateless('clipNorm', (_, updates) => clipByGlobalNorm(updates, maxNorm));
  },
);

export type MomentumState = { readonly velocity: Tree };

/** The sum of all updates so far, each `decay` times as great at every step: v ← decay · v + g (Polyak, 1964). */
export const momentum = checked(
  'momentum',
  [arg.within('decay', 0)],
  (decay: number): GradientTransformation<MomentumState> =>
    transformation(
      'momentum',
      arg.record<MomentumState>('state', { velocity: arg.anything }),
      (state) => state,
      (params) => ({ velocity: treeMap(still, params) }),
      (_, updates, { velocity }) => {
        const next = treeMap((g, v) => add(mul(v, decay), g), updates, velocity);
        return [next, { velocity: next }];
      },
    ),
);

/** A number, or what a schedule says after `step` steps, for tensors like `x`. */
function rateOf(op: string, rate: number | Schedule, step: Tensor, x: Tensor): number | Tensor {
  if (typeof rate === 'number') return rate;
  const now = rate(step);
  if (now.ndim !== 0)
    throw new ShapeError(`${op}: the schedule gave shape ${showShape(now.shape)}; it must give one number`);
  return astype(now, computeDType(x.dtype));
}

/** A number ≥ 0, or a schedule of such. */
export const rate = (name: string): Param<number | Schedule> => ({
  name,
  takes: 'a number ≥ 0 or a schedule',
  read(given, op) {
    if (typeof given === 'function') return arg.givesTensor<Schedule>(name).read(given, op);
    return arg.isNumber(given) && given >= 0 && given < Infinity ? given : refused;
  },
});

/** Steps done, f32 []; null where the rate is a number. */
export type RateState = { readonly step: Tensor } | null;

/** Updates times a number, or times what a schedule says. */
export const scaleByLearningRate = checked(
  'scaleByLearningRate',
  [rate('rate')],
  (rate: number | Schedule): GradientTransformation<RateState> => {
    const op = 'scaleByLearningRate';
    if (typeof rate === 'number') return stateless(op, (_, updates) => treeMap((u) => mul(u, rate), updates));
    return transformation<{ readonly step: Tensor }>(
      op,
      arg.record<{ readonly step: Tensor }>('state', { step: arg.tensor }),
      () => ({}),
      () => ({ step: zeros([]) }),
      (_, updates, { step }) => [
        treeMap((u) => mul(u, rateOf(op, rate, step, u)), updates),
        { step: add(step, 1) },
      ],
    );
  },
);

/**
 * Updates plus `weightDecay` times the parameters, or those of them that `mask` takes, by themselves and by their path, as
 * in `(x) => x.ndim > 1`. Behind `scaleByAdam` it is the decoupled decay of AdamW (Loshchilov & Hutter, 2019).
 */
export const addDecayedWeights = checked(
  'addDecayedWeights',
  [arg.within('weightDecay', 0), arg.optional(arg.callback<Choice>('mask'))],
  (weightDecay: number, mask: Choice = () => true): GradientTransformation<null> =>
    stateless('addDecayedWeights', (params, updates) => {
      const decays = chosen('addDecayedWeights', 'mask', mask, params).values();
      return treeMap((x, u) => (decays.next().value ? add(u, mul(x, weightDecay)) : u), params, updates);
    }),
);

export type AdamState = {
  /** Running means of the gradients and of their squares. */
  readonly mean: Tree;
  readonly square: Tree;
  /** Updates done, f32 []. */
  readonly step: Tensor;
};

export interface ScaleByAdamOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  /** What the update is multiplied by; 1 by default. */
  readonly learningRate?: number | Schedule;
}

const beta = (name: string) => arg.optional(arg.within(name, 0, 1));
/** The settings of Adam beside its learning rate. */
export const adamFields = {
  beta1: beta,
  beta2: beta,
  epsilon: (name: string) => arg.optional(arg.within(name, 0)),
};

/**
 * Updates' running mean over the root of that of their squares (Kingma & Ba, 2015, algorithm 1): the defaults are theirs.
 */
export const scaleByAdam = checked(
  'scaleByAdam',
  [
    arg.optional(
      arg.options<ScaleByAdamOptions>({ ...adamFields, learningRate: (name) => arg.optional(rate(name)) }),
    ),
  ],
  (options: ScaleByAdamOptions = {}): GradientTransformation<AdamState> => {
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, learningRate = 1 } = options;
    const blend = (beta: number) => (old: Tensor, now: Tensor) => add(mul(old, beta), mul(now, 1 - beta));
    return transformation(
      'scaleByAdam',
      arg.record<AdamState>('state', { mean: arg.anything, square: arg.anything, step: arg.tensor }),
      ({ mean, square }) => ({ mean, square }),
      (params) => ({ mean: treeMap(still, params), square: treeMap(still, params), step: zeros([]) }),
      (_, updates, state) => {
        const step = add(state.step, 1);
        const mean = treeMap(blend(beta1), state.mean, updates);
        const square = treeMap((old, g) => blend(beta2)(old, mul(g, g)), state.square, updates);
        // 1 − βᵗ, exact also where βᵗ is nearly 1
        const correction = (beta: number, x: Tensor): Tensor =>
          neg(expm1(mul(astype(step, x.dtype), Math.log(beta))));
        const scaled = treeMap(
          (_, m, v) => {
            // the corrections are applied to one number each, not to every element
            const by = div(rateOf('scaleByAdam', learningRate, state.step, m), correction(beta1, m));
            const scale = div(1, sqrt(correction(beta2, v)));
            return mul(div(m, add(mul(rootOfSquares(v), scale), epsilon)), by);
          },
          updates,
          mean,
          square,
        );
        return [scaled, { mean, square, step }];
      },
    );
  },
);
