// vmap as people call it: a function of one example mapped over an axis of its arguments.
import {
  arg,
  checkedGeneric,
  deepest,
  flatten,
  normalizeAxis,
  ShapeError,
  Tensor,
  type Tree,
  treeLeaves,
} from '../tensor/index.ts';
import { evaluate, type TreeFunction, traceTree } from './function.ts';
import { interpretVmap, moveAxis } from './vmap.ts';

/**
 * The mapped axes of the leaves of a tree: one for all of them, `null` where they are shared, or a tree with such for
 * each part.
 */
export type Axes = number | null | readonly Axes[] | { readonly [key: string]: Axes };

/** The same of each argument, or one axis for all arguments. */
export type InAxes = number | readonly Axes[];

/** Where the mapped axis stands in the leaves of a result: in all of them, or a tree with such for each part. */
export type OutAxes = number | readonly OutAxes[] | { readonly [key: string]: OutAxes };

/** Whether `given` is a tree whose leaves are axes, or what else `isLeaf` says. */
const isTreeOf = (isLeaf: (given: unknown) => boolean, given: unknown, depth = 0): boolean =>
  isLeaf(given) ||
  ((Array.isArray(given) || arg.isPlain(given)) &&
    depth < deepest &&
    (Array.isArray(given) ? Array.from(given) : Object.values(given)).every((part) =>
      isTreeOf(isLeaf, part, depth + 1),
    ));

const isAxis = (given: unknown): boolean => Number.isInteger(given);
const isAxes = (given: unknown): given is Axes => isTreeOf((part) => part === null || isAxis(part), given);
const inAxes = arg.value(
  'inAxes',
  'the number of an axis, or a list with such, null or a tree of them for each argument',
  (given): given is InAxes => Number.isInteger(given) || arg.isArrayOf(given, isAxes),
);
const outAxes = arg.value('outAxes', 'the number of an axis, or a tree of such', (given): given is OutAxes =>
  isTreeOf(isAxis, given),
);

/** The parts of a tree or of a tree of axes, in the order in which their leaves are listed. */
function partsOf<T>(tree: readonly T[] | { readonly [key: string]: T }): [string, T][] {
  const parts = Object.entries<T>(tree as { readonly [key: string]: T });
  return Array.isArray(tree) ? parts : parts.sort(([a], [b]) => (a < b ? -1 : 1));
}

const shown = (tree: Axes | Tree): string => {
  if (tree === null) return 'an empty leaf';
  if (typeof tree === 'number' || tree instanceof Tensor) return 'a tensor';
  const names = partsOf<unknown>(tree).map(([name]) => name);
  return Array.isArray(tree) ? `a list of ${names.length}` : `{ ${names.join(', ')} }`;
};

/** The axis of each leaf of `tree`, which messages call `name`. Throws TypeError where `axes` have other parts. */
function axesOf(op: string, name: string, axes: Axes, tree: Tree): (number | null)[] {
  if (axes === null || typeof axes === 'number') return treeLeaves(tree).map(() => axes);
  if (tree === null || tree instanceof Tensor || shown(axes) !== shown(tree))
    throw new TypeError(`${op}: ${name} has axes for ${shown(axes)}, and there is ${shown(tree)}`);
  const parts = partsOf<Tree>(tree);
  return partsOf<Axes>(axes).flatMap(([key, part], i) => axesOf(op, `${name}.${key}`, part, parts[i][1]));
}

/** vmap under the name of `op`. */
export function mapped<A extends readonly Tree[], R extends Tree>(
  op: string,
  f: TreeFunction<A, R>,
  inAxes: InAxes = 0,
  outAxes: OutAxes = 0,
): TreeFunction<A, R> {
  return (...args) => {
    const perArgument = typeof inAxes === 'number' ? args.map(() => inAxes) : inAxes;
    if (perArgument.length !== args.length)
      throw new TypeError(`${op}: ${perArgument.length} axes in for ${args.length} arguments`);
    const { leaves, structure } = flatten(op, args);
    const axes = args
      .flatMap((arg, i) => axesOf(op, `inAxes[${i}]`, perArgument[i], arg))
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
    const { graph, captures, result } = traceTree(op, f, structure, single);
    const [size] = sizes;
    const outputs = evaluate(
      `vmap ${JSON.stringify([size, captures.length, axes, outAxes])} ${result.key}`,
      graph,
      [...captures, ...leaves],
      (values) => {
        const mapped = values.map((value, i) => {
          const axis = i < captures.length ? null : axes[i - captures.length];
          return { value: axis === null ? value : moveAxis(value, axis, 0), batched: axis !== null };
        });
        const outputs = interpretVmap(graph, mapped, size);
        const out = axesOf(op, 'outAxes', outAxes, result.build(outputs) as Tree);
        return outputs.map((y, i) => moveAxis(y, 0, normalizeAxis(op, out[i] ?? 0, y.ndim)));
      },
    );
    return result.build(outputs) as R;
  };
}

/**
 * `f`, written for one example, mapped over an axis of its arguments.
 * `inAxes` gives the mapped axis of each argument's leaves (`null`: shared by all examples), `outAxes`
 * where the mapped axis stands in every leaf of the result; both may be trees, as in `[{ weight: 0, bias: null }, 1]`.
 * Throws ShapeError where sizes differ, TypeError where a tree of axes has other parts than what it is for.
 */
export const vmap = checkedGeneric(
  'vmap',
  [arg.callback('f'), arg.optional(inAxes), arg.optional(outAxes)],
  <A extends readonly Tree[], R extends Tree>(
    f: TreeFunction<A, R>,
    inAxes?: InAxes,
    outAxes?: OutAxes,
  ): TreeFunction<A, R> => mapped('vmap', f, inAxes, outAxes),
);
