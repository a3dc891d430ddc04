// linearize, vjp and grad as people call them: the forward pass kept, its derivative applied or transposed.
import { type Graph, prims, run } from '../graph/index.ts';
import {
  arg,
  checkedGeneric,
  flatten,
  isFloat,
  ShapeError,
  type Structure,
  showShape,
  type Tensor,
  type Tree,
} from '../tensor/index.ts';
import { checkDifferentiable, flattenLike } from './arguments.ts';
import { evaluate, type TreeFunction, traceTree } from './function.ts';
import { linearizeGraph } from './linearize.ts';
import { pairStructure } from './structures.ts';
import { interpretTranspose } from './transpose.ts';

interface Linearized {
  readonly outputs: readonly Tensor[];
  readonly result: Structure;
  /** Values of the forward pass that `linear` reads before its tangents. */
  readonly residuals: readonly Tensor[];
  readonly linear: Graph;
}

/** Runs `f` at `leaves`, keeping what its derivative in the first `active` of them needs. */
function linearizeAt<A extends readonly Tree[]>(
  op: string,
  f: TreeFunction<A, Tree>,
  leaves: readonly Tensor[],
  structure: Structure,
  active: number,
): Linearized {
  const { graph, captures, result } = traceTree(op, f, structure, leaves);
  const inputs = [...captures, ...leaves];
  const { primal, linear } = linearizeGraph(
    graph,
    inputs.map((_, i) => i >= captures.length && i < captures.length + active),
  );
  const values = run(primal, inputs);
  return {
    outputs: values.slice(0, result.leaves),
    result,
    residuals: values.slice(result.leaves),
    linear,
  };
}

/** linearize under the name of `op`. */
export function linearized<A extends readonly Tree[], R extends Tree>(
  op: string,
  f: TreeFunction<A, R>,
  primals: A,
): [R, (...tangents: A) => R] {
  const { leaves, structure } = flatten(op, primals);
  checkDifferentiable(op, leaves);
  const { outputs, result, residuals, linear } = linearizeAt(op, f, leaves, structure, leaves.length);
  const derivative = (...tangents: A): R => {
    const directions = flattenLike(op, 'tangents', leaves, structure, tangents);
    return result.build(run(linear, [...residuals, ...directions])) as R;
  };
  return [result.build(outputs) as R, derivative];
}

/** vjp under the name of `op`. */
export function pulledBack<A extends readonly Tree[], R extends Tree>(
  op: string,
  f: TreeFunction<A, R>,
  primals: A,
): [R, (cotangent: R) => A] {
  const { leaves, structure } = flatten(op, primals);
  checkDifferentiable(op, leaves);
  const { outputs, result, residuals, linear } = linearizeAt(op, f, leaves, structure, leaves.length);
  const pullback = (cotangent: R): A => {
    const cotangents = flattenLike(op, 'cotangents', outputs, result, cotangent);
    const known = residuals.length;
    return evaluate(
      (values) => ({
        leaves: interpretTranspose(linear, values.slice(0, known), values.slice(known)),
        structure,
      }),
      [...residuals, ...cotangents],
    ) as A;
  };
  return [result.build(outputs) as R, pullback];
}

/** valueAndGrad under the name of `op`. */
export function differentiated<P extends Tree, A extends readonly Tree[]>(
  op: string,
  f: (params: P, ...rest: A) => Tensor,
): (params: P, ...rest: A) => [Tensor, P] {
  return (params, ...rest) => {
    const all = flatten(op, [params, ...rest]);
    const first = flatten(op, params);
    const active = first.leaves.length;
    checkDifferentiable(op, first.leaves);
    return evaluate((values) => {
      const { outputs, result, residuals, linear } = linearizeAt(op, f, values, all.structure, active);
      const [y] = outputs;
      if (outputs.length !== 1 || y.ndim !== 0 || !isFloat(y.dtype))
        throw new ShapeError(
          `${op}: the function gave ${outputs.map((o) => `${o.dtype}${showShape(o.shape)}`).join(', ') || 'nothing'}; it must give one float of shape []. Reduce it, or use vjp`,
        );
      const gradient = interpretTranspose(linear, residuals, [prims.full([], 1, y.dtype)]);
      return { leaves: [y, ...gradient], structure: pairStructure(result, first.structure) };
    }, all.leaves) as [Tensor, P];
  };
}

/** grad under the name of `op`. */
export function gradient<P extends Tree, A extends readonly Tree[]>(
  op: string,
  f: (params: P, ...rest: A) => Tensor,
): (params: P, ...rest: A) => P {
  const both = differentiated(op, f);
  return (params, ...rest) => both(params, ...rest)[1];
}

const f = arg.callback('f');
const primals = arg.rest(arg.anything('primals'));

/**
 * `f(...primals)`, and its derivative there as a linear function of tangents: the forward pass is done
 * once, and the function can be applied to many tangents.
 */
export const linearize = checkedGeneric(
  'linearize',
  [f, primals],
  <A extends readonly Tree[], R extends Tree>(
    f: TreeFunction<A, R>,
    ...primals: A
  ): [R, (...tangents: A) => R] => linearized('linearize', f, primals),
);

/**
 * `f(...primals)`, and a function from a cotangent of its result to cotangents of the primals (reverse
 * mode): the product of a row vector with the Jacobian.
 */
export const vjp = checkedGeneric(
  'vjp',
  [f, primals],
  <A extends readonly Tree[], R extends Tree>(
    f: TreeFunction<A, R>,
    ...primals: A
  ): [R, (cotangent: R) => A] => pulledBack('vjp', f, primals),
);

/**
 * A function giving `f`'s value and its gradient in the first argument, a tree of that argument's
 * structure. `f` must give one number: a float tensor of shape [].
 */
export const valueAndGrad = checkedGeneric(
  'valueAndGrad',
  [f],
  <P extends Tree, A extends readonly Tree[]>(
    f: (params: P, ...rest: A) => Tensor,
  ): ((params: P, ...rest: A) => [Tensor, P]) => differentiated('valueAndGrad', f),
);

/** A function giving the gradient of `f` in its first argument. See valueAndGrad. */
export const grad = checkedGeneric(
  'grad',
  [f],
  <P extends Tree, A extends readonly Tree[]>(
    f: (params: P, ...rest: A) => Tensor,
  ): ((params: P, ...rest: A) => P) => gradient('grad', f),
);
