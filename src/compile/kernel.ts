// What a kernel is: loops over the elements of a shape, each with its stores, or a primitive that takes whole lines.
import type { Apply } from '../graph/index.ts';
import type { Axis, Position } from './position.ts';
import { type Buffer, forEachScalar, type Scalar } from './scalar.ts';
import type { Step } from './steps.ts';

export interface Store {
  readonly buffer: Buffer;
  readonly position: Position;
  readonly value: Scalar;
}

/** Loops over every combination of `axes`, the last one innermost. */
export interface Loops {
  readonly kind: 'loops';
  readonly axes: readonly Axis[];
  readonly stores: readonly Store[];
  /** The primitives that are computed here, for people to read. */
  readonly ops: readonly string[];
  /** What the stores write over a part of. */
  readonly over?: Buffer;
}

/** A primitive that computes whole lines along an axis at a time. */
export interface Lines {
  readonly kind: 'lines';
  readonly node: Apply<'cumSum'> | Apply<'argSort'> | Apply<'scatterAdd'> | Apply<'scatter'>;
  readonly inputs: readonly Buffer[];
  readonly output: Buffer;
}

export type Kernel = Loops | Lines;

/** Every scalar that `stores` compute, each once. */
export function scalarsIn(stores: readonly Store[]): Set<Scalar> {
  const seen = new Set<Scalar>();
  for (const { value } of stores) forEachScalar(value, () => {}, seen);
  return seen;
}

/** The buffers that `step` reads of what lies outside it. */
export function buffersRead(step: Step<Kernel>): Set<Buffer> {
  if (step.kind !== 'leaf') return new Set(step.reads);
  const { leaf: kernel } = step;
  if (kernel.kind === 'lines') return new Set(kernel.inputs);
  const found = new Set<Buffer>(kernel.over ? [kernel.over] : []);
  for (const part of scalarsIn(kernel.stores)) if (part.kind === 'load') found.add(part.buffer);
  return found;
}

/** The buffers that `step` writes of what lies outside it. */
export function buffersWritten(step: Step<Kernel>): readonly Buffer[] {
  if (step.kind !== 'leaf') return step.writes;
  const { leaf: kernel } = step;
  return kernel.kind === 'lines' ? [kernel.output] : kernel.stores.map(({ buffer }) => buffer);
}

/** The buffer whose memory `buffer` has. */
export function rootOf(buffer: Buffer, reuses: ReadonlyMap<Buffer, Buffer>): Buffer {
  let root = buffer;
  for (let next = reuses.get(root); next; next = reuses.get(root)) root = next;
  return root;
}
