// x[…] as in NumPy: parts of a tensor by positions, ranges and index tensors, read or written anew.
import { prims, type ScatterBy } from '../graph/index.ts';
import {
  broadcastShapes,
  checked,
  computeDType,
  DTypeError,
  isInteger,
  range,
  type Shape,
  ShapeError,
  sameShape,
  show,
  showShape,
  sizeOf,
  Tensor,
} from '../tensor/index.ts';
import * as arg from './arguments.ts';
import { startsOf } from './dynamic.ts';
import { add, equal, maximum, minimum, where } from './elementwise.ts';
import { asTensor, broadcastTo, spread } from './operands.ts';
import { resolve } from './positions.ts';
import type { Operand } from './values.ts';

/** [start, stop, step] of a range, of which null, or what is missing, is as in 'start:stop:step' what is left out. */
export type Range = readonly (number | null)[];

/**
 * Part of an axis: a position, also as an i32 tensor of shape []; a range, as 'start:stop:step' or [start, stop, step];
 * several positions as an i32 tensor; '...' for all axes between; or `null` for a new axis.
 */
export type Index = number | string | Range | Tensor | null;

const isRange = (given: unknown): given is Range =>
  arg.isArrayOf(given, (part): part is number | null => part === null || typeof part === 'number') &&
  given.some((part) => part !== null);

const index = arg.value(
  'index',
  "a position, a range such as '1:3' or [1, 3], an i32 tensor, '...' or null",
  (given): given is Index =>
    given === null ||
    typeof given === 'number' ||
    typeof given === 'string' ||
    given instanceof Tensor ||
    isRange(given),
);

/** Of an axis: one position, which drops it; every `step`th of `size` from `start`; or the entries at `indices`. */
type Part =
  | { readonly kind: 'position'; readonly start: number | Tensor }
  | { readonly kind: 'range'; readonly start: number; readonly size: number; readonly step: number }
  | { readonly kind: 'picks'; readonly indices: Tensor };

function bounds(op: string, given: string | Range): (number | undefined)[] {
  if (typeof given !== 'string') {
    if (given.length < 2 || given.length > 3 || !given.every((n) => n === null || Number.isInteger(n)))
      throw new ShapeError(
        `${op}: ${show(given)} is not a range; write [start, stop] or [start, stop, step]`,
      );
    return given.map((n) => n ?? undefined);
  }
  const parts = given.split(':').map((part) => part.trim());
  if (parts.length < 2 || parts.length > 3 || !parts.every((part) => /^(-?\d+)?$/.test(part)))
    throw new ShapeError(`${op}: '${given}' is not a range; write 'start:stop', 'start:stop:step' or ':'`);
  return parts.map((part) => (part === '' ? undefined : Number(part)));
}

/** NumPy's reading of a range on an axis of size n. */
function rangeOf(op: string, given: string | Range, n: number): Part {
  const [first, second, third] = bounds(op, given);
  const step = third ?? 1;
  if (step === 0) {
    const text = typeof given === 'string' ? `'${given}'` : show(given);
    throw new ShapeError(`${op}: ${text} has step 0`);
  }
  const [low, high] = step > 0 ? [0, n] : [-1, n - 1];
  const inside = (i: number): number => Math.min(Math.max(i < 0 ? i + n : i, low), high);
  const start = first === undefined ? (step > 0 ? 0 : n - 1) : inside(first);
  const stop = second === undefined ? (step > 0 ? n : -1) : inside(second);
  return { kind: 'range', start, size: Math.max(0, Math.ceil((stop - start) / step)), step };
}

function partOf(op: string, given: Exclude<Index, null>, axis: number, shape: Shape): Part {
  const n = shape[axis];
  if (given instanceof Tensor) {
    if (!isInteger(given.dtype))
      throw new DTypeError(
        `${op}: an index is ${show(given)}; it must be whole numbers: astype(index, 'i32')`,
      );
    const indices = resolve(op, given, n);
    return given.ndim === 0 ? { kind: 'position', start: indices } : { kind: 'picks', indices };
  }
  if (typeof given !== 'number') return rangeOf(op, given, n);
  const start = given < 0 ? given + n : given;
  if (!Number.isInteger(given) || start < 0 || start >= n)
    throw new ShapeError(`${op}: position ${given} is outside axis ${axis} of ${showShape(shape)}`);
  return { kind: 'position', start };
}

