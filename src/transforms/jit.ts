// jit: a function traced and compiled once per shape of its arguments.
import { checkConcrete, compile, isTracing } from '../graph/index.ts';
import { flatten, type Tree } from '../tensor/index.ts';
import { type TracedFunction, type TreeFunction, traceFunction } from './function.ts';

/**
 * `f`, compiled as one graph for every new combination of argument structure, shapes and dtypes.
 * `f` is a pure function of its arguments: what it closes over is read at the first call and kept.
 */
export function jit<A extends readonly Tree[], R extends Tree>(f: TreeFunction<A, R>): TreeFunction<A, R> {
  const entries = new Map<string, TracedFunction>();
  return (...args) => {
    if (isTracing()) return f(...args);
    const { leaves, structure } = flatten('jit', args);
    checkConcrete(leaves);
    const key = `${structure.key} ${leaves.map((x) => `${x.dtype}[${x.shape}]`).join(' ')}`;
    let entry = entries.get(key);
    if (!entry) {
      entry = traceFunction('jit', f, structure, leaves);
      entries.set(key, entry);
    }
    return entry.result.build(compile(entry.graph)([...entry.captures, ...leaves])) as R;
  };
}
