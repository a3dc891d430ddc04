// What a legal graph is, as an executable check. Engines may rely on everything here.
import { checkDType, checkShape, sameShape, TraceError } from '../tensor/index.ts';
import type { Graph, Node } from './graph.ts';
import { inferShape, shapeRules } from './primitives.ts';
import { showGraph } from './show.ts';

/** Throws TraceError (with the graph's text) unless `graph` is legal; returns it. */
export function checkGraph(graph: Graph): Graph {
  const fail = (why: string): never => {
    throw new TraceError(`illegal graph: ${why}\n${showGraph(graph)}`);
  };
  const defined = new Set<Node>();
  const define = (node: Node): void => {
    if (defined.has(node)) fail(`a ${node.op} is defined twice`);
    checkDType(node.dtype);
    checkShape(node.op, node.shape);
    defined.add(node);
  };
  graph.inputs.forEach(define);
  for (const node of graph.nodes) {
    if (!Object.hasOwn(shapeRules, node.op)) fail(`${node.op} is not a primitive`);
    if (!node.inputs.every((input) => defined.has(input))) fail(`a ${node.op} reads what comes after it`);
    const expected = inferShape(node.op, node.inputs, node.params);
    if (expected.dtype !== node.dtype || !sameShape(expected.shape, node.shape))
      fail(`a ${node.op} claims another shape or dtype than its rule gives`);
    define(node);
  }
  if (!graph.outputs.every((output) => defined.has(output))) fail('an output is not defined');
  const read = new Set<Node>([...graph.outputs, ...graph.nodes.flatMap((node) => node.inputs)]);
  for (const node of graph.nodes) if (!read.has(node)) fail(`nothing reads a ${node.op}`);
  return graph;
}
