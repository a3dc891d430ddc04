// Between functions over trees, which people write, and graphs over lists, which transformations map.
import { type Graph, isTracing, keyOf, run, type Traceable, trace } from '../graph/index.ts';
import { type Aval, flatten, type Structure, type Tensor, type Tree } from '../tensor/index.ts';

export type TreeFunction<A extends readonly Tree[], R extends Tree> = (...args: A) => R;

export interface TracedFunction extends Traceable {
  /** The structure of the function's result. */
  readonly result: Structure;
}

/** Traces `f` on arguments of `structure`, whose leaves have `avals`. */
export function traceTree<A extends readonly Tree[]>(
  op: string,
  f: TreeFunction<A, Tree>,
  structure: Structure,
  avals: readonly Aval[],
): TracedFunction {
  const results: Structure[] = [];
  const traced = trace((leaves) => {
    const out = flatten(`${op}: the function's result`, f(...(structure.build(leaves) as A)));
    results.push(out.structure);
    return out.leaves;
  }, avals);
  return { ...traced, result: results[0] };
}

/** A tree's structure, and what its leaves are. */
export interface Typed {
  readonly structure: Structure;
  readonly avals: readonly Aval[];
}

/** Tensors, and the structure of the tree that they are the leaves of. */
export interface Flat {
  readonly leaves: readonly Tensor[];
  readonly structure: Structure;
}

/** The most transformed graphs that are kept; that which was not needed for longest goes first. */
const mostKept = 256;
const kept = new Map<string, Traceable>();

/**
 * What a transformation makes of `graph`, on `inputs`: as part of the trace under way, or else compiled and run as one
 * graph. `name` says which transformation it is, with all that it depends on besides the graph: what is transformed
 * likewise is made once, though its function is traced anew each time.
 */
export function evaluate(
  name: string,
  graph: Graph,
  inputs: readonly Tensor[],
  transform: (inputs: readonly Tensor[]) => readonly Tensor[],
): Tensor[] {
  if (isTracing()) return [...transform(inputs)];
  const key = `${name}\n${keyOf(graph)}`;
  const made = kept.get(key) ?? trace(transform, inputs);
  kept.delete(key); // to the end
  kept.set(key, made);
  for (const [oldest] of kept) {
    if (kept.size <= mostKept) break;
    kept.delete(oldest);
  }
  return run(made.graph, [...made.captures, ...inputs]);
}
