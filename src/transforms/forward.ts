// jvp as people call it: forward mode, on functions over trees.
import { flatten, type Tree } from '../tensor/index.ts';
import { checkDifferentiable, flattenLike } from './arguments.ts';
import { evaluate, type TreeFunction, traceFunction } from './function.ts';
import { interpretJvp, zeroTangent } from './jvp.ts';
import { pairStructure } from './structures.ts';

/**
 * `f(...primals)` and its directional derivative along `tangents` (forward mode).
 * Tangents have the structure, shapes and dtypes of the primals, which are floats.
 */
export function jvp<A extends readonly Tree[], R extends Tree>(
  f: TreeFunction<A, R>,
  primals: A,
  tangents: A,
): [R, R] {
  const { leaves, structure } = flatten('jvp', primals);
  checkDifferentiable('jvp', leaves);
  const directions = flattenLike('jvp', 'the tangents', leaves, structure, tangents);
  const pair = evaluate(
    (values) => {
      const { graph, captures, result } = traceFunction('jvp', f, structure, leaves);
      const duals = interpretJvp(graph, [
        ...captures.map((value) => ({ value, tangent: null })),
        ...leaves.map((_, i) => ({ value: values[i], tangent: values[leaves.length + i] })),
      ]);
      return {
        leaves: [
          ...duals.map(({ value }) => value),
          ...duals.map(({ value, tangent }) => tangent ?? zeroTangent(value)),
        ],
        structure: pairStructure(result, result),
      };
    },
    [...leaves, ...directions],
  );
  return pair as [R, R];
}
