// Transposition: a graph that is linear in some inputs, turned round to map cotangents back.
import {
  type Apply,
  applyAgain,
  type Graph,
  interpret,
  type Op,
  prims,
  reachOf,
  type Value,
} from '../graph/index.ts';
import { freshLetters, range, type Tensor, without } from '../tensor/index.ts';

const {
  add,
  broadcast,
  cast,
  conv,
  cumSum,
  div,
  dot,
  flip,
  full,
  gather,
  mul,
  neg,
  pad,
  reshape,
  scatterAdd,
} = prims;
const { select, slice, sum, transpose } = prims;

/** The known value of an input that is not linear; `null` for one that is. */
type Known = Tensor | null;

/** Cotangents of the inputs from the cotangent `ct` of the output; `null` for inputs that are known. */
type TransposeRule<K extends Op> = (ct: Tensor, node: Apply<K>, x: readonly Known[]) => (Tensor | null)[];

const zeros = (x: Tensor): Tensor => full(x.shape, 0, x.dtype);

/** The transpose of one linear input. */
const unary =
  <K extends Op>(f: (ct: Tensor, node: Apply<K>) => Tensor): TransposeRule<K> =>
  (ct, node) => [f(ct, node)];

/** Slicing what `pad` put around and between. */
function unpad(ct: Tensor, { params: { low, high, interior } }: Apply<'pad'>): Tensor {
  return slice(ct, {
    start: low,
    stop: ct.shape.map((n, i) => n - high[i]),
    step: interior.map((n) => n + 1),
  });
}

/** Putting back as zeros what `slice` left out. */
function unslice(ct: Tensor, { params: { start, step }, inputs: [x] }: Apply<'slice'>): Tensor {
  const spread = ct.shape.map((n, i) => n + Math.max(0, n - 1) * (step[i] - 1));
  return pad(ct, {
    low: start,
    high: x.shape.map((n, i) => n - start[i] - spread[i]),
    interior: step.map((n) => n - 1),
  });
}

/**
 * The cotangent of conv's left operand. Entry j · stride + r of an axis that slides sums over entries j − t of the
 * cotangent times t · stride + r of the right operand: a convolution in t, for all r at once.
 */
function unconvLeft(
  ct: Tensor,
  { params: { lhs, rhs, out, windows }, inputs: [x] }: Apply<'conv'>,
  b: Tensor,
): Tensor {
  const letters = freshLetters(lhs + rhs + out, windows.length);
  const parts = windows.map((window, i) => {
    const axis = rhs.indexOf(window.rhs);
    const spread = (b.shape[axis] - 1) * window.dilation + 1;
    return { ...window, axis, spread, turns: Math.ceil(spread / window.stride), letter: letters[i] };
  });
  const on = (labels: string, key: 'rhs' | 'out', f: (part: (typeof parts)[number]) => number): number[] =>
    [...labels].map((label) => {
      const part = parts.find((it) => it[key] === label);
      return part ? f(part) : 0;
    });
  const whole = pad(b, {
    low: b.shape.map(() => 0),
    high: on(rhs, 'rhs', ({ stride, spread, turns }) => turns * stride - spread),
    interior: on(rhs, 'rhs', ({ dilation }) => dilation - 1),
  });
  const split = [...rhs].map((label, axis) => {
    const part = parts.find((it) => it.rhs === label);
    return part
      ? { labels: label + part.letter, sizes: [part.turns, part.stride] }
      : { labels: label, sizes: [b.shape[axis]] };
  });
  const labels = split.map((it) => it.labels).join('');
  const kernel = flip(
    reshape(
      whole,
      split.flatMap(({ sizes }) => sizes),
    ),
    range(labels.length).filter((axis) => parts.some((it) => it.rhs === labels[axis])),
  );
  const edges = on(out, 'out', ({ turns }) => turns - 1);
  const phases = conv(pad(ct, { low: edges, high: edges, interior: edges.map(() => 0) }), kernel, {
    lhs: out,
    rhs: labels,
    out: [...lhs].map((label) => label + (parts.find((it) => it.lhs === label)?.letter ?? '')).join(''),
    windows: parts.map((it) => ({ lhs: it.out, rhs: it.rhs, out: it.lhs, stride: 1, dilation: 1 })),
  });
  const sizes = x.shape.map((n, axis) => {
    const part = parts.find((it) => it.lhs === lhs[axis]);
    return part ? (ct.shape[out.indexOf(part.out)] + part.turns - 1) * part.stride : n;
  });
  const none = x.shape.map(() => 0);
  const reached = slice(reshape(phases, sizes), {
    start: none,
    stop: sizes.map((n, axis) => Math.min(n, x.shape[axis])),
    step: none.map(() => 1),
  });
  return pad(reached, {
    low: none,
    high: x.shape.map((n, axis) => n - reached.shape[axis]),
    interior: none,
  });
}

/** The cotangent of conv's right operand: the windows with strides and dilations exchanged, of what they reach. */
function unconvRight(
  ct: Tensor,
  { params: { lhs, rhs, out, windows }, inputs: [, b] }: Apply<'conv'>,
  a: Tensor,
) {
  const reached = new Map(
    windows.map((it) => [it.lhs, reachOf(it, ct.shape[out.indexOf(it.out)], b.shape[rhs.indexOf(it.rhs)])]),
  );
  const stop = a.shape.map((n, axis) => reached.get(lhs[axis]) ?? n);
  return conv(slice(a, { start: a.shape.map(() => 0), stop, step: a.shape.map(() => 1) }), ct, {
    lhs,
    rhs: out,
    out: rhs,
    windows: windows.map((it) => ({
      ...it,
      rhs: it.out,
      out: it.rhs,
      stride: it.dilation,
      dilation: it.stride,
    })),
  });
}

