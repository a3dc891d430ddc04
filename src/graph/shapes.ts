// The shape rules: which inputs of a primitive are legal, and what its results are. A primitive is exact about shapes and
// dtypes; broadcasting and promotion belong to `ops`.
import {
  type Aval,
  computeDType,
  type DType,
  DTypeError,
  elementOf,
  isFloat,
  isStorage,
  type Shape,
  ShapeError,
  sameShape,
  showShape,
  sizeOf,
  without,
} from '../tensor/index.ts';
import { elementwiseRows, type Takes } from './elementwise.ts';
import { type ElementwiseOp, type Op, type Params, reachOf, type Window } from './primitives.ts';

/** What the one result is, or all of several. */
type ShapeRule<K extends Op> = (inputs: readonly Aval[], params: Params[K]) => Aval | readonly Aval[];

const show = (inputs: readonly Aval[]): string =>
  inputs.map((x) => `${x.dtype}${showShape(x.shape)}`).join(' and ') || 'nothing';

const numeric = (dtype: DType) => dtype !== 'bool' && !isStorage(dtype);
const floatOnly = (dtype: DType) => isFloat(dtype) && !isStorage(dtype);
const computing = (dtype: DType) => !isStorage(dtype);
const needs = new Map<(dtype: DType) => boolean, string>([
  [numeric, 'numbers; cast the bool first'],
  [floatOnly, 'f32 or f64; cast first'],
]);

function checkDTypes(op: Op, inputs: readonly Aval[], takes: (dtype: DType) => boolean): void {
  if (inputs.every((x) => takes(x.dtype))) return;
  const stored = inputs.find((x) => isStorage(x.dtype))?.dtype;
  throw stored
    ? new DTypeError(
        `${op}: ${show(inputs)} given; ${stored} is for storage, so cast it to ${computeDType(stored)} first`,
      )
    : new DTypeError(`${op}: ${show(inputs)} given; it takes ${needs.get(takes)}`);
}

function checkAlike(op: Op, inputs: readonly Aval[]): void {
  const [first, ...rest] = inputs;
  if (!rest.every((x) => sameShape(x.shape, first.shape)))
    throw new ShapeError(`${op}: ${show(inputs)} differ in shape`);
  if (!rest.every((x) => x.dtype === first.dtype))
    throw new DTypeError(`${op}: ${show(inputs)} differ in dtype`);
}

function check(op: Op, inputs: readonly Aval[], legal: boolean, why: string): void {
  if (!legal) throw new ShapeError([op, ...(inputs.length ? [show(inputs)] : []), why].join(': '));
}

const takes: { readonly [K in Takes]: (dtype: DType) => boolean } = {
  floats: floatOnly,
  numbers: numeric,
  computed: computing,
  any: () => true,
};

/** The rule of what gives each element from those at the same place. */
function elementwise(op: ElementwiseOp, inputs: readonly Aval[]): Aval {
  const row = elementwiseRows[op];
  checkDTypes(op, inputs, takes[row.takes]);
  checkAlike(op, inputs);
  return { dtype: row.gives ?? inputs[0].dtype, shape: inputs[0].shape };
}

const isAxis = (axis: number, ndim: number): boolean => Number.isInteger(axis) && axis >= 0 && axis < ndim;

const ascending = (axes: readonly number[], ndim: number): boolean =>
  axes.every((axis, i) => isAxis(axis, ndim) && (i === 0 || axes[i - 1] < axis));

const wholes = (list: readonly number[], ndim: number, least: number): boolean =>
  list.length === ndim && list.every((n) => Number.isInteger(n) && n >= least);

function reduction(op: 'sum' | 'reduceMax', takes: (dtype: DType) => boolean) {
  return (inputs: readonly Aval[], { axes }: { axes: readonly number[] }): Aval => {
    const [x] = inputs;
    checkDTypes(op, inputs, takes);
    check(op, inputs, ascending(axes, x.shape.length), `axes ${showShape(axes)} are not its axes`);
    return { dtype: x.dtype, shape: without(x.shape, axes) };
  };
}

function alongAxis(op: 'argMax' | 'cumSum' | 'argSort', takes: (dtype: DType) => boolean) {
  return (inputs: readonly Aval[], axis: number): Aval => {
    checkDTypes(op, inputs, takes);
    check(op, inputs, isAxis(axis, inputs[0].shape.length), `axis ${axis} is not one of its axes`);
    return inputs[0];
  };
}
const argMaxInput = alongAxis('argMax', numeric);
const argSortInput = alongAxis('argSort', numeric);
const cumSumInput = alongAxis('cumSum', numeric);

