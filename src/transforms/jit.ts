// jit: a function traced and compiled once per shape of its arguments.
import { checkConcrete, compile, getEngine, isTracing, showGraph } from '../graph/index.ts';
import {
  type Aval,
  arg,
  checkedGeneric,
  flatten,
  sameShape,
  type Tree,
  treeLeaves,
} from '../tensor/index.ts';
import { type Flat, type TracedFunction, type TreeFunction, traceTree } from './function.ts';

export interface JitOptions {
  /**
   * Positions of arguments that the caller gives up: results may be written over them, which saves memory and
   * time. To read such a tensor after the call is a TraceError; do not keep its `data` either.
   */
  readonly donate?: readonly number[];
}

interface Entry extends TracedFunction {
  /** What the leaves of the arguments are. */
  readonly avals: readonly Aval[];
  /** Positions of donated leaves among those of all arguments. */
  readonly given: readonly number[];
}

const f = arg.callback('f');
const options = arg.optional(
  arg.options<JitOptions>({
    donate: (name) => arg.optional(arg.sizes(name)),
  }),
);

/**
 * `f`, compiled as one graph for every new combination of argument structure, shapes and dtypes.
 * `f` is a pure function of its arguments: what it closes over is read at the first call and kept.
 */
export const jit = checkedGeneric(
  'jit',
  [f, options],
  <A extends readonly Tree[], R extends Tree>(
    f: TreeFunction<A, R>,
    options: JitOptions = {},
  ): TreeFunction<A, R> => {
    const entries = new Map<string, Entry[]>(); // by the arguments' structure
    return (...args) => {
      const flat = flatten('jit', args);
      if (isTracing()) return f(...args);
      const { leaves, structure } = flat;
      checkConcrete(leaves);
      const alike = entries.get(structure.key) ?? [];
      let entry = alike.find(({ avals }) =>
        avals.every(({ dtype, shape }, i) => dtype === leaves[i].dtype && sameShape(shape, leaves[i].shape)),
      );
      if (!entry) {
        entry = traceEntry('jit', f, options, args, flat);
        entries.set(structure.key, [...alike, entry]);
      }
      const results = compile(entry.graph)([...entry.captures, ...leaves]);
      if (entry.given.length > 0) {
        const kept = new Set(results.map(({ storage }) => storage));
        for (const i of entry.given) if (!kept.has(leaves[i].storage)) leaves[i].storage.giveUp();
      }
      return entry.result.build(results) as R;
    };
  },
);

/**
 * What `jit(f, options)` becomes on the chosen engine for arguments like these, as text: the kernels with their
 * work, memory traffic and buffers, or the graph where the engine has no kernels.
 */
export const explain = checkedGeneric(
  'explain',
  [f, options],
  <A extends readonly Tree[]>(
    f: TreeFunction<A, Tree>,
    options: JitOptions = {},
  ): ((...args: A) => string) => {
    return (...args) => {
      const { graph } = traceEntry('explain', f, options, args, flatten('explain', args));
      return getEngine().explain?.(graph) ?? showGraph(graph);
    };
  },
);

function traceEntry<A extends readonly Tree[]>(
  op: string,
  f: TreeFunction<A, Tree>,
  { donate = [] }: JitOptions,
  args: A,
  { leaves, structure }: Flat,
): Entry {
  const traced = traceTree(op, f, structure, leaves);
  const given = donatedLeaves(op, args, donate);
  const donated = given.map((leaf) => traced.captures.length + leaf);
  const avals = leaves.map(({ dtype, shape }): Aval => ({ dtype, shape })); // and not what they hold
  return { ...traced, avals, given, graph: { ...traced.graph, donated } };
}

/** Positions of the leaves of `args[i]`, for each i in `donate`, among all leaves. */
function donatedLeaves(op: string, args: readonly Tree[], donate: readonly number[]): number[] {
  const counts = args.map((arg) => treeLeaves(arg).length);
  const starts = counts.map((_, i) => counts.slice(0, i).reduce((sum, n) => sum + n, 0));
  return [...new Set(donate)].flatMap((i) => {
    if (!(i in counts))
      throw new RangeError(`${op}: donate names argument ${i}, but the function was given ${args.length}`);
    return Array.from({ length: counts[i] }, (_, leaf) => starts[i] + leaf);
  });
}
