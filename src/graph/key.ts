// Keys: equal ones are of what does the same, in whichever trace it was made.
import { type Aval, showShape } from '../tensor/index.ts';
import type { Graph, Op, Value } from './primitives.ts';

const isGraph = (value: unknown): value is Graph =>
  typeof value === 'object' && value !== null && 'nodes' in value;

/** Whether JSON tells `value` from all others as it is; lists hold nothing else. */
const isTold = (value: unknown): boolean =>
  typeof value === 'number'
    ? Number.isFinite(value) && !Object.is(value, -0)
    : typeof value !== 'object' || Array.isArray(value);

/** Parameters as JSON, except that it tells NaN, the infinities, null and −0 from each other; graphs as `show` has them. */
export const showParams = (params: object, show: (graph: Graph) => string): string =>
  Object.values(params).every(isTold)
    ? JSON.stringify(params) // many times as fast
    : JSON.stringify(params, (_, v) => {
        if (typeof v === 'number' && !isTold(v)) return v === 0 ? '-0' : String(v);
        return isGraph(v) ? show(v) : v;
      });

/** The keys of parameters: an application's is asked for where it is traced, and again with its graph's. */
const shown = new WeakMap<object, string>();

function paramsKey(params: object): string {
  const known = shown.get(params) ?? showParams(params, keyOf);
  shown.set(params, known);
  return known;
}

/** The key of an application on inputs of the keys `inputs`. */
export const applicationKey = (op: Op, params: object, inputs: readonly (string | number)[]): string =>
  `${op} ${inputs.join()} ${paramsKey(params)}`;

export const avalKey = ({ dtype, shape }: Aval): string => dtype + showShape(shape);

const keys = new WeakMap<Graph, string>();

/** The key of `graph`: its inputs, its applications in their order, its outputs, and what it may write over. */
export function keyOf(graph: Graph): string {
  const known = keys.get(graph) ?? makeKey(graph);
  keys.set(graph, known);
  return known;
}

function makeKey({ inputs, nodes, outputs, donated = [] }: Graph): string {
  const places = new Map<Value, number>();
  const define = (value: Value): void => {
    places.set(value, places.size);
  };
  const placesOf = (some: readonly Value[]): number[] => some.map((value) => places.get(value) ?? -1);
  inputs.forEach(define);
  const lines = nodes.map((node) => {
    const key = applicationKey(node.op, node.params, placesOf(node.inputs));
    node.results.forEach(define);
    return key;
  });
  return [inputs.map(avalKey).join(' '), ...lines, placesOf(outputs).join(), donated.join()].join('\n');
}
