// A kernel of loops as a routine: which axis is taken several values at a time, and what a task is.
import { itemSize, sizeOf } from '../tensor/index.ts';
import { heldIn, index, least, number, type Routine, read, times, variable } from './code.ts';
import { type Loops, type Store, scalarsIn } from './kernel.ts';
import { type Across, drawsAlong, type Loop, type Reduction } from './nest.ts';
import { type Axis, axesIn, axesOver, dataIn, isInside, type Position, range, stride } from './position.ts';
import {
  axesThrough,
  forEachScalar,
  partsOf,
  positionsOf,
  type Scalar,
  type Scalars,
  workOf,
} from './scalar.ts';
import type { Target } from './target.ts';
import { Writer } from './writer.ts';

/** How many values a kernel takes at a time: what fits a register of its widest dtype. */
export function lanesFor(stores: readonly Store[], { vectors, vectorBytes }: Target): number {
  const kinds = new Set([
    ...[...scalarsIn(stores)].map(({ dtype }) => heldIn(dtype)),
    ...stores.map((s) => heldIn(s.buffer.dtype)),
  ]);
  if (![...kinds].every((kind) => vectors.includes(kind))) return 1;
  return vectorBytes / (kinds.has('f64') ? itemSize('f64') : itemSize('f32'));
}

/**
 * Whether `scalar` can be computed for several values of `axis` at a time: a guard whose condition varies
 * among them becomes a choice between two computed values, so what it shuts out must be harmless.
 */
function isVector(scalar: Scalar, axis: Axis): boolean {
  if (scalar.kind === 'position') return range(scalar.position).every((end) => Math.abs(end) < 2 ** 31);
  if (scalar.kind !== 'guard') return true;
  if (!scalar.conditions.some(({ position }) => axesThrough(position).has(axis))) return true;
  if (!scalar.conditions.every(({ position }) => range(position).every((end) => Math.abs(end) <= 2 ** 31)))
    return false;
  let harmless = true;
  for (const branch of [scalar.inside, scalar.outside])
    forEachScalar(branch, (part) => {
      if (part.kind === 'load') harmless &&= isInside(part.position, part.buffer.size);
      if (part.kind === 'reduce') harmless = false;
    });
  return harmless;
}

/** Whether `scalar` changes along `axis`, or sums over it. */
export const dependsOn = (scalar: Scalar, axis: Axis): boolean => {
  let found = false;
  forEachScalar(scalar, (part) => {
    for (const position of positionsOf(part)) found ||= axesIn(position).has(axis);
  });
  return found;
};

/** What `position` changes by when `axis` goes one on, where that is the same everywhere. */
export const strideOf = (position: Position, axis: Axis): number | undefined =>
  dataIn(position).some((value) => dependsOn(value, axis)) ? undefined : stride(position, axis);

/** How well loads and stores suit several values of `axis` at a time; below 0 not at all. */
function suits(axis: Axis, stores: readonly Store[], parts: readonly Scalar[]): number {
  let score = 0;
  const judge = (position: Position, weight: number): void => {
    const by = strideOf(position, axis);
    if (by === 1) score += weight;
    else if (by !== 0) score -= weight / 2;
  };
  for (const { position } of stores) judge(position, 2);
  for (const part of parts) {
    if (!isVector(part, axis)) return -Infinity;
    if (part.kind === 'load') judge(part.position, 1);
    else if (part.kind === 'bits' || part.kind === 'apply') score += 0.1;
  }
  return score;
}

/** How a reduction takes several values at a time, if it reads neighbours. */
export const acrossOwnAxis =
  (lanes: number) =>
  ({ by, axes, of }: Reduction): Across | undefined => {
    const axis = axes.at(-1);
    if (!axis || lanes === 1 || axis.size < (by === 'reduceMax' ? 2 : 4) * lanes) return undefined;
    const parts: Scalar[] = [];
    forEachScalar(of, (part) => parts.push(part));
    if (parts.some(({ kind }) => kind === 'reduce')) return undefined;
    return suits(axis, [], parts) > 0 ? { axis, lanes } : undefined;
  };

