// Vectorisation: how each primitive maps over a new leading axis.
import {
  type AnyApply,
  type Apply,
  applyAgain,
  bindAll,
  type Derivative,
  type ElementwiseOp,
  type Graph,
  interpret,
  isRegion,
  type Params,
  type PlainOp,
  prims,
  type RegionOp,
  ruleOf,
  settle,
  type Traceable,
  trace,
} from '../graph/index.ts';
import { freshLetters, range, type Tensor, without } from '../tensor/index.ts';
import { cut } from './pieces.ts';

const { broadcast, reshape, transpose } = prims;

/** A value, and whether its axis 0 is the mapped one. */
export interface Batched {
  readonly value: Tensor;
  readonly batched: boolean;
}

/** The primitive on inputs of which at least one is batched; the result has the mapped axis first. */
type VmapRule<K extends PlainOp> = (node: Apply<K>, inputs: readonly Batched[], size: number) => Tensor;

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
  <K extends PlainOp>(f: (x: Tensor, node: Apply<K>, size: number) => Tensor): VmapRule<K> =>
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

/** A row for every primitive but the elementwise ones, which map over any axes, and those that hold graphs. */
export const vmapRules: { readonly [K in Exclude<PlainOp, ElementwiseOp>]: VmapRule<K> } = {
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
  scatter: ({ params: { by, axis, batch } }, [x, indices, updates], size) => {
    const [own, put] = [x, updates].map((input) => lead(input, size));
    if (indices.batched)
      return prims.scatter(own, indices.value, put, { by, axis: axis + 1, batch: batch + 1 });
    const [moved, others] = [own, put].map((input) => moveAxis(input, 0, batch));
    return moveAxis(prims.scatter(moved, indices.value, others, { by, axis: axis + 1, batch }), batch, 0);
  },
  dynamicSlice: leading,
  dynamicUpdate: leading,
  dot: ({ params }, [a, b]) => prims.dot(a.value, b.value, labelled(params, a, b)),
  conv: ({ params }, [a, b]) =>
    prims.conv(a.value, b.value, { ...labelled(params, a, b), windows: params.windows }),
};

function applyRule<K extends PlainOp>(node: Apply<K>, inputs: readonly Batched[], size: number): Tensor {
  const rules: { readonly [K in PlainOp]?: VmapRule<K> } = vmapRules;
  const rule: VmapRule<K> | undefined = rules[node.op];
  return rule ? rule(node, inputs, size) : leading(node, inputs, size);
}

/** The results of a primitive that holds graphs; some of the inputs are batched. */
type RegionRule<K extends RegionOp> = (node: Apply<K>, inputs: readonly Batched[], size: number) => Batched[];

const marksOf = (inputs: readonly Batched[]): boolean[] => inputs.map(({ batched }) => batched);

const paired = (values: readonly Tensor[], marks: readonly boolean[]): Batched[] =>
  values.map((value, i) => ({ value, batched: marks[i] }));

/** `graph` mapped over the inputs marked in `batched`; the outputs marked in `wanted` are batched in any case. */
function mappedGraph(
  graph: Graph,
  batched: readonly boolean[],
  size: number,
  wanted: readonly boolean[],
): { graph: Graph; batched: boolean[] } {
  const marks: boolean[] = [];
  const mapped = trace(
    (values) => {
      const outputs = interpretBatched(graph, paired(values, batched), size).map((output, i) =>
        wanted[i] ? { value: lead(output, size), batched: true } : output,
      );
      marks.push(...marksOf(outputs));
      return outputs.map(({ value }) => value);
    },
    graph.inputs.map(({ dtype, shape }, i) => ({ dtype, shape: batched[i] ? [size, ...shape] : shape })),
  ).graph;
  return { graph: mapped, batched: marks };
}

/** `graph` with all of its outputs batched, and all inputs but the first `shared`. */
const mappedWhole = (graph: Graph, size: number, shared = 0): Graph =>
  mappedGraph(
    graph,
    graph.inputs.map((_, i) => i >= shared),
    size,
    graph.outputs.map(() => true),
  ).graph;

const mappedTraceable = ({ graph, captures }: Traceable, size: number): Traceable => ({
  graph: mappedWhole(graph, size, captures.length),
  captures,
});

function mappedDerivative(derivative: Derivative, size: number): Derivative {
  switch (derivative.by) {
    case 'recomputing':
      return derivative;
    case 'transpose':
      return { ...derivative, graph: mappedWhole(derivative.graph, size) };
    case 'jvp': {
      const { rule } = derivative;
      return { ...derivative, rule: ruleOf(() => mappedTraceable(rule.get(), size)) };
    }
    case 'vjp': {
      const { rule } = derivative;
      return {
        ...derivative,
        rule: ruleOf(() => {
          const { forward, backward } = rule.get();
          return { forward: mappedTraceable(forward, size), backward: mappedTraceable(backward, size) };
        }),
      };
    }
  }
}

/** The values of `inputs`, those marked in `marks` with the mapped axis. */
const led = (inputs: readonly Batched[], marks: readonly boolean[], size: number): Tensor[] =>
  inputs.map((input, i) => (marks[i] ? lead(input, size) : input.value));