function checkIndexing(
  op: 'gather' | 'scatterAdd' | 'scatter',
  inputs: readonly Aval[],
  ndim: number,
  { axis, batch }: Params['gather'],
): void {
  const [x, indices] = inputs;
  if (indices.dtype !== 'i32') throw new DTypeError(`${op}: indices are ${indices.dtype}; they must be i32`);
  check(op, inputs, isAxis(axis, ndim) && batch >= 0 && batch <= axis, `axis ${axis}, batch ${batch}`);
  check(
    op,
    inputs,
    sameShape(x.shape.slice(0, batch), indices.shape.slice(0, batch)),
    `the first ${batch} axes differ`,
  );
}

/** Throws unless `starts` has one for each axis of `x` after the first `batch`, and `sizes` fit there. */
function checkStarts(
  op: 'dynamicSlice' | 'dynamicUpdate',
  inputs: readonly Aval[],
  x: Aval,
  starts: Aval,
  sizes: Shape,
  batch: number,
): void {
  if (starts.dtype !== 'i32') throw new DTypeError(`${op}: starts are ${starts.dtype}; they must be i32`);
  const left = x.shape.slice(batch);
  const wanted = [...x.shape.slice(0, batch), left.length];
  check(op, inputs, batch >= 0 && sameShape(starts.shape, wanted), `starts must be ${showShape(wanted)}`);
  const fits = wholes(sizes, left.length, 0) && sizes.every((n, axis) => n <= left[axis]);
  check(op, inputs, fits, `sizes ${showShape(sizes)} are not inside ${showShape(left)}`);
}

function contracted(
  op: 'dot' | 'conv',
  inputs: readonly Aval[],
  { lhs, rhs, out }: Params['dot'],
  windows: readonly Window[],
): Aval {
  const [a, b] = inputs;
  checkDTypes(op, inputs, numeric);
  if (a.dtype !== b.dtype) throw new DTypeError(`${op}: ${show(inputs)} differ in dtype`);
  const spec = `${lhs},${rhs}->${out}`;
  const distinct = [lhs, rhs, out].every((labels) => new Set(labels).size === labels.length);
  const holders = (label: string): number =>
    [lhs, rhs, out].filter((labels) => labels.includes(label)).length;
  const sliding = windows.flatMap((window) => [window.lhs, window.rhs, window.out]);
  check(
    op,
    inputs,
    distinct &&
      lhs.length === a.shape.length &&
      rhs.length === b.shape.length &&
      [...lhs, ...rhs, ...out].every((label) => sliding.includes(label) !== holders(label) >= 2),
    `${spec} is not a contraction of them`,
  );
  const sizes = new Map<string, number>();
  const operands = [
    [lhs, a.shape],
    [rhs, b.shape],
  ] as const;
  for (const [labels, shape] of operands)
    [...labels].forEach((label, i) => {
      const known = sizes.get(label) ?? shape[i];
      check(op, inputs, known === shape[i], `${spec}: sizes ${known} and ${shape[i]} of ${label} differ`);
      sizes.set(label, known);
    });
  for (const window of windows) {
    const { stride, dilation } = window;
    check(
      op,
      inputs,
      lhs.includes(window.lhs) && rhs.includes(window.rhs) && out.includes(window.out),
      `${spec} has no window from ${window.lhs} by ${window.rhs} to ${window.out}`,
    );
    check(op, inputs, wholes([stride, dilation], 2, 1), `stride ${stride}, dilation ${dilation}`);
    const [n, k] = [window.lhs, window.rhs].map((label) => sizes.get(label) ?? 0);
    const reach = reachOf(window, 1, k);
    check(op, inputs, k > 0 && n >= reach, `a window of ${reach} does not fit in ${n} along ${window.lhs}`);
    sizes.set(window.out, Math.floor((n - reach) / stride) + 1);
  }
  return { dtype: a.dtype, shape: [...out].map((label) => sizes.get(label) ?? 0) };
}

/** `x` without its first axis, which is stacked. */
const entryOf = ({ dtype, shape }: Aval): Aval => ({ dtype, shape: shape.slice(1) });

const stackOf = ({ dtype, shape }: Aval, length: number): Aval => ({ dtype, shape: [length, ...shape] });