/** Primitives that are linear in some input; `null` for those that never are. */
export const transposeRules: { readonly [K in Op]: TransposeRule<K> | null } = {
  neg: unary((ct) => neg(ct)),
  abs: null,
  floor: null,
  exp: null,
  expm1: null,
  log: null,
  log1p: null,
  sqrt: null,
  sin: null,
  cos: null,
  tanh: null,
  erf: null,
  erfc: null,
  cast: unary((ct, { inputs: [x] }) => cast(ct, x.dtype)),
  stopGradient: null,
  add: (ct, _, [a, b]) => [a ? null : ct, b ? null : ct],
  sub: (ct, _, [a, b]) => [a ? null : ct, b ? null : neg(ct)],
  mul: (ct, _, [a, b]) => [b && mul(ct, b), a && mul(ct, a)],
  div: (ct, _, [, b]) => [b && div(ct, b), null],
  mod: null,
  pow: null,
  max: null,
  min: null,
  eq: null,
  lt: null,
  select: (ct, _, [condition, a, b]) => [
    null,
    a || !condition ? null : select(condition, ct, zeros(ct)),
    b || !condition ? null : select(condition, zeros(ct), ct),
  ],
  full: null,
  iota: null,
  randomBits: null,
  sum: unary((ct, { params: { axes }, inputs: [x] }) =>
    broadcast(ct, x.shape, without(range(x.shape.length), axes)),
  ),
  reduceMax: null,
  argMax: null,
  cumSum: unary((ct, { params: { axis } }) => flip(cumSum(flip(ct, [axis]), axis), [axis])),
  argSort: null,
  reshape: unary((ct, { inputs: [x] }) => reshape(ct, x.shape)),
  transpose: unary((ct, { params: { perm } }) => {
    const inverse = range(perm.length);
    perm.forEach((axis, i) => {
      inverse[axis] = i;
    });
    return transpose(ct, inverse);
  }),
  broadcast: unary((ct, { params: { shape, axes } }) => sum(ct, without(range(shape.length), axes))),
  slice: unary(unslice),
  pad: unary(unpad),
  flip: unary((ct, { params: { axes } }) => flip(ct, axes)),
  concat: (ct, { params: { axis }, inputs }, x) => {
    let end = 0;
    return inputs.map((part, i) => {
      const begin = end;
      end += part.shape[axis];
      if (x[i]) return null;
      return slice(ct, {
        start: ct.shape.map((_, d) => (d === axis ? begin : 0)),
        stop: ct.shape.map((n, d) => (d === axis ? begin + part.shape[axis] : n)),
        step: ct.shape.map(() => 1),
      });
    });
  },
  gather: (ct, { params: { axis, batch }, inputs: [x] }, [, indices]) => [
    indices && scatterAdd(ct, indices, { axis, batch, size: x.shape[axis] }),
    null,
  ],
  scatterAdd: (ct, { params: { axis, batch } }, [, indices]) => [
    indices && gather(ct, indices, { axis, batch }),
    null,
  ],
  dot: (ct, { params: { lhs, rhs, out } }, [a, b]) => [
    b && dot(ct, b, { lhs: out, rhs, out: lhs }),
    a && dot(a, ct, { lhs, rhs: out, out: rhs }),
  ],
  conv: (ct, node, [a, b]) => [b && unconvLeft(ct, node, b), a && unconvRight(ct, node, a)],
};

function applyRule<K extends Op>(node: Apply<K>, ct: Tensor, x: readonly Known[]): (Tensor | null)[] {
  const rule: TransposeRule<K> | null = transposeRules[node.op];
  if (!rule) throw new TypeError(`${node.op} is not linear, so it has no transpose`);
  return rule(ct, node, x);
}

/**
 * The transpose of `graph`, which is linear in its inputs from `known.length` on, at the values `known`
 * of those before: cotangents of the outputs to cotangents of the linear inputs. Call it while tracing.
 */
export function interpretTranspose(
  graph: Graph,
  known: readonly Tensor[],
  cotangents: readonly Tensor[],
): Tensor[] {
  const linear = graph.inputs.slice(known.length);
  // What no linear input reaches is computed forwards, once.
  const { of } = interpret<Known>(graph, [...known, ...linear.map(() => null)], (node, inputs) =>
    inputs.some((x) => x === null) ? node.results.map(() => null) : applyAgain(node, inputs as Tensor[]),
  );
  const sums = new Map<Value, Tensor>();
  const accumulate = (value: Value, ct: Tensor | null): void => {
    const sum = sums.get(value);
    if (ct) sums.set(value, sum ? add(sum, ct) : ct);
  };
  graph.outputs.forEach((output, i) => {
    if (of(output) === null) accumulate(output, cotangents[i]);
  });
  for (const node of graph.nodes.toReversed()) {
    const [result] = node.results;
    const ct = sums.get(result);
    if (!ct || of(result) !== null) continue;
    applyRule<Op>(node, ct, node.inputs.map(of)).forEach((part, i) => {
      accumulate(node.inputs[i], part);
    });
  }
  return linear.map((input) => sums.get(input) ?? full(input.shape, 0, input.dtype));
}
