// What each primitive is at one position: the rule by which a node dissolves into the kernel that reads it.
// Movements only move positions, so they cost nothing of their own.
import {
  type AnyApply,
  type Apply,
  isRegion,
  type PlainOp,
  type Result,
  type Value,
  type Window,
} from '../graph/index.ts';
import { type Shape, sizeOf, storedAs } from '../tensor/index.ts';
import {
  type Axis,
  along,
  fixed,
  flatten,
  type Position,
  plus,
  quotient,
  remainder,
  times,
  unflatten,
} from './position.ts';
import type { Condition, Scalar, ScalarOp, Scalars } from './scalar.ts';

/** Where a rule finds what it builds on. */
export interface Scope {
  readonly scalars: Scalars;
  /** The element of `value` at `at`, one position an axis. */
  element(value: Value, at: readonly Position[]): Scalar;
  /** The loop axes of a reduction over `sizes`; the same for the same node. */
  axesOf(node: object, sizes: readonly number[]): readonly Axis[];
}

/** The element, or null where it takes too much of the input to stand alone. */
type Rule<K extends PlainOp> = (node: Apply<K>, at: readonly Position[], scope: Scope) => Scalar | null;

/** What an elementwise primitive gives. */
const pointwise = ({ op, inputs, dtype }: Apply<ScalarOp>, at: readonly Position[], scope: Scope): Scalar =>
  scope.scalars.apply(
    op,
    inputs.map((input) => scope.element(input, at)),
    dtype,
  );

/** The element of the one input at positions that `move` says. */
const movement =
  <K extends PlainOp>(move: (node: Apply<K>, at: readonly Position[]) => readonly Position[]): Rule<K> =>
  (node, at, { element }) =>
    element(node.inputs[0], move(node, at));

const reduction =
  <K extends 'sum' | 'reduceMax' | 'argMax'>(
    by: K,
    reduced: (node: Apply<K>) => readonly number[],
  ): Rule<K> =>
  (node, at, { scalars, element, axesOf }) => {
    const [x] = node.inputs;
    const over = reduced(node);
    const axes = axesOf(
      node,
      over.map((axis) => x.shape[axis]),
    );
    const kept = [...at];
    const inside = x.shape.map((_, axis) =>
      over.includes(axis) ? along(axes[over.indexOf(axis)]) : (kept.shift() as Position),
    );
    return scalars.reduce(by, axes, element(x, inside));
  };

/** Elements in order, of operands one after the other along an axis: the right one is found by halving. */
const concat: Rule<'concat'> = (node, at, { scalars, element }) => {
  const { axis } = node.params;
  const begins = [0];
  for (const { shape } of node.inputs) begins.push(begins[begins.length - 1] + shape[axis]);
  const among = (first: number, last: number): Scalar => {
    if (first === last)
      return element(node.inputs[first], at.with(axis, plus(at[axis], fixed(-begins[first]))));
    const middle = (first + last) >> 1;
    return scalars.guard(
      [{ position: at[axis], least: 0, greatest: begins[middle + 1] - 1 }],
      () => among(first, middle),
      () => among(middle + 1, last),
    );
  };
  return among(0, node.inputs.length - 1);
};

const pad: Rule<'pad'> = ({ inputs: [x], params: { low, interior }, dtype }, at, { scalars, element }) => {
  const spread = at.map((index, axis) => plus(index, fixed(-low[axis])));
  const conditions = spread.flatMap((position, axis): Condition[] => {
    const step = interior[axis] + 1;
    return [
      { position, least: 0, greatest: (x.shape[axis] - 1) * step },
      { position: remainder(position, step), least: 0, greatest: 0 },
    ];
  });
  return scalars.guard(
    conditions,
    () =>
      element(
        x,
        spread.map((position, axis) => quotient(position, interior[axis] + 1)),
      ),
    () => scalars.constant(0, dtype),
  );
};