/** `yes` where `predicate`, bool [size], holds, else `no`. */
function chosen(predicate: Tensor, yes: Tensor, no: Tensor): Tensor {
  return prims.select(broadcast(predicate, yes.shape, [0]), yes, no);
}

const regionRules: { readonly [K in RegionOp]: RegionRule<K> } = {
  call: ({ params: { graph, derivative } }, inputs, size) => {
    if (!derivative) return interpretBatched(graph, inputs, size);
    const whole = { graph: mappedWhole(graph, size), derivative: mappedDerivative(derivative, size) };
    const results = bindAll(
      'call',
      whole,
      inputs.map((input) => lead(input, size)),
    );
    return results.map((value) => ({ value, batched: true }));
  },
  scan: ({ params }, inputs, size) => {
    const { body, consts, carry } = params;
    const [constants, first, stacks] = cut(inputs, [consts, carry, inputs.length]);
    const marks = (carried: readonly boolean[]): boolean[] => [
      ...marksOf(constants),
      ...carried,
      ...marksOf(stacks),
    ];
    const { carried, made: mapped } = settle(
      marksOf(first),
      (carried) => mappedGraph(body, marks(carried), size, carried),
      ({ batched }) => batched,
    );
    const results = bindAll('scan', { ...params, body: mapped.graph }, [
      ...constants.map(({ value }) => value),
      ...led(first, carried, size),
      // the mapped axis stands behind the one that rounds go along
      ...stacks.map(({ value, batched }) => (batched ? moveAxis(value, 0, 1) : value)),
    ]);
    return results.map((value, i) => ({
      value: i >= carry && mapped.batched[i] ? moveAxis(value, 1, 0) : value,
      batched: mapped.batched[i],
    }));
  },
  cond: ({ params: { whenTrue, whenFalse } }, [predicate, ...operands], size) => {
    if (predicate.batched) {
      const [yes, no] = [whenTrue, whenFalse].map((branch) =>
        interpretBatched(branch, operands, size).map((output) => lead(output, size)),
      );
      return yes.map((value, i) => ({ value: chosen(predicate.value, value, no[i]), batched: true }));
    }
    const marks = marksOf(operands);
    const [yes, no] = [whenTrue, whenFalse].map((branch) => mappedGraph(branch, marks, size, []).batched);
    const batched = yes.map((mark, i) => mark || no[i]);
    const branch = (graph: Graph): Graph => mappedGraph(graph, marks, size, batched).graph;
    const values = [predicate, ...operands].map(({ value }) => value);
    return paired(
      bindAll('cond', { whenTrue: branch(whenTrue), whenFalse: branch(whenFalse) }, values),
      batched,
    );
  },
  whileLoop: ({ params }, inputs, size) => {
    const { test, body, consts } = params;
    const [constants, first] = cut(inputs, [consts, inputs.length]);
    const marks = (carried: readonly boolean[]): boolean[] => [...marksOf(constants), ...carried];
    const {
      carried,
      made: { each, mapped },
    } = settle(
      marksOf(first),
      (carried) => ({
        each: mappedGraph(test, marks(carried), size, []),
        mapped: mappedGraph(body, marks(carried), size, carried),
      }),
      ({ each, mapped }) => (each.batched[0] ? mapped.batched.map(() => true) : mapped.batched),
    );
    const whole = each.batched[0]
      ? // as long as any goes on; those that are done stay as they are
        {
          test: trace(
            (values) => [prims.reduceMax(interpret<Tensor>(each.graph, values, applyAgain).outputs[0], [0])],
            each.graph.inputs,
          ).graph,
          body: trace((values) => {
            const [predicate] = interpret<Tensor>(each.graph, values, applyAgain).outputs;
            return interpret<Tensor>(mapped.graph, values, applyAgain).outputs.map((next, i) =>
              chosen(predicate, next, values[consts + i]),
            );
          }, mapped.graph.inputs).graph,
        }
      : { test: each.graph, body: mapped.graph };
    const results = bindAll('whileLoop', { ...whole, consts }, [
      ...constants.map(({ value }) => value),
      ...led(first, carried, size),
    ]);
    return paired(results, carried);
  },
};

function applyRegion<K extends RegionOp>(
  node: Apply<K>,
  inputs: readonly Batched[],
  size: number,
): Batched[] {
  const rule: RegionRule<K> = regionRules[node.op];
  return rule(node, inputs, size);
}

/** `graph` mapped over axis 0 of the batched inputs, which has `size` entries; call it while tracing. */
export function interpretBatched(graph: Graph, inputs: readonly Batched[], size: number): Batched[] {
  return interpret<Batched>(graph, inputs, (node, given) => {
    if (!given.some(({ batched }) => batched))
      return applyAgain(
        node,
        given.map(({ value }) => value),
      ).map((value) => ({ value, batched: false }));
    return isRegion(node)
      ? applyRegion<RegionOp>(node, given, size)
      : [{ value: applyRule<PlainOp>(node, given, size), batched: true }];
  }).outputs;
}

/** The same, with all outputs batched. */
export const interpretVmap = (graph: Graph, inputs: readonly Batched[], size: number): Tensor[] =>
  interpretBatched(graph, inputs, size).map((output) => lead(output, size));
