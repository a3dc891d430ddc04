// Every primitive's definition and cases. A primitive without them does not compile.
import type { Op, Params } from '../../../src/graph/index.ts';
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

/** Calls `visit` with every primitive and its suite. */
export function forEachPrimitive(visit: <K extends Op>(op: K, suite: Suite<Params[K]>) => void): void {
  const one = <K extends Op>(op: K): void => visit(op, suites[op]);
  for (const op of Object.keys(suites)) one(op as Op);
}
