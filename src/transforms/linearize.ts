// The linearization of a graph: its forward pass, and its derivative there as a linear graph.
import type { Graph, Traceable } from '../graph/index.ts';
import { derive, type Purpose } from './dual.ts';
import { type Linearization, split } from './split.ts';

/**
 * The linearization of `graph` in the inputs marked in `active`, which must be floats, and of its first `moving`
 * outputs. Its primal part takes before the inputs what rules of functions' own close over.
 */
export function linearizeGraph(
  graph: Graph,
  active: readonly boolean[],
  purpose: Exclude<Purpose, 'run'>,
  moving = graph.outputs.length,
): Linearization & Pick<Traceable, 'captures'> {
  const outputs = graph.outputs.length;
  const wanted = graph.outputs.map((_, i) => i < moving);
  const { graph: jvp, captures } = derive(graph, active, purpose, wanted);
  const first = { ...jvp, outputs: jvp.outputs.slice(0, outputs + moving) }; // theirs are there, and come first
  return { ...split(first, captures.length + graph.inputs.length, outputs), captures };
}
