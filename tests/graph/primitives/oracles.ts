// Graphs by their primitives' oracles: what every engine has to give.
import {
  type AnyRegion,
  type Graph,
  interpret,
  isRegion,
  type Params,
  type PlainOp,
} from '../../../src/graph/index.ts';
import { range, sizeOf } from '../../../src/tensor/index.ts';
import { type Grid, stackGrids } from '../../helpers/grids.ts';
import type { Suite } from '../../helpers/primitive.ts';
import { suites } from './suites.ts';

function applyOracle<K extends PlainOp>(op: K, params: Params[K], inputs: Grid[]): Grid {
  const suite: Suite<Params[K]> = suites[op];
  return suite.oracle(inputs, params);
}

/** Entry `i` along the first axis of `x`. */
function entryOf({ dtype, shape: [, ...shape], data }: Grid, i: number): Grid {
  const size = sizeOf(shape);
  return { dtype, shape, data: data.slice(i * size, (i + 1) * size) };
}

/** What primitives that hold graphs are defined to give. */
function regionOracle(node: AnyRegion, inputs: readonly Grid[]): Grid[] {
  switch (node.op) {
    case 'call':
      return byOracles(node.params.graph, inputs);
    case 'cond': {
      const [predicate, ...operands] = inputs;
      return byOracles(predicate.data[0] ? node.params.whenTrue : node.params.whenFalse, operands);
    }
    case 'whileLoop': {
      const { test, body, consts } = node.params;
      const constants = inputs.slice(0, consts);
      let carry = inputs.slice(consts);
      while (byOracles(test, [...constants, ...carry])[0].data[0])
        carry = byOracles(body, [...constants, ...carry]);
      return carry;
    }
    case 'scan': {
      const { body, consts, carry: carries, length, reverse } = node.params;
      const stacks = inputs.slice(consts + carries);
      const rounds = range(length);
      let carry = inputs.slice(consts, consts + carries);
      const made: Grid[][] = [];
      for (const i of reverse ? rounds.toReversed() : rounds) {
        const entries = stacks.map((stack) => entryOf(stack, i));
        const outputs = byOracles(body, [...inputs.slice(0, consts), ...carry, ...entries]);
        carry = outputs.slice(0, carries);
        made[i] = outputs.slice(carries);
      }
      const ys = node.results
        .slice(carries)
        .map(
          ({ dtype, shape }, j): Grid =>
            length > 0 ? stackGrids(made.map((entries) => entries[j])) : { dtype, shape, data: [] },
        );
      return [...carry, ...ys];
    }
  }
}

/** The outputs of `graph` as its primitives are defined. */
export const byOracles = (graph: Graph, inputs: readonly Grid[]): Grid[] =>
  interpret<Grid>(graph, inputs, (node, values) =>
    isRegion(node) ? regionOracle(node, values) : [applyOracle<PlainOp>(node.op, node.params, values)],
  ).outputs;
