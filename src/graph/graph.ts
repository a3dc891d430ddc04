// Making graphs: applications, and which of them are needed.
import type { AnyApply, AnyRegion, Graph, Op, Params, RegionOp, Result, Rule, Value } from './primitives.ts';
import { inferShapes } from './shapes.ts';

/** `op` applied to `inputs`. Throws ShapeError or DTypeError where they are not legal. */
export function applied<K extends Op>(op: K, params: Params[K], inputs: readonly Value[]): AnyApply {
  const avals = inferShapes(op, inputs, params);
  const results: Result[] = [];
  const [first] = avals; // a loop that gives nothing has none
  const node = { op, params, inputs, results, dtype: first?.dtype, shape: first?.shape } as AnyApply;
  for (const { dtype, shape } of avals) results.push({ dtype, shape, from: node, index: results.length });
  return node;
}

/** The applications that `outputs` need, out of `candidates`, which are in topological order. */
export function reachable(candidates: readonly AnyApply[], outputs: readonly Value[]): AnyApply[] {
  const needed = new Set<AnyApply | undefined>(outputs.map(({ from }) => from));
  for (const node of candidates.toReversed())
    if (needed.has(node)) for (const { from } of node.inputs) needed.add(from);
  return candidates.filter((node) => needed.has(node));
}

const regionOps: { readonly [K in RegionOp]: true } = { call: true, scan: true, cond: true, whileLoop: true };

/** Whether the parameters of `node` hold graphs. */
export const isRegion = (node: AnyApply): node is AnyRegion => Object.hasOwn(regionOps, node.op);

/** The graphs in the parameters of an application that runs make use of, by the names of their parameters. */
export function regionsOf({ op, params }: AnyApply): Readonly<Record<string, Graph>> {
  switch (op) {
    case 'call':
      return { graph: params.graph };
    case 'scan':
      return { body: params.body };
    case 'cond':
      return { whenTrue: params.whenTrue, whenFalse: params.whenFalse };
    case 'whileLoop':
      return { test: params.test, body: params.body };
    default:
      return {};
  }
}

let rules = 0;

export function ruleOf<T>(make: () => T): Rule<T> {
  const id = ++rules;
  let made: { readonly value: T } | undefined;
  return {
    get() {
      made ??= { value: make() };
      return made.value;
    },
    toJSON: () => id,
  };
}
