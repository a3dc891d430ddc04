// Vectorisation: how each primitive maps over a new leading axis.
import {
  type AnyApply,
  type Apply,
  applyAgain,
  type ElementwiseOp,
  type Graph,
  interpret,
  type Op,
  type Params,
  prims,
} from '../graph/index.ts';
import { freshLetters, range, type Tensor, without } from '../tensor/index.ts';

const { broadcast, reshape, transpose } = prims;

/** A value, and whether its axis 0 is the mapped one. */
export interface Batched {
  readonly value: Tensor;
  readonly batched: boolean;
}

/** The primitive on inputs of which at least one is batched; the result has the mapped axis first. */
type VmapRule<K extends Op> = (node: Apply<K>, inputs: readonly Batched[], size: number) => Tensor;

/** `x` repeated along a new axis 0. */
const repeat = (x: Tensor, size: number): Tensor =>
  broadcast(
    x,
    [size, ...x.shape],
    x.shape.map((_, i) => i + 1),
  );

const lead = ({ value, batched }: Batched, size: number): Tensor => (batched ? value : repeat(value, size));

const shifted = (axes: readonly number[]): number[] => axes.map((axis) => axis + 1);

/** A primitive that maps over extra leading axes by itself, on inputs that all have one. */
const leading = (node: Apply, inputs: readonly Batched[], size: number): Tensor =>
  applyAgain(
    node as AnyApply,
    inputs.map((input) => lead(input, size)),
  )[0];

/** The rule of a primitive with one input, which shifts its parameters past the mapped axis. */
const unary =
  <K extends Op>(f: (x: Tensor, node: Apply<K>, size: number) => Tensor): VmapRule<K> =>
  (node, [x], size) =>
    f(x.value, node, size);

const never = (node: Apply): Tensor => {
  throw new TypeError(`${node.op} has no inputs to map over`);
};

/** `x` with axis `from` moved to position `to`. */
export function moveAxis(x: Tensor, from: number, to: number): Tensor {
  const rest = without(range(x.ndim), [from]);
  return transpose(x, [...rest.slice(0, to), from, ...rest.slice(to)]);
}

/** The letters of a contraction with one more for the mapped axis. */
function labelled({ lhs, rhs, out }: Params['dot'], a: Batched, b: Batched): Params['dot'] {
  const [label] = freshLetters(lhs + rhs + out, 1);
  return {
    lhs: a.batched ? label + lhs : lhs,
    rhs: b.batched ? label + rhs : rhs,
    out: label + out,
  };
}

/** A row for every primitive but the elementwise ones, which map over any axes. */
export const vmapRules: { readonly [K in Exclude<Op, ElementwiseOp>]: VmapRule<K> } = {
  full: never,
  iota: never,
  randomBits: leading,
  sum: unary((x, { params: { axes } }) => prims.sum(x, shifted(axes))),
  reduceMax: unary((x, { params: { axes } }) => prims.reduceMax(x, shifted(axes))),
  argMax: unary((x, { params: { axis } }) => prims.argMax(x, axis + 1)),
  cumSum: unary((x, { params: { axis } }) => prims.cumSum(x, axis + 1)),
  argSort: unary((x, { params: { axis } }) => prims.argSort(x, axis + 1)),
  reshape: unary((x, { params: { shape } }, size) => reshape(x, [size, ...shape])),
  transpose: unary((x, { params: { perm } }) => transpose(x, [0, ...shifted(perm)])),
  broadcast: unary((x, { params: { shape, axes } }, size) =>
    broadcast(x, [size, ...shape], [0, ...shifted(axes)]),
  ),
  slice: unary((x, { params: { start, stop, step } }, size) =>
    prims.slice(x, { start: [0, ...start], stop: [size, ...stop], step: [1, ...step] }),
  ),
  pad: unary((x, { params: { low, high, interior } }) =>
    prims.pad(x, { low: [0, ...low], high: [0, ...high], interior: [0, ...interior] }),
  ),
  flip: unary((x, { params: { axes } }) => prims.flip(x, shifted(axes))),
  concat: ({ params: { axis } }, inputs, size) =>
    prims.concat(
      inputs.map((input) => lead(input, size)),
      axis + 1,
    ),
  gather: ({ params: { axis, batch } }, [x, indices]) => {
    if (x.batched && indices.batched)
      return prims.gather(x.value, indices.value, { axis: axis + 1, batch: batch + 1 });
    if (x.batched) {
      // the mapped axis rides along among those before `axis`
      const moved = prims.gather(moveAxis(x.value, 0, batch), indices.value, { axis: axis + 1, batch });
      return moveAxis(moved, batch, 0);
    }
    const moved = prims.gather(x.value, moveAxis(indices.value, 0, batch), { axis, batch });
    return moveAxis(moved, axis, 0);
  },
  scatterAdd: ({ params: { axis, batch, size } }, [updates, indices], mapped) => {
    if (indices.batched)
      return prims.scatterAdd(lead(updates, mapped), indices.value, {
        axis: axis + 1,
        batch: batch + 1,
        size,
      });
    const moved = moveAxis(updates.value, 0, batch);
    return moveAxis(prims.scatterAdd(moved, indices.value, { axis: axis + 1, batch, size }), batch, 0);
  },
  dot: ({ params }, [a, b]) => prims.dot(a.value, b.value, labelled(params, a, b)),
  conv: ({ params }, [a, b]) =>
    prims.conv(a.value, b.value, { ...labelled(params, a, b), windows: params.windows }),
};

function applyRule<K extends Op>(node: Apply<K>, inputs: readonly Batched[], size: number): Tensor {
  const rules: { readonly [K in Op]?: VmapRule<K> } = vmapRules;
  const rule: VmapRule<K> | undefined = rules[node.op];
  return rule ? rule(node, inputs, size) : leading(node, inputs, size);
}

/** `graph` mapped over axis 0 of the batched inputs, which has `size` entries; call it while tracing. */
export function interpretVmap(graph: Graph, inputs: readonly Batched[], size: number): Tensor[] {
  const { outputs } = interpret<Batched>(graph, inputs, (node, values) =>
    values.some((input) => input.batched)
      ? [{ value: applyRule<Op>(node, values, size), batched: true }]
      : applyAgain(
          node,
          values.map((input) => input.value),
        ).map((value) => ({ value, batched: false })),
  );
  return outputs.map((output) => lead(output, size));
}
