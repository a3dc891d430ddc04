// vmap as people call it: a function of one example mapped over an axis of its arguments.
import { arg, checkedGeneric, flatten, normalizeAxis, ShapeError, type Tree } from '../tensor/index.ts';
import { evaluate, type TreeFunction, traceTree } from './function.ts';
import { interpretVmap, moveAxis } from './vmap.ts';

/** The mapped axis of every leaf of each argument, or of all arguments; `null` for one that is shared. */
export type InAxes = number | readonly (number | null)[];

const isAxis = (given: unknown): given is number | null => given === null || Number.isInteger(given);
const inAxes = arg.value(
  'inAxes',
  'the number of an axis, or a list of such or null for each argument',
  (given): given is InAxes => Number.isInteger(given) || arg.isArrayOf(given, isAxis),
);

/** vmap under the name of `op`. */
export function mapped<A extends readonly Tree[], R extends Tree>(
  op: string,
  f: TreeFunction<A, R>,
  inAxes: InAxes = 0,
  outAxes = 0,
): TreeFunction<A, R> {
  return (...args) => {
    const perArgument = typeof inAxes === 'number' ? args.map(() => inAxes) : inAxes;
    if (perArgument.length !== args.length)
      throw new TypeError(`${op}: ${perArgument.length} axes in for ${args.length} arguments`);
    const { leaves, structure } = flatten(op, args);
    const axes = args
      .flatMap((arg, i) => flatten(op, arg).leaves.map(() => perArgument[i]))
      .map((axis, i) => (axis === null ? null : normalizeAxis(op, axis, leaves[i].ndim)));
    const sizes = [...new Set(leaves.flatMap(({ shape }, i) => shape.filter((_, axis) => axis === axes[i])))];
    if (sizes.length !== 1)
      throw new ShapeError(
        sizes.length
          ? `${op}: the mapped axes have different sizes: ${sizes.join(', ')}`
          : `${op}: no argument is mapped; give at least one axis that is not null`,
      );
    const single = leaves.map(({ dtype, shape }, i) => ({
      dtype,
      shape: shape.filter((_, axis) => axis !== axes[i]),
    }));
    return evaluate((values) => {
      const { graph, captures, result } = traceTree(op, f, structure, single);
      const mapped = values.map((value, i) => {
        const axis = axes[i];
        return { value: axis === null ? value : moveAxis(value, axis, 0), batched: axis !== null };
      });
      const outputs = interpretVmap(
        graph,
        [...captures.map((value) => ({ value, batched: false })), ...mapped],
        sizes[0],
      );
      return {
        leaves: outputs.map((y) => moveAxis(y, 0, normalizeAxis(op, outAxes, y.ndim))),
        structure: result,
      };
    }, leaves) as R;
  };
}

/**
 * `f`, written for one example, mapped over an axis of its arguments.
 * `inAxes` gives the mapped axis of each argument's leaves (`null`: shared by all examples), `outAxes`
 * where the mapped axis stands in every leaf of the result. Throws ShapeError where sizes differ.
 */
export const vmap = checkedGeneric(
  'vmap',
  [arg.callback('f'), arg.optional(inAxes), arg.optional(arg.whole('outAxes'))],
  <A extends readonly Tree[], R extends Tree>(
    f: TreeFunction<A, R>,
    inAxes?: InAxes,
    outAxes?: number,
  ): TreeFunction<A, R> => mapped('vmap', f, inAxes, outAxes),
);
