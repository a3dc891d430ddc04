// Counts what an experiment really trained, from its events.
import { treeLeaves } from '../../src/index.ts';
import type { LabEvent } from '../../src/lab/experiments/distillation/teach.ts';

/** Examples that models learned from in this step: seeds × batch × learners; none at other events. */
export function examplesIn(event: LabEvent): number {
  if (event.kind !== 'step') return 0;
  const [seeds, batch] = treeLeaves(event.batch)[0].shape;
  return seeds * batch * Object.keys(event.values).length;
}
