// Transposition: a graph that is linear in some inputs, turned round to map cotangents back.
import {
  type Apply,
  applyAgain,
  bindAll,
  type ElementwiseOp,
  type Graph,
  interpret,
  isRegion,
  type PlainOp,
  prims,
  type RegionOp,
  reachOf,
  trace,
  type Value,
} from '../graph/index.ts';
import { type Aval, freshLetters, range, sizeOf, type Tensor, without } from '../tensor/index.ts';
import { cut } from './pieces.ts';

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

/** A cotangent; `null` is one known to be zero, or of what is known. */
type Cotangent = Tensor | null;

/** Cotangents of the inputs from the cotangent `ct` of the output; `null` for inputs that are known. */
type TransposeRule<K extends PlainOp> = (ct: Tensor, node: Apply<K>, x: readonly Known[]) => Cotangent[];

const zeros = ({ shape, dtype }: Aval): Tensor => full(shape, 0, dtype);

/** The transpose of one linear input. */
const unary =
  <K extends PlainOp>(f: (ct: Tensor, node: Apply<K>) => Tensor): TransposeRule<K> =>
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

/** For each update that is put somewhere, whether it stays: of equal indices the last does. */
function lastOfEqual({ inputs: [x, , updates], params }: Apply<'scatter'>, indices: Tensor): Tensor {
  const { axis, batch } = params;
  const along = { axis: batch, batch };
  const picks = indices.shape.slice(batch);
  const order = reshape(prims.iota([sizeOf(picks)], 0, 'i32'), picks);
  const own = broadcast(
    order,
    indices.shape,
    range(picks.length).map((i) => batch + i),
  );
  const none = full([...x.shape.slice(0, batch), x.shape[axis]], 0, 'i32');
  const last = prims.scatter(none, indices, own, { by: 'set', ...along });
  const stays = prims.eq(gather(last, indices, along), own);
  const axes = [...range(batch), ...range(picks.length).map((i) => axis + i)];
  return broadcast(stays, updates.shape, axes);
}

/** The elementwise primitives that are linear in some input. */
type LinearElementwise = 'neg' | 'cast' | 'add' | 'sub' | 'mul' | 'div' | 'select';

/** Those, and all others but what holds graphs; `null` for those of them that are linear in nothing. */
export const transposeRules: {
  readonly [K in Exclude<PlainOp, ElementwiseOp> | LinearElementwise]: TransposeRule<K> | null;
} = {
  neg: unary((ct) => neg(ct)),
  cast: unary((ct, { inputs: [x] }) => cast(ct, x.dtype)),
  add: (ct, _, [a, b]) => [a ? null : ct, b ? null : ct],
  sub: (ct, _, [a, b]) => [a ? null : ct, b ? null : neg(ct)],
  mul: (ct, _, [a, b]) => [b && mul(ct, b), a && mul(ct, a)],
  div: (ct, _, [, b]) => [b && div(ct, b), null],
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
  scatter: (ct, node, [x, indices, updates]) => {
    const { by, axis, batch } = node.params;
    if (!indices || by === 'max' || by === 'min') throw new TypeError(`scatter: by ${by} it is not linear`);
    const zero = zeros(node.inputs[2]);
    const picked = gather(ct, indices, { axis, batch });
    if (by === 'add') return [x ? null : ct, null, updates ? null : picked];
    return [
      x ? null : prims.scatter(ct, indices, zero, node.params),
      null,
      updates ? null : select(lastOfEqual(node, indices), picked, zero),
    ];
  },
  dynamicSlice: (ct, { inputs: [x] }, [, starts]) => [
    starts && prims.dynamicUpdate(zeros(x), ct, starts),
    null,
  ],
  dynamicUpdate: (ct, { inputs: [, { shape, dtype }] }, [x, update, starts]) => {
    if (!starts) throw new TypeError('dynamicUpdate: it is not linear in its starts');
    const sizes = shape.slice(starts.ndim - 1);
    return [
      x ? null : prims.dynamicUpdate(ct, full(shape, 0, dtype), starts),
      update ? null : prims.dynamicSlice(ct, starts, { sizes }),
      null,
    ];
  },
  dot: (ct, { params: { lhs, rhs, out } }, [a, b]) => [
    b && dot(ct, b, { lhs: out, rhs, out: lhs }),
    a && dot(a, ct, { lhs, rhs: out, out: rhs }),
  ],
  conv: (ct, node, [a, b]) => [b && unconvLeft(ct, node, b), a && unconvRight(ct, node, a)],
};

