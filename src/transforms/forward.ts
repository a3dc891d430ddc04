// jvp as people call it: forward mode, on functions over trees.
import { arg, checkedGeneric, flatten, listOf, type Tree } from '../tensor/index.ts';
import { checkDifferentiable, flattenLike } from './arguments.ts';
import { interpretJvp } from './dual.ts';
import { evaluate, type TreeFunction, traceTree } from './function.ts';
import { zeroTangent } from './jvp.ts';

/** jvp under the name of `op`. */
export function pushedForward<A extends readonly Tree[], R extends Tree>(
  op: string,
  f: TreeFunction<A, R>,
  primals: A,
  tangents: A,
): [R, R] {
  const { leaves, structure } = flatten(op, primals, 'primals');
  checkDifferentiable(op, leaves);
  const directions = flattenLike(op, 'tangents', leaves, structure, tangents);
  const { graph, captures, result } = traceTree(op, f, structure, leaves);
  const known = captures.length + leaves.length;
  const outputs = evaluate(
    `jvp ${captures.length}`,
    graph,
    [...captures, ...leaves, ...directions],
    (values) => {
      const duals = interpretJvp(
        graph,
        graph.inputs.map((_, i) => ({
          value: values[i],
          tangent: i < captures.length ? null : values[known + i - captures.length],
        })),
        'run',
      );
      return [
        ...duals.map(({ value }) => value),
        ...duals.map(({ value, tangent }) => tangent ?? zeroTangent(value)),
      ];
    },
  );
  return listOf([result, result]).build(outputs) as [R, R];
}

const listed = (name: string) =>
  arg.value(name, 'a list of arguments, as in [x]', (given): given is readonly Tree[] =>
    Array.isArray(given),
  );

/**
 * `f(...primals)` and its directional derivative along `tangents` (forward mode).
 * Tangents have the structure, shapes and dtypes of the primals, which are floats; those of bf16 and f16 are f32.
 */
export const jvp = checkedGeneric(
  'jvp',
  [arg.callback('f'), listed('primals'), listed('tangents')],
  <A extends readonly Tree[], R extends Tree>(f: TreeFunction<A, R>, primals: A, tangents: A): [R, R] =>
    pushedForward('jvp', f, primals, tangents),
);