interface Parts {
  /** A part for each axis. */
  readonly parts: readonly Part[];
  /** Before which of the parts new axes stand. */
  readonly added: readonly number[];
}

function partsOf(op: string, indices: readonly Index[], shape: Shape): Parts {
  const dots = indices.filter((one) => one === '...').length;
  const used = indices.filter((one) => one !== '...' && one !== null).length;
  if (dots > 1) throw new ShapeError(`${op}: more than one '...'`);
  if (used > shape.length)
    throw new ShapeError(
      `${op}: ${used} indices for shape ${showShape(shape)}, which has ${shape.length} axes`,
    );
  const all: Index[] = range(shape.length - used).map(() => ':');
  const full = dots ? indices.flatMap((one) => (one === '...' ? all : [one])) : [...indices, ...all];
  const parts: Part[] = [];
  const added: number[] = [];
  for (const one of full) {
    if (one === null) added.push(parts.length);
    else parts.push(partOf(op, one, parts.length, shape));
  }
  const places = parts.flatMap(({ kind }, axis) => (kind === 'picks' ? [axis] : []));
  if (places.length > 0 && places[places.length - 1] - places[0] >= places.length)
    throw new ShapeError(`${op}: index tensors must stand side by side; move the axes with moveaxis`);
  return { parts, added };
}

/** Where parts begin, and how large they are, before positions drop their axes; picks are of whole axes. */
const startOf = (part: Part): number | Tensor => (part.kind === 'picks' ? 0 : part.start);
const sizeAt = (part: Part, n: number): number =>
  part.kind === 'picks' ? n : part.kind === 'range' ? part.size : 1;
const isStepped = (part: Part): boolean => part.kind === 'range' && part.step !== 1;

/** The part of `x` that ranges and positions leave, its axes all there. */
function boxOf(x: Tensor, parts: readonly Part[]): Tensor {
  const sizes = parts.map((part, axis) => sizeAt(part, x.shape[axis]));
  const starts = parts.map(startOf);
  const ranges = parts.map((part, axis) => {
    const step = part.kind === 'range' ? part.step : 1;
    const start = starts[axis];
    if (typeof start !== 'number') return { start: 0, stop: x.shape[axis], step: 1 };
    const from = step > 0 ? start : x.shape[axis] - 1 - start;
    const by = Math.abs(step);
    return { start: from, stop: sizes[axis] === 0 ? from : from + (sizes[axis] - 1) * by + 1, step: by };
  });
  const backwards = parts.flatMap((part, axis) => (part.kind === 'range' && part.step < 0 ? [axis] : []));
  const flipped = backwards.length ? prims.flip(x, backwards) : x;
  const whole = ranges.every(
    ({ start, stop, step }, axis) => start === 0 && stop === x.shape[axis] && step === 1,
  );
  const box = whole
    ? flipped
    : prims.slice(flipped, {
        start: ranges.map(({ start }) => start),
        stop: ranges.map(({ stop }) => stop),
        step: ranges.map(({ step }) => step),
      });
  if (starts.every((start) => typeof start === 'number')) return box;
  const left = starts.map((start) => (typeof start === 'number' ? 0 : start));
  return prims.dynamicSlice(box, startsOf(left), { sizes });
}

/** Index tensors of neighbouring axes as one, of positions in those axes taken as one. */
interface Picks {
  readonly axis: number;
  /** How many axes they stand for. */
  readonly count: number;
  readonly indices: Tensor;
}