/** Cotangents of the inputs from those of the results, of which `null` are zero. */
type RegionRule<K extends RegionOp> = (
  cts: readonly Cotangent[],
  node: Apply<K>,
  x: readonly Known[],
) => Cotangent[];

/**
 * The transpose of `graph` as a graph: inputs marked in `known`, then cotangents of the outputs marked in `given`, to
 * cotangents of the other inputs.
 */
export function transposed(graph: Graph, known: readonly boolean[], given: readonly boolean[]): Graph {
  return trace(
    (values) => {
      const left = [...values];
      const x = graph.inputs.map((_, i) => (known[i] ? (left.shift() as Tensor) : null));
      const cts = graph.outputs.map((_, i) => (given[i] ? (left.shift() as Tensor) : null));
      const found = interpretTranspose(graph, x, cts);
      return graph.inputs.flatMap(({ shape, dtype }, i) =>
        known[i] ? [] : (found[i] ?? full(shape, 0, dtype)),
      );
    },
    [...graph.inputs.filter((_, i) => known[i]), ...graph.outputs.filter((_, i) => given[i])],
  ).graph;
}

/** Cotangents in the places of `x` that are not known. */
function spread(x: readonly Known[], cotangents: readonly Tensor[]): Cotangent[] {
  const left = [...cotangents];
  return x.map((value) => (value ? null : (left.shift() as Tensor)));
}

const isTensor = (value: Known): value is Tensor => value !== null;

/** Rounds in the other order; the cotangents of constants are summed up in the carry. */
const scanRule: RegionRule<'scan'> = (cts, { params, inputs }, x) => {
  const { body, consts, carry, length, reverse } = params;
  // the carry is linear, and where it is known it is zero: a tangent that only the rounds set in motion
  const known = x.map((value, i) => value !== null && (i < consts || i >= consts + carry));
  const given = body.outputs.map((_, i) => i < carry || cts[i] !== null);
  const part = (i: number): number => (i < consts ? 0 : i < consts + carry ? 1 : 2);
  const pick = <T>(list: readonly T[], which: number, marks: boolean): T[] =>
    list.filter((_, i) => part(i) === which && known[i] === marks);
  const back = transposed(body, known, given);
  const [knownConsts, knownStacks] = [pick(body.inputs, 0, true), pick(body.inputs, 2, true)];
  const sums = pick(body.inputs, 0, false);
  const round = trace(
    (values) => {
      const [c, ct, total, stacked, entries] = cut(values, [
        knownConsts.length,
        carry,
        sums.length,
        knownStacks.length,
        given.length - carry,
      ]);
      const found = interpret<Tensor>(back, [...c, ...stacked, ...ct, ...entries], applyAgain).outputs;
      const [parts, before, after] = cut(found, [sums.length, carry, found.length]);
      return [...before, ...total.map((sum, i) => add(sum, parts[i])), ...after];
    },
    [
      ...knownConsts,
      ...body.outputs.slice(0, carry),
      ...sums,
      ...knownStacks,
      ...body.outputs.filter((_, i) => i >= carry && given[i]),
    ],
  ).graph;
  const results = bindAll(
    'scan',
    { body: round, consts: knownConsts.length, carry: carry + sums.length, length, reverse: !reverse },
    [
      ...pick(x, 0, true).filter(isTensor),
      ...body.outputs.slice(0, carry).map(({ shape, dtype }, i) => cts[i] ?? full(shape, 0, dtype)),
      ...sums.map(({ shape, dtype }) => full(shape, 0, dtype)),
      ...pick(x, 2, true).filter(isTensor),
      ...cts.slice(carry).filter(isTensor),
    ],
  );
  const [before, totals, stacks] = cut(results, [carry, sums.length, results.length]);
  const left = [totals, before, stacks];
  return inputs.map((_, i) => (known[i] ? null : (left[part(i)].shift() as Tensor)));
};

