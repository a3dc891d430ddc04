// Between functions over trees, which people write, and graphs over lists, which transformations map.
import { isTracing, run, type Traceable, trace } from '../graph/index.ts';
import {
  type Aval,
  arg,
  checkedGeneric,
  flatten,
  type Structure,
  type Tensor,
  type Tree,
} from '../tensor/index.ts';

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

const structure = arg.value(
  'structure',
  'the structure that flatten gives',
  (given): given is Structure => typeof given === 'object' && given !== null && 'build' in given,
);
const isAval = (given: unknown): given is Aval =>
  typeof given === 'object' && given !== null && 'dtype' in given && 'shape' in given;
const avals = arg.list('avals', 'aval', (name) => arg.value(name, 'an object { dtype, shape }', isAval));

/** Traces `f` on arguments of `structure`, whose leaves have `avals`; its errors go by the name `op`. */
export const traceFunction = checkedGeneric(
  'traceFunction',
  [arg.text('op'), arg.callback('f'), structure, avals],
  traceTree,
);

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