/** `index` as a position known to lie in [0, size). */
const datum = (index: Scalar, size: number): Position =>
  along({ kind: 'datum', value: index, least: 0, greatest: Math.max(0, size - 1) });

/** `index` as a position that may lie anywhere. */
const anywhere = (index: Scalar): Position =>
  along({ kind: 'datum', value: index, least: -(2 ** 31), greatest: 2 ** 31 - 1 });

const gather: Rule<'gather'> = (node, at, { scalars, element }) => {
  const { axis, batch } = node.params;
  const [x, indices] = node.inputs;
  const size = x.shape[axis];
  const picked = indices.shape.length - batch;
  const index = element(indices, [...at.slice(0, batch), ...at.slice(axis, axis + picked)]);
  return scalars.guard(
    [{ position: anywhere(index), least: 0, greatest: size - 1 }],
    () => element(x, [...at.slice(0, axis), datum(index, size), ...at.slice(axis + picked)]),
    () => scalars.constant(0, node.dtype),
  );
};

/** How many updates each element may be searched for in. */
const fewUpdates = 16;

/** The sum of the updates whose index is this position. */
const scatterAdd: Rule<'scatterAdd'> = (node, at, { scalars, element, axesOf }) => {
  const { axis, batch } = node.params;
  const [updates, indices] = node.inputs;
  if (sizeOf(indices.shape.slice(batch)) > fewUpdates) return null;
  const axes = axesOf(node, indices.shape.slice(batch));
  const picks = axes.map(along);
  const index = element(indices, [...at.slice(0, batch), ...picks]);
  const distance = plus(anywhere(index), times(at[axis], -1));
  const update = scalars.guard(
    [{ position: distance, least: 0, greatest: 0 }],
    () => element(updates, [...at.slice(0, axis), ...picks, ...at.slice(axis + 1)]),
    () => scalars.constant(0, node.dtype),
  );
  return scalars.reduce('sum', axes, update);
};

/** Where a part of `sizes` begins along each axis of `whole`, moved so that all of it lies inside. */
const begins = (
  starts: Value,
  batch: readonly Position[],
  whole: readonly number[],
  sizes: readonly number[],
  { scalars, element }: Scope,
): Position[] =>
  whole.map((n, axis) => {
    const most = n - sizes[axis];
    const [low, high] = [0, most].map((bound) => scalars.constant(bound, 'i32'));
    const start = element(starts, [...batch, fixed(axis)]);
    const inside = scalars.apply('max', [scalars.apply('min', [start, high], 'i32'), low], 'i32');
    return along({ kind: 'datum', value: inside, least: 0, greatest: most });
  });

const dynamicSlice: Rule<'dynamicSlice'> = (node, at, scope) => {
  const { sizes } = node.params;
  const [x, starts] = node.inputs;
  const count = x.shape.length - sizes.length;
  const [batch, own] = [at.slice(0, count), at.slice(count)];
  const first = begins(starts, batch, x.shape.slice(count), sizes, scope);
  return scope.element(x, [...batch, ...own.map((index, axis) => plus(first[axis], index))]);
};

const contraction = (
  node: Apply<'dot' | 'conv'>,
  windows: readonly Window[],
  at: readonly Position[],
  { scalars, element, axesOf }: Scope,
): Scalar => {
  const { lhs, rhs, out } = node.params;
  const [a, b] = node.inputs;
  const inner = [...rhs].filter((label) => !out.includes(label));
  const axes = axesOf(
    node,
    inner.map((label) => b.shape[rhs.indexOf(label)]),
  );
  const where = (label: string): Position => {
    const window = windows.find((it) => it.lhs === label);
    if (window)
      return plus(times(where(window.out), window.stride), times(where(window.rhs), window.dilation));
    return out.includes(label) ? at[out.indexOf(label)] : along(axes[inner.indexOf(label)]);
  };
  const product = [element(a, [...lhs].map(where)), element(b, [...rhs].map(where))];
  return scalars.reduce('sum', axes, scalars.apply('mul', product, node.dtype));
};

