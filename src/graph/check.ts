// What a legal graph is, as an executable check. Engines may rely on everything here.
import { checkDType, checkShape, sameShape, TraceError } from '../tensor/index.ts';
import { regionsOf } from './graph.ts';
import type { Graph, Value } from './primitives.ts';
import { inferShapes, isPrimitive } from './shapes.ts';
import { showGraph } from './show.ts';

/** Throws TraceError (with the graph's text) unless `graph` is legal; returns it. */
export function checkGraph(graph: Graph): Graph {
  const fail = (why: string): never => {
    throw new TraceError(`illegal graph: ${why}\n${showGraph(graph)}`);
  };
  const defined = new Set<Value>();
  const define = (value: Value): void => {
    const name = value.from?.op ?? 'input';
    if (defined.has(value)) fail(`a value of ${name} is defined twice`);
    checkDType(value.dtype);
    checkShape(name, value.shape);
    defined.add(value);
  };
  graph.inputs.forEach(define);
  for (const node of graph.nodes) {
    const { op, inputs, params, results } = node;
    if (!isPrimitive(op)) fail(`${op} is not a primitive`);
    if (!inputs.every((input) => defined.has(input))) fail(`a ${op} reads what comes after it`);
    for (const region of Object.values(regionsOf(node))) checkGraph(region);
    const expected = inferShapes(op, inputs, params);
    const claimed = [node, ...results];
    if (
      results.length !== expected.length ||
      ![expected[0], ...expected].every(
        ({ dtype, shape }, i) => dtype === claimed[i].dtype && sameShape(shape, claimed[i].shape),
      )
    )
      fail(`a ${op} claims other shapes or dtypes than its rule gives`);
    if (!results.every(({ from, index }, i) => from === node && index === i))
      fail(`a ${op} has results that are not its own`);
    results.forEach(define);
  }
  if (!graph.outputs.every((output) => defined.has(output))) fail('an output is not defined');
  const read = new Set<Value>([...graph.outputs, ...graph.nodes.flatMap((node) => node.inputs)]);
  for (const { op, results } of graph.nodes)
    if (!results.some((result) => read.has(result))) fail(`nothing reads a ${op}`);
  return graph;
}
