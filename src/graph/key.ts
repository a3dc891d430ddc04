// Keys: equal ones are of what does the same, in whichever trace it was made.
import { type Aval, showShape } from '../tensor/index.ts';
import type { Graph, Value } from './graph.ts';
import type { Op } from './primitives.ts';

/** Parameters as JSON, except that it tells NaN, the infinities, null and −0 from each other. */
export const showParams = (params: object): string =>
  JSON.stringify(params, (_, v) =>
    typeof v === 'number' && (!Number.isFinite(v) || Object.is(v, -0)) ? (v === 0 ? '-0' : String(v)) : v,
  );

/** The key of an application on inputs of the keys `inputs`. */
export const applicationKey = (op: Op, params: object, inputs: readonly (string | number)[]): string =>
  `${op} ${inputs.join()} ${showParams(params)}`;

export const avalKey = ({ dtype, shape }: Aval): string => dtype + showShape(shape);

/** The key of `graph`: its inputs, its applications in their order, its outputs, and what it may write over. */
export function keyOf({ inputs, nodes, outputs, donated = [] }: Graph): string {
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