/** A rule for every primitive that holds graphs; `null` for those that are never linear. */
const regionRules: { readonly [K in RegionOp]: RegionRule<K> | null } = {
  call: (cts, { params: { graph, derivative } }, x) => {
    if (derivative?.by !== 'transpose') return interpretTranspose(graph, x, cts);
    const whole = graph.outputs.map(({ shape, dtype }, i) => cts[i] ?? full(shape, 0, dtype));
    const known = x.slice(0, derivative.known).filter(isTensor);
    const found = interpret<Tensor>(derivative.graph, [...known, ...whole], applyAgain).outputs;
    // a tangent that does not move is known, to be zero
    return x.map((value, i) => (value ? null : found[i - derivative.known]));
  },
  scan: scanRule,
  cond: (cts, { params }, [predicate, ...x]) => {
    if (!predicate) throw new TypeError('cond: it is not linear in its predicate');
    const known = x.map((value) => value !== null);
    const given = cts.map((ct) => ct !== null);
    const results = bindAll(
      'cond',
      {
        whenTrue: transposed(params.whenTrue, known, given),
        whenFalse: transposed(params.whenFalse, known, given),
      },
      [predicate, ...x.filter(isTensor), ...cts.filter(isTensor)],
    );
    return [null, ...spread(x, results)];
  },
  whileLoop: null,
};

function applyRule<K extends PlainOp>(node: Apply<K>, ct: Tensor, x: readonly Known[]): Cotangent[] {
  const rules: { readonly [K in PlainOp]?: TransposeRule<K> | null } = transposeRules;
  const rule: TransposeRule<K> | null | undefined = rules[node.op];
  if (!rule) throw new TypeError(`${node.op} is not linear, so it has no transpose`);
  const parts = rule(ct, node, x);
  if (parts.some((part, i) => part === null && x[i] === null))
    throw new TypeError(`${node.op} is not linear in what it is given here, so it has no transpose`);
  return parts;
}

function applyRegion<K extends RegionOp>(
  node: Apply<K>,
  cts: readonly Cotangent[],
  x: readonly Known[],
): Cotangent[] {
  const rule: RegionRule<K> | null = regionRules[node.op];
  if (!rule) throw new TypeError(`${node.op} is not linear, so it has no transpose`);
  return rule(cts, node, x);
}

/**
 * The transpose of `graph` at `x`, which has the values of those inputs that it is not linear in, and null for the
 * others: cotangents of the outputs to cotangents of the linear inputs, null where they are zero. Call it while tracing.
 */
export function interpretTranspose(
  graph: Graph,
  x: readonly Known[],
  cotangents: readonly Cotangent[],
): Cotangent[] {
  // What no linear input reaches is computed forwards, once.
  const { of } = interpret<Known>(graph, x, (node, inputs) =>
    inputs.some((x) => x === null) ? node.results.map(() => null) : applyAgain(node, inputs as Tensor[]),
  );
  const sums = new Map<Value, Tensor>();
  const accumulate = (value: Value, ct: Cotangent): void => {
    const sum = sums.get(value);
    if (ct && of(value) === null) sums.set(value, sum ? add(sum, ct) : ct);
  };
  graph.outputs.forEach((output, i) => {
    accumulate(output, cotangents[i]);
  });
  for (const node of graph.nodes.toReversed()) {
    const cts = node.results.map((result) => sums.get(result) ?? null);
    if (cts.every((ct) => ct === null)) continue;
    const inputs = node.inputs.map(of);
    const parts = isRegion(node)
      ? applyRegion<RegionOp>(node, cts, inputs)
      : applyRule<PlainOp>(node, cts[0] as Tensor, inputs);
    parts.forEach((part, i) => {
      accumulate(node.inputs[i], part);
    });
  }
  return graph.inputs.map((input, i) => (x[i] === null ? (sums.get(input) ?? null) : null));
}