/** The axis of `axes` to take `lanes` values of at a time, if any is worth it. */
export function vectorAxis(
  axes: readonly Axis[],
  stores: readonly Store[],
  lanes: number,
  least = lanes,
): Axis | undefined {
  if (lanes === 1) return undefined;
  const parts = [...scalarsIn(stores)];
  let best: { axis: Axis; score: number } | undefined;
  for (const axis of axes.toReversed()) {
    if (axis.size < least) continue;
    const score = suits(axis, stores, parts);
    if (score > (best?.score ?? 0)) best = { axis, score };
  }
  return best?.axis;
}

const jump = 8; // additions in the time that it takes to read wherever the data say

/** The axes that `scalar` changes along, those that it sums over among them; of its parts each is looked at once. */
function axesOf(scalar: Scalar, known: Map<Scalar, ReadonlySet<Axis>>): ReadonlySet<Axis> {
  const before = known.get(scalar);
  if (before) return before;
  const found = new Set(positionsOf(scalar).flatMap((position) => [...axesIn(position)]));
  for (const part of partsOf(scalar)) for (const axis of axesOf(part, known)) found.add(axis);
  known.set(scalar, found);
  return found;
}

const rounds = (loops: readonly Axis[]): number => sizeOf(loops.map(({ size }) => size));

/** Additions, roughly, that `loops` take: each value is computed in the outermost of them that it depends on. */
function workIn(loops: readonly Axis[], stores: readonly Store[]): number {
  const seen = new Set<Scalar>();
  const axes = new Map<Scalar, ReadonlySet<Axis>>();
  const work = (scalar: Scalar, around: readonly Axis[]): number => {
    if (seen.has(scalar)) return 0;
    seen.add(scalar);
    const own = axesOf(scalar, axes);
    const needed = around.slice(0, around.findLastIndex((axis) => own.has(axis)) + 1);
    const within = scalar.kind === 'reduce' ? [...needed, ...scalar.axes] : needed;
    const jumps = scalar.kind === 'load' && dataIn(scalar.position).length > 0;
    const each = scalar.kind === 'reduce' ? 1 : jumps ? jump : workOf(scalar);
    const inner = scalar.kind === 'reduce' ? within : around;
    return partsOf(scalar).reduce((sum, part) => sum + work(part, inner), each * rounds(within));
  };
  return stores.reduce((sum, { value }) => sum + rounds(loops) + work(value, loops), 0);
}

const taskSize = 2048; // elements in a piece of one long loop

/** The routine of `kernel`, whose axes are merged. */
export function writeLoops({ axes, stores }: Loops, scalars: Scalars, target: Target): Routine {
  const lanes = lanesFor(stores, target);
  const across = acrossOwnAxis(lanes);
  // a sum's order follows from the sum alone: an element is the same to the bit, however many lie beside it
  const crossed = [...scalarsIn(stores)].filter((part) => part.kind === 'reduce' && across(part));
  const free = axes.filter((axis) => !crossed.some((sum) => dependsOn(sum, axis)));
  const vector = vectorAxis(free, stores, lanes);
  const order = vector ? [...axes.filter((axis) => axis !== vector), vector] : axes;
  const writer = new Writer(scalars, across);
  const [begin, end] = [variable(index), variable(index)];
  const loops = order.map((axis): Loop => ({ axis, lanes: axis === vector ? lanes : 1 }));
  const work = workIn(order, stores);
  const [first, ...rest] = loops;
  if (!first) {
    const [once] = axesOver([1]);
    writer.nest([{ axis: once, from: read(begin), to: read(end) }], stores);
    return { tasks: 1, work, begin, end, body: writer.statements };
  }
  // a task is a round of the outermost loop, or a piece of it where it is the only one
  const unit = vector && drawsAlong(vector, stores, lanes) ? 2 * lanes : lanes;
  const share = Math.ceil(first.axis.size / (4 * target.threads * unit)) * unit;
  const heavy = work > 256 * first.axis.size;
  const piece = rest.length ? 1 : heavy ? Math.min(share, taskSize) : taskSize;
  const to = piece === 1 ? read(end) : writer.name(least(times(read(end), piece), number(first.axis.size)));
  writer.nest([{ ...first, from: times(read(begin), piece), to }, ...rest], stores);
  return { tasks: Math.ceil(first.axis.size / piece), work, begin, end, body: writer.statements };
}