/** Throws unless `given` are what the graph called `name` `has` as inputs or outputs. */
function checkRegion(op: Op, name: string, has: readonly Aval[], given: readonly Aval[]): void {
  if (has.length !== given.length)
    throw new ShapeError(`${op}: ${name} has ${has.length} values where there are ${given.length}`);
  has.forEach((x, i) => {
    if (x.dtype !== given[i].dtype || !sameShape(x.shape, given[i].shape))
      throw new (x.dtype === given[i].dtype ? ShapeError : DTypeError)(
        `${op}: ${name} has ${show([x])} as value ${i} where there is ${show([given[i]])}`,
      );
  });
}

const isScalarBool = (x: Aval | undefined): boolean => x?.dtype === 'bool' && x.shape.length === 0;

/** The rules of all others, and of two that have one of their own. */
const shapeRules: { readonly [K in Exclude<Op, ElementwiseOp> | 'cast' | 'select']: ShapeRule<K> } = {
  cast: ([x], { dtype }) => ({ dtype, shape: x.shape }),
  select: (inputs) => {
    const [condition, yes, no] = inputs;
    if (condition.dtype !== 'bool')
      throw new DTypeError(`select: the condition is ${condition.dtype}, not bool`);
    checkAlike('select', [yes, no]);
    check('select', inputs, sameShape(condition.shape, yes.shape), 'shapes differ');
    return yes;
  },
  full: (_, { value, shape, dtype }) => {
    if (!isFloat(dtype) && elementOf('full', value, dtype) !== value)
      throw new RangeError(`full: ${value} is no element of ${dtype}`);
    return { shape, dtype };
  },
  iota: (inputs, { shape, axis, dtype }) => {
    check('iota', inputs, isAxis(axis, shape.length), `axis ${axis} of ${showShape(shape)}`);
    if (!numeric(dtype)) throw new DTypeError(`iota: ${dtype} given; it counts in i32, f32 or f64`);
    return { shape, dtype };
  },
  randomBits: (inputs, { shape, width }) => {
    const [key] = inputs;
    if (key.dtype !== 'i32') throw new DTypeError(`randomBits: the key is ${key.dtype}; keys are i32`);
    check('randomBits', inputs, key.shape.at(-1) === 2, 'a key is two words; make one with random.key(seed)');
    check('randomBits', inputs, Number.isInteger(width) && width >= 1 && width <= 32, `width ${width}`);
    return { dtype: 'i32', shape: [...key.shape.slice(0, -1), ...shape] };
  },
  sum: reduction('sum', numeric),
  reduceMax: reduction('reduceMax', computing),
  argMax: (inputs, { axis }) => {
    const { shape } = argMaxInput(inputs, axis);
    check('argMax', inputs, shape[axis] > 0, `axis ${axis} is empty, so it has no greatest`);
    return { dtype: 'i32', shape: without(shape, [axis]) };
  },
  cumSum: (inputs, { axis }) => cumSumInput(inputs, axis),
  argSort: (inputs, { axis }) => ({ dtype: 'i32', shape: argSortInput(inputs, axis).shape }),
  reshape: (inputs, { shape }) => {
    const [x] = inputs;
    check('reshape', inputs, sizeOf(shape) === sizeOf(x.shape), `${showShape(shape)} has another size`);
    return { dtype: x.dtype, shape };
  },
  transpose: (inputs, { perm }) => {
    const [x] = inputs;
    const sorted = [...perm].sort((a, b) => a - b);
    check(
      'transpose',
      inputs,
      perm.length === x.shape.length && ascending(sorted, x.shape.length),
      `${showShape(perm)} is not an order of its axes`,
    );
    return { dtype: x.dtype, shape: perm.map((axis) => x.shape[axis]) };
  },
  broadcast: (inputs, { shape, axes }) => {
    const [x] = inputs;
    check(
      'broadcast',
      inputs,
      axes.length === x.shape.length &&
        ascending(axes, shape.length) &&
        axes.every((axis, i) => shape[axis] === x.shape[i]),
      `axes ${showShape(axes)} of ${showShape(shape)} do not match`,
    );
    return { dtype: x.dtype, shape };
  },
  slice: (inputs, { start, stop, step }) => {
    const [x] = inputs;
    const ndim = x.shape.length;
    check(
      'slice',
      inputs,
      wholes(start, ndim, 0) &&
        wholes(stop, ndim, 0) &&
        wholes(step, ndim, 1) &&
        start.every((at, i) => at <= stop[i] && stop[i] <= x.shape[i]),
      `from ${showShape(start)} to ${showShape(stop)} by ${showShape(step)} is not inside`,
    );
    return { dtype: x.dtype, shape: start.map((at, i) => Math.ceil((stop[i] - at) / step[i])) };
  },
  pad: (inputs, { low, high, interior }) => {
    const [x] = inputs;
    const ndim = x.shape.length;
    check(
      'pad',
      inputs,
      wholes(low, ndim, 0) && wholes(high, ndim, 0) && wholes(interior, ndim, 0),
      `by ${showShape(low)}, ${showShape(high)} and ${showShape(interior)}`,
    );
    return {
      dtype: x.dtype,
      shape: x.shape.map((n, i) => low[i] + n + Math.max(0, n - 1) * interior[i] + high[i]),
    };
  },
  flip: (inputs, { axes }) => {
    check(
      'flip',
      inputs,
      ascending(axes, inputs[0].shape.length),
      `axes ${showShape(axes)} are not its axes`,
    );
    return inputs[0];
  },
  concat: (inputs, { axis }) => {
    const [first] = inputs;
    check('concat', inputs, isAxis(axis, first.shape.length), `axis ${axis} is not one of their axes`);
    if (!inputs.every((x) => x.dtype === first.dtype))
      throw new DTypeError(`concat: ${show(inputs)} differ in dtype`);
    check(
      'concat',
      inputs,
      inputs.every(
        ({ shape }) =>
          shape.length === first.shape.length &&
          sameShape(without(shape, [axis]), without(first.shape, [axis])),
      ),
      `shapes differ outside axis ${axis}`,
    );
    const total = inputs.reduce((sum, x) => sum + x.shape[axis], 0);
    return { dtype: first.dtype, shape: first.shape.map((n, i) => (i === axis ? total : n)) };
  },
  gather: (inputs, params) => {
    const [x, indices] = inputs;
    const { axis, batch } = params;
    checkIndexing('gather', inputs, x.shape.length, params);
    return {
      dtype: x.dtype,
      shape: [...x.shape.slice(0, axis), ...indices.shape.slice(batch), ...x.shape.slice(axis + 1)],
    };
  },
  scatterAdd: (inputs, params) => {
    const [updates, indices] = inputs;
    const { axis, batch, size } = params;
    const picked = indices.shape.slice(batch);
    checkDTypes('scatterAdd', [updates], numeric);
    checkIndexing('scatterAdd', inputs, updates.shape.length - picked.length + 1, params);
    check(
      'scatterAdd',
      inputs,
      sameShape(updates.shape.slice(axis, axis + picked.length), picked),
      `the updates lack the indices' axes at ${axis}`,
    );
    return {
      dtype: updates.dtype,
      shape: [...updates.shape.slice(0, axis), size, ...updates.shape.slice(axis + picked.length)],
    };
  },
  scatter: (inputs, { by, axis, batch }) => {
    const [x, indices, updates] = inputs;
    if (by !== 'set') checkDTypes('scatter', [x], by === 'add' ? numeric : computing);
    checkIndexing('scatter', inputs, x.shape.length, { axis, batch });
    if (updates.dtype !== x.dtype) throw new DTypeError(`scatter: ${show([x, updates])} differ in dtype`);
    const picked = [...x.shape.slice(0, axis), ...indices.shape.slice(batch), ...x.shape.slice(axis + 1)];
    check('scatter', inputs, sameShape(updates.shape, picked), `the updates must be ${showShape(picked)}`);
    return x;
  },
  dynamicSlice: (inputs, { sizes }) => {
    const [x, starts] = inputs;
    checkStarts('dynamicSlice', inputs, x, starts, sizes, x.shape.length - sizes.length);
    return { dtype: x.dtype, shape: [...x.shape.slice(0, x.shape.length - sizes.length), ...sizes] };
  },
  dynamicUpdate: (inputs) => {
    const [x, update, starts] = inputs;
    if (update.dtype !== x.dtype) throw new DTypeError(`dynamicUpdate: ${show([x, update])} differ in dtype`);
    const batch = starts.shape.length - 1;
    const shared = x.shape.slice(0, Math.max(0, batch));
    check(
      'dynamicUpdate',
      inputs,
      update.shape.length === x.shape.length && sameShape(update.shape.slice(0, batch), shared),
      `the update must have the axes of x, the first ${batch} as they are there`,
    );
    checkStarts('dynamicUpdate', inputs, x, starts, update.shape.slice(batch), batch);
    return x;
  },
  dot: (inputs, params) => contracted('dot', inputs, params, []),
  conv: (inputs, params) => contracted('conv', inputs, params, params.windows),
  call: (inputs, { graph }) => {
    checkRegion('call', 'graph', graph.inputs, inputs);
    return graph.outputs;
  },
  scan: (inputs, { body, consts, carry, length }) => {
    check('scan', [], wholes([length], 1, 0), `length ${length} is no whole number ≥ 0`);
    const stacks = inputs.slice(consts + carry);
    check(
      'scan',
      stacks,
      stacks.every(({ shape }) => shape[0] === length),
      `what is stacked must have ${length} entries`,
    );
    checkRegion('scan', 'body', body.inputs, [...inputs.slice(0, consts + carry), ...stacks.map(entryOf)]);
    const first = inputs.slice(consts, consts + carry);
    checkRegion('scan', "the body's carry", body.outputs.slice(0, carry), first);
    return [...first, ...body.outputs.slice(carry).map((x) => stackOf(x, length))];
  },
  cond: (inputs, { whenTrue, whenFalse }) => {
    const [predicate, ...operands] = inputs;
    if (!isScalarBool(predicate))
      throw new DTypeError(`cond: the predicate is ${show([predicate])}; it must be bool[]`);
    checkRegion('cond', 'whenTrue', whenTrue.inputs, operands);
    checkRegion('cond', 'whenFalse', whenFalse.inputs, operands);
    checkRegion('cond', 'whenFalse', whenFalse.outputs, whenTrue.outputs);
    return whenTrue.outputs;
  },
  whileLoop: (inputs, { test, body, consts }) => {
    checkRegion('whileLoop', 'test', test.inputs, inputs);
    checkRegion('whileLoop', 'body', body.inputs, inputs);
    if (test.outputs.length !== 1 || !isScalarBool(test.outputs[0]))
      throw new DTypeError(`whileLoop: the test gives ${show(test.outputs)}; it must give bool[]`);
    checkRegion('whileLoop', "the body's carry", body.outputs, inputs.slice(consts));
    return body.outputs;
  },
};

