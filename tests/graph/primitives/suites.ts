// The definition and cases of every primitive but those that hold graphs. One without them does not compile.
import type { Params, PlainOp } from '../../../src/graph/index.ts';
import type { Suite, Suites } from '../../helpers/primitive.ts';
import { contraction } from './contraction.ts';
import { creation } from './creation.ts';
import { elementwise } from './elementwise.ts';
import { indexing } from './indexing.ts';
import { movement } from './movement.ts';
import { reduction } from './reduction.ts';

export const suites: Suites = {
  ...elementwise,
  ...creation,
  ...reduction,
  ...movement,
  ...indexing,
  ...contraction,
};

/** Calls `visit` with every primitive that has a suite, and that. */
export function forEachPrimitive(visit: <K extends PlainOp>(op: K, suite: Suite<Params[K]>) => void): void {
  const one = <K extends PlainOp>(op: K): void => visit(op, suites[op]);
  for (const op of Object.keys(suites)) one(op as PlainOp);
}
