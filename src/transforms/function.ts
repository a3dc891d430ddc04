// Between functions over trees, which people write, and graphs over lists, which transformations map.
import { isTracing, run, type Traceable, trace } from '../graph/index.ts';
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

/** Tensors, and the structure of the tree that they are the leaves of. */
export interface Flat {
  readonly leaves: readonly Tensor[];
  readonly structure: Structure;
}

/** `f(inputs)`: as part of the trace under way, or else traced, compiled and run as one graph. */
export function evaluate(f: (inputs: readonly Tensor[]) => Flat, inputs: readonly Tensor[]): unknown {
  if (isTracing()) {
    const { leaves, structure } = f(inputs);
    return structure.build(leaves);
  }
  const structures: Structure[] = [];
  const { graph, captures } = trace((values) => {
    const { leaves, structure } = f(values);
    structures.push(structure);
    return leaves;
  }, inputs);
  return structures[0].build(run(graph, [...captures, ...inputs]));
}
