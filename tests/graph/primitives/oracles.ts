// Graphs by their primitives' oracles: what every engine has to give.
import { type Graph, interpret, type Op, type Params } from '../../../src/graph/index.ts';
import type { Grid } from '../../helpers/grids.ts';
import type { Suite } from '../../helpers/primitive.ts';
import { suites } from './suites.ts';

function applyOracle<K extends Op>(op: K, params: Params[K], inputs: Grid[]): Grid {
  const suite: Suite<Params[K]> = suites[op];
  return suite.oracle(inputs, params);
}

/** The outputs of `graph` as its primitives are defined. */
export const byOracles = (graph: Graph, inputs: readonly Grid[]): Grid[] =>
  interpret<Grid>(graph, inputs, (node, values) => [applyOracle<Op>(node.op, node.params, values)]).outputs;
