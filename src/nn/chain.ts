// Optimisers as chains of what becomes of gradients (as in optax): each takes the updates of the one before.
import { astype, sub } from '../ops/index.ts';
import {
  checkAlike,
  checkedGeneric,
  isFloat,
  type Param,
  show,
  type Tensor,
  type Tree,
  treeMap,
} from '../tensor/index.ts';
import * as arg from './arguments.ts';

export interface Optimizer<S extends Tree> {
  /** The state before the first update. */
  init(params: Tree): S;
  /** New parameters and state from gradients of the parameters' structure. */
  update<P extends Tree>(params: P, gradients: P, state: S): [P, S];
}

/** One step on the way from gradients to what is subtracted from the parameters. */
export interface GradientTransformation<S extends Tree> {
  /** The state before the first update. */
  init(params: Tree): S;
  /** New updates and state from updates, or gradients, of the parameters' structure. */
  update<P extends Tree>(params: P, updates: P, state: S): [P, S];
}

/** A transformation whose state is `S`, as `state` describes it; its trees `kept` are like the parameters. */
export function transformation<S extends Tree>(
  op: string,
  state: Param<unknown, S>,
  kept: (state: S) => Readonly<Record<string, Tree>>,
  init: (params: Tree) => S,
  update: <P extends Tree>(params: P, updates: P, state: S) => [P, S],
): GradientTransformation<S> {
  const params = arg.anything('params');
  return {
    init: checkedGeneric(`${op}.init`, [params], init),
    update: checkedGeneric(
      `${op}.update`,
      [params, arg.anything('updates'), state],
      <P extends Tree>(params: P, updates: P, state: S): [P, S] => {
        checkAlike(`${op}.update`, 'updates', updates, params);
        for (const [key, tree] of Object.entries(kept(state)))
          checkAlike(`${op}.update`, `state.${key}`, tree, params);
        return update(params, updates, state);
      },
    ),
  };
}

const nothing: Param<null> = arg.value('state', 'null', (given): given is null => given === null);

/** A transformation that remembers nothing: its state is null. */
export const stateless = (
  op: string,
  update: <P extends Tree>(params: P, updates: P) => P,
): GradientTransformation<null> =>
  transformation(
    op,
    nothing,
    () => ({}),
    () => null,
    (params, updates) => [update(params, updates), null],
  );

/** `updated`, which `x` becomes, in its dtype if that is a float. */
const kept = (x: Tensor, updated: Tensor): Tensor => (isFloat(x.dtype) ? astype(updated, x.dtype) : updated);

/** The optimizer that subtracts what `transformation` makes of gradients; errors go by the name of `op`. */
export function subtracting<S extends Tree>(
  op: string,
  { init, update }: GradientTransformation<S>,
): Optimizer<S> {
  const params = arg.anything('params');
  return {
    init: checkedGeneric(`${op}.init`, [params], init),
    update: checkedGeneric(
      `${op}.update`,
      [params, arg.anything('gradients'), arg.anything('state')],
      <P extends Tree>(params: P, gradients: P, state: S): [P, S] => {
        checkAlike(`${op}.update`, 'gradients', gradients, params);
        const [updates, next] = update(params, gradients, state);
        return [treeMap((x, by) => kept(x, sub(x, by)), params, updates), next];
      },
    ),
  };
}

/** The state of each transformation of a chain. */
export type ChainState<T extends readonly GradientTransformation<Tree>[]> = {
  [K in keyof T]: T[K] extends GradientTransformation<infer S> ? S : never;
};

/** One transformation after the other, as one of them. */
export const inTurn = (
  parts: readonly GradientTransformation<Tree>[],
): GradientTransformation<readonly Tree[]> => ({
  init: (params) => parts.map((part) => part.init(params)),
  update: (params, updates, states) => {
    if (!Array.isArray(states) || states.length !== parts.length)
      throw new TypeError(
        `chain.update: state is ${show(states)}; it must be a list of ${parts.length}, one a transformation, as init makes it`,
      );
    const next: Tree[] = [];
    let now = updates;
    parts.forEach((part, i) => {
      [now, next[i]] = part.update(params, now, states[i]);
    });
    return [now, next];
  },
});

const part = (name: string): Param<GradientTransformation<Tree>> =>
  arg.value(
    name,
    'a transformation of gradients { init, update }',
    (given): given is GradientTransformation<Tree> =>
      arg.isPlain(given) && typeof given.init === 'function' && typeof given.update === 'function',
  );

/**
 * The optimizer that subtracts from parameters what the transformations, one after the other, make of gradients, as in
 * `chain(clipNorm(1), scaleByAdam(), addDecayedWeights(0.1), scaleByLearningRate(schedule))`. Its state is a list of theirs.
 */
export const chain = checkedGeneric(
  'chain',
  [arg.rest(part('transformation'))],
  <const T extends readonly GradientTransformation<Tree>[]>(...parts: T): Optimizer<ChainState<T>> =>
    subtracting('chain', inTurn(parts)) as Optimizer<ChainState<T>>,
);