/** A rule for every primitive that is not elementwise; null where an element depends on too much of the input to stand alone. */
const rules: { readonly [K in Exclude<PlainOp, ScalarOp>]: Rule<K> | null } = {
  stopGradient: movement((_, at) => at),
  full: ({ params: { value, dtype } }, _, { scalars }) => scalars.constant(storedAs(dtype, value), dtype),
  iota: ({ params: { axis, dtype } }, at, { scalars }) => scalars.position(at[axis], dtype),
  randomBits: ({ inputs: [key], params: { shape, width } }, at, { scalars, element }) => {
    const batch = at.slice(0, at.length - shape.length);
    const words = [0, 1].map((word) => element(key, [...batch, fixed(word)]));
    return scalars.bits([words[0], words[1]], flatten(at.slice(batch.length), shape), width);
  },
  sum: reduction('sum', ({ params: { axes } }) => axes),
  reduceMax: reduction('reduceMax', ({ params: { axes } }) => axes),
  argMax: reduction('argMax', ({ params: { axis } }) => [axis]),
  cumSum: null,
  argSort: null,
  reshape: movement(({ inputs: [x], shape }, at) => unflatten(flatten(at, shape), x.shape)),
  transpose: movement(({ params: { perm } }, at) => perm.map((_, axis) => at[perm.indexOf(axis)])),
  broadcast: movement(({ params: { axes } }, at) => axes.map((axis) => at[axis])),
  slice: movement(({ params: { start, step } }, at) =>
    at.map((index, axis) => plus(times(index, step[axis]), fixed(start[axis]))),
  ),
  flip: movement(({ params: { axes }, shape }, at) =>
    at.map((index, axis) => (axes.includes(axis) ? plus(fixed(shape[axis] - 1), times(index, -1)) : index)),
  ),
  pad,
  concat,
  gather,
  scatterAdd,
  scatter: null,
  dynamicSlice,
  dynamicUpdate: null,
  dot: (node, at, scope) => contraction(node, [], at, scope),
  conv: (node, at, scope) => contraction(node, node.params.windows, at, scope),
};

function apply<K extends PlainOp>(node: Apply<K>, at: readonly Position[], scope: Scope): Scalar | null {
  const all: { readonly [K in PlainOp]?: Rule<K> | null } = rules;
  const rule: Rule<K> | null | undefined = all[node.op];
  return rule === undefined
    ? pointwise(node as unknown as Apply<ScalarOp>, at, scope)
    : (rule?.(node, at, scope) ?? null);
}

/** The element of `node` at `at`, or null where it takes a kernel of its own, or several. */
export const elementOf = (node: AnyApply, at: readonly Position[], scope: Scope): Scalar | null =>
  isRegion(node) ? null : apply<PlainOp>(node, at, scope);

/** What a kernel stores of a node in each of its rounds, and where. */
export interface Stored {
  readonly at: readonly Position[];
  readonly value: Scalar | null;
}

/** Whether `node` writes over a part of its first input, and leaves the rest of it as it is. */
export const isUpdate = (node: AnyApply): node is Apply<'dynamicUpdate'> => node.op === 'dynamicUpdate';

/** The shape that the loops go over which store `result`: a part of it alone, where the rest is there already. */
export const storedShape = ({ from, shape }: Result): Shape =>
  isUpdate(from) ? from.inputs[1].shape : shape;

/** What those loops store at `at`. */
export function storedAt(node: AnyApply, at: readonly Position[], scope: Scope): Stored {
  if (!isUpdate(node)) return { at, value: elementOf(node, at, scope) };
  const [x, update, starts] = node.inputs;
  const count = starts.shape.length - 1;
  const [batch, own] = [at.slice(0, count), at.slice(count)];
  const first = begins(starts, batch, x.shape.slice(count), update.shape.slice(count), scope);
  return {
    at: [...batch, ...own.map((index, axis) => plus(first[axis], index))],
    value: scope.element(update, at),
  };
}
