// jit: a function traced and compiled once per shape of its arguments.
import { checkConcrete, compile, isTracing } from '../graph/index.ts';
import { flatten, type Tree, treeLeaves } from '../tensor/index.ts';
import { type TracedFunction, type TreeFunction, traceFunction } from './function.ts';

export interface JitOptions {
  /**
   * Positions of arguments that the caller gives up: results may be written over them, which saves memory and
   * time. To read such a tensor after the call is a TraceError; do not keep its `data` either.
   */
  readonly donate?: readonly number[];
}

/**
 * `f`, compiled as one graph for every new combination of argument structure, shapes and dtypes.
 * `f` is a pure function of its arguments: what it closes over is read at the first call and kept.
 */
export function jit<A extends readonly Tree[], R extends Tree>(
  f: TreeFunction<A, R>,
  { donate = [] }: JitOptions = {},
): TreeFunction<A, R> {
  const entries = new Map<string, Entry>();
  return (...args) => {
    if (isTracing()) return f(...args);
    const { leaves, structure } = flatten('jit', args);
    checkConcrete(leaves);
    const key = `${structure.key} ${leaves.map((x) => `${x.dtype}[${x.shape}]`).join(' ')}`;
    let entry = entries.get(key);
    if (!entry) {
      const traced = traceFunction('jit', f, structure, leaves);
      const given = donatedLeaves(args, donate);
      const donated = given.map((leaf) => traced.captures.length + leaf);
      entry = { ...traced, given, graph: { ...traced.graph, donated } };
      entries.set(key, entry);
    }
    const results = compile(entry.graph)([...entry.captures, ...leaves]);
    const kept = new Set(results.map(({ storage }) => storage));
    for (const i of entry.given) if (!kept.has(leaves[i].storage)) leaves[i].storage.giveUp();
    return entry.result.build(results) as R;
  };
}

interface Entry extends TracedFunction {
  /** Positions of donated leaves among those of all arguments. */
  readonly given: readonly number[];
}

/** Positions of the leaves of `args[i]`, for each i in `donate`, among all leaves. */
function donatedLeaves(args: readonly Tree[], donate: readonly number[]): number[] {
  const counts = args.map((arg) => treeLeaves(arg).length);
  const starts = counts.map((_, i) => counts.slice(0, i).reduce((sum, n) => sum + n, 0));
  return donate.flatMap((i) => {
    if (!(i in counts))
      throw new RangeError(`jit: donate names argument ${i}, but the function was given ${args.length}`);
    return Array.from({ length: counts[i] }, (_, leaf) => starts[i] + leaf);
  });
}