function picksOf(op: string, parts: readonly Part[], shape: Shape): Picks | undefined {
  const axis = parts.findIndex(({ kind }) => kind === 'picks');
  const tensors = parts.flatMap((part) => (part.kind === 'picks' ? [part.indices] : []));
  if (tensors.length === 0) return undefined;
  const common = broadcastShapes(op, ...tensors.map((one) => one.shape));
  const [first, ...rest] = tensors.map((one) => broadcastTo(one, common));
  const within = (one: Tensor, n: number): Tensor =>
    where(equal(minimum(maximum(one, 0), Math.max(0, n - 1)), one), one, -1);
  const single = rest.length === 0;
  // one that lies outside must not become a place inside when they are taken together
  const indices = rest.reduce(
    (sum, one, i) => {
      const n = shape[axis + 1 + i];
      const own = within(one, n);
      const both = add(prims.mul(sum, prims.full(common, n, 'i32')), own);
      return where(equal(minimum(sum, own), prims.full(common, -1, 'i32')), -1, both);
    },
    single ? first : within(first, shape[axis]),
  );
  return { axis, count: tensors.length, indices };
}

/** `shape` with the axes that `picks` stand for as one, or as those of the indices. */
const merged = (shape: Shape, { axis, count }: Picks, by: Shape): number[] => [
  ...shape.slice(0, axis),
  ...by,
  ...shape.slice(axis + count),
];

/** The shapes of what is picked from a box: with the axes that positions drop, and without. */
function shapesOf(
  parts: readonly Part[],
  box: Shape,
  picks: Picks | undefined,
): { whole: Shape; left: Shape } {
  const kept = parts.flatMap(({ kind }, axis) => (kind === 'position' ? [] : [axis]));
  if (!picks) return { whole: box, left: kept.map((axis) => box[axis]) };
  const { axis, count, indices } = picks;
  const left = kept.flatMap((one) =>
    one === axis ? indices.shape : one > axis && one < axis + count ? [] : [box[one]],
  );
  return { whole: merged(box, picks, indices.shape), left };
}

/** `box` with the axes that `picks` stand for as one. */
const flattened = (box: Tensor, picks: Picks): Tensor => {
  const size = sizeOf(box.shape.slice(picks.axis, picks.axis + picks.count));
  return prims.reshape(box, merged(box.shape, picks, [size]));
};

/** What `picks` pick from `box`. */
const picked = (box: Tensor, picks: Picks): Tensor =>
  prims.gather(flattened(box, picks), picks.indices, { axis: picks.axis, batch: 0 });

/** The part of `x` that `parts` leave and pick, with new axes where `added` has them. */
function read(op: string, x: Tensor, { parts, added }: Parts): Tensor {
  const box = boxOf(x, parts);
  const picks = picksOf(op, parts, x.shape);
  const { left } = shapesOf(parts, box.shape, picks);
  const shape = [...left];
  // a new axis stands where as many axes are left of the parts before it
  for (const place of added.toReversed()) {
    const before = shapesOf(parts.slice(0, place), box.shape.slice(0, place), undefined).left.length;
    const more =
      picks && picks.axis < place ? picks.indices.ndim - Math.min(picks.count, place - picks.axis) : 0;
    shape.splice(before + more, 0, 1);
  }
  return prims.reshape(picks ? picked(box, picks) : box, shape);
}

/**
 * x[…] as in NumPy: `slice(x, 0, '1:3', [null, null, -1])` is x[0, 1:3, ::-1]. A position drops its axis, '...' stands
 * for all axes between, `null` makes a new axis. A position may be an i32 tensor of shape []; other i32 tensors, side
 * by side, pick entries together, and their axes stand where theirs did. Throws ShapeError for a position outside; inside a
 * transformation, where tensors are not known yet, positions are moved inside and picks outside read 0.
 */
export const slice = checked(
  'slice',
  [arg.tensor('x'), arg.rest(index)],
  (x: Tensor, ...indices: readonly Index[]): Tensor => read('slice', x, partsOf('slice', indices, x.shape)),
);

/** A part of a tensor, to read it or to have the tensor with it changed; the tensor itself stays. */
export interface At {
  get(): Tensor;
  /** The tensor with `values`, broadcast to the part's shape and cast to its dtype, in place of the part; of picks of one place the last counts. */
  set(values: Operand): Tensor;
  /** With `values` added to the part; picks of one place add up. */
  add(values: Operand): Tensor;
  /** With the greater of the part and `values`. */
  max(values: Operand): Tensor;
  /** With the less of the part and `values`. */
  min(values: Operand): Tensor;
}

