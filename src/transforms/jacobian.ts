// Whole derivatives: the two modes mapped over bases. Only for few numbers in or out: they are as large as both.
import { prims } from '../graph/index.ts';
import {
  arg,
  checkedGeneric,
  flatten,
  range,
  type Tensor,
  type Tree,
  tangentDType,
} from '../tensor/index.ts';
import { checkDifferentiable } from './arguments.ts';
import { mapped } from './batch.ts';
import { pushedForward } from './forward.ts';
import { gradient, pulledBack } from './reverse.ts';
import { moveAxis } from './vmap.ts';

/** For each leaf of R a tree like P, whose leaves have the axes of R's leaf and then their own. */
export type Jacobian<R extends Tree, P extends Tree> = R extends Tensor
  ? P
  : { readonly [K in keyof R]: R[K] extends Tree ? Jacobian<R[K], P> : never };

/** Where each leaf begins, flattened and one after the other, and where the last ends. */
function beginnings(leaves: readonly Tensor[]): number[] {
  const begin = [0];
  for (const { size } of leaves) begin.push(begin[begin.length - 1] + size);
  return begin;
}

const part = (x: Tensor, axis: number, start: number, stop: number): Tensor =>
  prims.slice(x, {
    start: x.shape.map((_, i) => (i === axis ? start : 0)),
    stop: x.shape.map((n, i) => (i === axis ? stop : n)),
    step: x.shape.map(() => 1),
  });

/** For each leaf [n, ...shape]: 1 at one of the n entries that all leaves have, a different one in each row. */
function basis(leaves: readonly Tensor[]): Tensor[] {
  const begin = beginnings(leaves);
  const n = begin[leaves.length];
  const square = range(2).map((axis) => prims.iota([n, n], axis, 'i32'));
  const identity = prims.eq(square[0], square[1]);
  return leaves.map(({ dtype, shape }, i) =>
    prims.reshape(prims.cast(part(identity, 1, begin[i], begin[i + 1]), tangentDType(dtype)), [n, ...shape]),
  );
}

/** jacfwd under the name of `op`. */
function byColumns<P extends Tree, A extends readonly Tree[], R extends Tree>(
  op: string,
  f: (params: P, ...rest: A) => R,
): (params: P, ...rest: A) => Jacobian<R, P> {
  return (params, ...rest) => {
    const { leaves, structure } = flatten(op, params, '[0]');
    checkDifferentiable(op, leaves);
    const begin = beginnings(leaves);
    const derivative = (v: P): R => pushedForward(op, (p: P) => f(p, ...rest), [params] as [P], [v])[1];
    const columns = flatten(op, mapped(op, derivative)(structure.build(basis(leaves)) as P));
    return columns.structure.build(
      columns.leaves.map((column) =>
        structure.build(
          leaves.map(({ shape }, i) => {
            const own = part(column, 0, begin[i], begin[i + 1]);
            return prims.reshape(moveAxis(own, 0, own.ndim - 1), [...column.shape.slice(1), ...shape]);
          }),
        ),
      ),
    ) as Jacobian<R, P>;
  };
}

const f = arg.callback('f');

/**
 * A function giving the Jacobian of `f` in its first argument, column by column (forward mode): for few inputs.
 * Its leaves are [...shape of the result's leaf, ...shape of the argument's leaf].
 */
export const jacfwd = checkedGeneric(
  'jacfwd',
  [f],
  <P extends Tree, A extends readonly Tree[], R extends Tree>(
    f: (params: P, ...rest: A) => R,
  ): ((params: P, ...rest: A) => Jacobian<R, P>) => byColumns('jacfwd', f),
);

/** The same as {@link jacfwd}, row by row (reverse mode): for few outputs. */
export const jacrev = checkedGeneric(
  'jacrev',
  [f],
  <P extends Tree, A extends readonly Tree[], R extends Tree>(
    f: (params: P, ...rest: A) => R,
  ): ((params: P, ...rest: A) => Jacobian<R, P>) =>
    (params, ...rest) => {
      const [result, pullback] = pulledBack('jacrev', (p: P) => f(p, ...rest), [params]);
      const { leaves, structure } = flatten('jacrev', result);
      checkDifferentiable('jacrev', leaves);
      const begin = beginnings(leaves);
      const [rows] = mapped('jacrev', pullback)(structure.build(basis(leaves)) as R);
      const each = flatten('jacrev', rows);
      return structure.build(
        leaves.map(({ shape }, i) =>
          each.structure.build(
            each.leaves.map((row) =>
              prims.reshape(part(row, 0, begin[i], begin[i + 1]), [...shape, ...row.shape.slice(1)]),
            ),
          ),
        ),
      ) as Jacobian<R, P>;
    },
);

/** A function giving the second derivatives of `f`, which gives one number, in its first argument. */
export const hessian = checkedGeneric(
  'hessian',
  [f],
  <P extends Tree, A extends readonly Tree[]>(
    f: (params: P, ...rest: A) => Tensor,
  ): ((params: P, ...rest: A) => Jacobian<P, P>) => byColumns('hessian', gradient('hessian', f)),
);

/** The Hessian of `f(params, ...rest)` in `params` times `v`, a tree like them, without the Hessian. */
export const hvp = checkedGeneric(
  'hvp',
  [f, arg.anything('params'), arg.anything('v'), arg.rest(arg.anything('rest'))],
  <P extends Tree, A extends readonly Tree[]>(
    f: (params: P, ...rest: A) => Tensor,
    params: P,
    v: P,
    ...rest: A
  ): P => {
    flatten('hvp', params, 'params'); // throws where they are no trees
    flatten('hvp', v, 'v');
    return pushedForward('hvp', (p: P) => gradient('hvp', f)(p, ...rest), [params], [v])[1];
  },
);

/** A function giving, for `f` of one example's loss, the gradient of each example along axis 0 of the rest. */
export const perExampleGrad = checkedGeneric(
  'perExampleGrad',
  [f],
  <P extends Tree, A extends readonly Tree[]>(
    f: (params: P, ...example: A) => Tensor,
  ): ((params: P, ...examples: A) => P) => {
    const one = gradient('perExampleGrad', f);
    return (params, ...examples) => {
      if (examples.length === 0)
        throw new TypeError('perExampleGrad: no examples are given after the first argument');
      return mapped('perExampleGrad', one, [null, ...examples.map(() => 0)])(params, ...examples);
    };
  },
);