/** How many inputs each takes; `some` is one or more, and graphs take as many as they have. */
const arities: { readonly [K in Exclude<Op, ElementwiseOp>]: number | 'some' | 'any' } = {
  ...{ full: 0, iota: 0, randomBits: 1 },
  ...{ sum: 1, reduceMax: 1, argMax: 1, cumSum: 1, argSort: 1 },
  ...{ reshape: 1, transpose: 1, broadcast: 1, slice: 1, pad: 1, flip: 1, concat: 'some' },
  ...{ gather: 2, scatterAdd: 2, scatter: 3, dynamicSlice: 2, dynamicUpdate: 3, dot: 2, conv: 2 },
  ...{ call: 'any', scan: 'any', cond: 'some', whileLoop: 'any' },
};

const aritiesOf: { readonly [K in Op]?: number | 'some' | 'any' } = arities;

const isElementwise = (op: Op): op is ElementwiseOp => Object.hasOwn(elementwiseRows, op);

/** Whether there is a primitive called `op`. */
export const isPrimitive = (op: Op): boolean => isElementwise(op) || Object.hasOwn(arities, op);

/** What the results of `op` on `inputs` are; throws ShapeError or DTypeError where they are not legal. */
export function inferShapes<K extends Op>(op: K, inputs: readonly Aval[], params: Params[K]): Aval[] {
  const count = isElementwise(op) ? elementwiseRows[op].inputs : aritiesOf[op];
  if (count !== 'any' && (count === 'some' ? inputs.length === 0 : inputs.length !== count))
    throw new ShapeError(
      `${op}: it takes ${count === 'some' ? 'one or more' : count} inputs, not ${inputs.length}`,
    );
  const rules: { readonly [K in Op]?: ShapeRule<K> } = shapeRules;
  const rule: ShapeRule<K> | undefined = rules[op];
  const results = rule ? rule(inputs, params) : elementwise(op as ElementwiseOp, inputs);
  const list = Array.isArray(results) ? (results as readonly Aval[]) : [results as Aval];
  return list.map(({ dtype, shape }) => ({ dtype, shape }));
}
