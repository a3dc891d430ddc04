// From a Graph to kernels that no engine owns: loops over the elements of a shape, each with its stores.
import type { Apply, Graph, Op, Result, Value } from '../graph/index.ts';
import { sizeOf } from '../tensor/index.ts';
import { elementOf, type Scope } from './elements.ts';
import { fuse, type Group } from './fuse.ts';
import { type Axis, along, axesOver, flatten, type Position, showPosition } from './position.ts';
import { type Buffer, bufferOf, forEachScalar, type Scalar, type Scalars } from './scalar.ts';

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
  readonly ops: readonly Op[];
}

/** A primitive that computes whole lines along an axis at a time. */
export interface Lines {
  readonly kind: 'lines';
  readonly node: Apply<'cumSum'> | Apply<'argSort'> | Apply<'scatterAdd'>;
  readonly inputs: readonly Buffer[];
  readonly output: Buffer;
}

export type Kernel = Loops | Lines;

export interface Program {
  readonly inputs: readonly Buffer[];
  readonly outputs: readonly Buffer[];
  /** Each reads only inputs and what earlier ones have stored. */
  readonly kernels: readonly Kernel[];
}

/** Every scalar that `stores` compute, each once. */
export function scalarsIn(stores: readonly Store[]): Set<Scalar> {
  const seen = new Set<Scalar>();
  for (const { value } of stores) forEachScalar(value, () => {}, seen);
  return seen;
}

/** The buffers that `kernel` reads. */
export function buffersRead(kernel: Kernel): Set<Buffer> {
  if (kernel.kind === 'lines') return new Set(kernel.inputs);
  const found = new Set<Buffer>();
  for (const part of scalarsIn(kernel.stores)) if (part.kind === 'load') found.add(part.buffer);
  return found;
}

/** The buffers that `kernel` writes. */
export const buffersWritten = (kernel: Kernel): readonly Buffer[] =>
  kernel.kind === 'lines' ? [kernel.output] : kernel.stores.map(({ buffer }) => buffer);

export function lower(graph: Graph, scalars: Scalars): Program {
  const groups = fuse(graph);
  const buffers = new Map<Value, Buffer>();
  for (const value of [...graph.inputs, ...groups.flatMap(({ roots }) => roots)])
    buffers.set(value, bufferOf(value));
  const buffer = (value: Value): Buffer => buffers.get(value) as Buffer;
  return {
    inputs: graph.inputs.map(buffer),
    outputs: graph.outputs.map(buffer),
    // what has no elements takes no kernel
    kernels: groups
      .filter(({ roots: [{ shape }] }) => sizeOf(shape) > 0)
      .map((group): Kernel => {
        const [root] = group.roots;
        const node = root.from;
        const isLine = node.op === 'cumSum' || node.op === 'argSort' || node.op === 'scatterAdd';
        if (!group.hosts && isLine)
          return { kind: 'lines', node, inputs: node.inputs.map(buffer), output: buffer(root) };
        return lowerGroup(group, buffers, scalars);
      }),
  };
}

function lowerGroup({ roots }: Group, buffers: ReadonlyMap<Value, Buffer>, scalars: Scalars): Loops {
  const [{ shape }] = roots;
  const axes = axesOver(shape);
  const at = axes.map(along);
  const own = new Set<Value>(roots);
  const bound = new Map<object, readonly Axis[]>();
  const known = new Map<string, Scalar>();
  const computed = new Set<Result>(roots);
  const scope: Scope = {
    scalars,
    element(value, where) {
      const buffer = buffers.get(value);
      if (buffer && !own.has(value)) return scalars.load(buffer, flatten(where, value.shape));
      const result = value as Result;
      const key = [scalars.name(result), ...where.map((it) => showPosition(it, scalars.name))].join();
      const scalar = known.get(key) ?? (elementOf(result.from, where, scope) as Scalar);
      computed.add(result);
      known.set(key, scalar);
      return scalar;
    },
    axesOf(node, sizes) {
      const loops = bound.get(node) ?? axesOver(sizes);
      bound.set(node, loops);
      return loops;
    },
  };
  const position = flatten(at, shape);
  const stores = roots.map((root) => ({
    buffer: buffers.get(root) as Buffer,
    position,
    value: scope.element(root, at),
  }));
  return { kind: 'loops', axes, stores, ops: [...computed].map(({ from }) => from.op) };
}
