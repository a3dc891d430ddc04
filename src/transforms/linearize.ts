// The linearization of a graph: its forward pass, and its derivative there as a linear graph.
import { type Graph, type Traceable, trace } from '../graph/index.ts';
import { interpretJvp, type Purpose } from './dual.ts';
import { tangentAval, zeroTangent } from './jvp.ts';
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
  const directions = graph.inputs.filter((_, i) => active[i]).map(tangentAval);
  const { graph: jvp, captures } = trace(
    (values) => {
      let next = graph.inputs.length;
      const duals = interpretJvp(
        graph,
        graph.inputs.map((_, i) => ({ value: values[i], tangent: active[i] ? values[next++] : null })),
        purpose,
      );
      return [
        ...duals.map((dual) => dual.value),
        ...duals.slice(0, moving).map(({ value, tangent }) => tangent ?? zeroTangent(value)),
      ];
    },
    [...graph.inputs, ...directions],
  );
  return { ...split(jvp, captures.length + graph.inputs.length, graph.outputs.length), captures };
}