const combined = (by: ScatterBy, part: Tensor, values: Tensor): Tensor =>
  by === 'set' ? values : prims[by](part, values);

/** `x` with `values` put to a part of it. */
function updated(by: ScatterBy, x: Tensor, { parts, added }: Parts, given: Operand): Tensor {
  const op = `at.${by}`;
  if (added.length > 0) throw new ShapeError(`${op}: a new axis cannot be written to; leave null out`);
  const picks = picksOf(op, parts, x.shape);
  const dtype = by === 'set' ? x.dtype : computeDType(x.dtype);
  const box = prims.cast(boxOf(x, parts), dtype);
  const { whole, left } = shapesOf(parts, box.shape, picks);
  const values = prims.reshape(
    spread(prims.cast(asTensor(given, given instanceof Tensor ? undefined : dtype), dtype), left),
    whole,
  );
  if (parts.some(isStepped)) {
    if (picks || parts.some((part) => typeof startOf(part) !== 'number'))
      throw new ShapeError(
        `${op}: a range with a step cannot stand beside tensors; take one part after the other`,
      );
    return spreadInto(x, prims.cast(combined(by, box, values), x.dtype), parts);
  }
  const part = prims.cast(picks ? scattered(by, box, picks, values) : combined(by, box, values), x.dtype);
  if (sameShape(box.shape, x.shape)) return part;
  return prims.dynamicUpdate(x, part, startsOf(parts.map(startOf)));
}

function scattered(by: ScatterBy, box: Tensor, picks: Picks, values: Tensor): Tensor {
  const { axis, indices } = picks;
  const flat = prims.scatter(flattened(box, picks), indices, values, { by, axis, batch: 0 });
  return prims.reshape(flat, box.shape);
}

/** `x` with `part` at every so manieth place, as `parts` say. */
function spreadInto(x: Tensor, part: Tensor, parts: readonly Part[]): Tensor {
  const places = parts.map((one, axis) => {
    const step = one.kind === 'range' ? one.step : 1;
    const start = Number(startOf(one));
    const size = part.shape[axis];
    const low = step > 0 ? start : start + (size - 1) * step;
    const reach = Math.max(0, size - 1) * Math.abs(step) + Math.min(1, size);
    return {
      low: size === 0 ? 0 : low,
      high: size === 0 ? x.shape[axis] : x.shape[axis] - low - reach,
      interior: Math.abs(step) - 1,
      back: step < 0,
    };
  });
  const put = (t: Tensor): Tensor =>
    prims.pad(t, {
      low: places.map(({ low }) => low),
      high: places.map(({ high }) => high),
      interior: places.map(({ interior }) => interior),
    });
  const backwards = places.flatMap(({ back }, axis) => (back ? [axis] : []));
  const forwards = backwards.length ? prims.flip(part, backwards) : part;
  return prims.select(put(prims.full(part.shape, 1, 'bool')), put(forwards), x);
}

/**
 * The part of `x` that `indices` say, as in `slice`, to write it: `at(x, 0, '1:3').set(v)` is x with x[0, 1:3] = v.
 * Where x is needed no more, as a donated argument or what a loop carries, only the part is moved. Throws ShapeError for
 * a position outside; inside a transformation positions are moved inside and picks outside write nothing.
 */
export const at = checked(
  'at',
  [arg.tensor('x'), arg.rest(index)],
  (x: Tensor, ...indices: readonly Index[]): At => {
    const values = arg.operand('values');
    const parts = partsOf('at', indices, x.shape);
    const writer = (by: ScatterBy) =>
      checked(`at.${by}`, [values], (given: Operand) => updated(by, x, parts, given));
    return {
      get: () => read('at.get', x, parts),
      set: writer('set'),
      add: writer('add'),
      max: writer('max'),
      min: writer('min'),
    };
  },
);
