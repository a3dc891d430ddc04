// From a Graph to kernels that no engine owns: loops over the elements of a shape, each with its stores.
import type { AnyApply, Apply, Graph, Node, Op } from '../graph/index.ts';
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
  const buffers = new Map<Node, Buffer>();
  for (const node of [...graph.inputs, ...groups.flatMap(({ roots }) => roots)])
    buffers.set(node, bufferOf(node));
  const buffer = (node: Node): Buffer => buffers.get(node) as Buffer;
  return {
    inputs: graph.inputs.map(buffer),
    outputs: graph.outputs.map(buffer),
    // what has no elements takes no kernel
    kernels: groups
      .filter(({ roots: [{ shape }] }) => sizeOf(shape) > 0)
      .map((group): Kernel => {
        const [root] = group.roots;
        const isLine = root.op === 'cumSum' || root.op === 'argSort' || root.op === 'scatterAdd';
        if (!group.hosts && isLine)
          return { kind: 'lines', node: root, inputs: root.inputs.map(buffer), output: buffer(root) };
        return lowerGroup(group, buffers, scalars);
      }),
  };
}

function lowerGroup({ roots }: Group, buffers: ReadonlyMap<Node, Buffer>, scalars: Scalars): Loops {
  const [{ shape }] = roots;
  const axes = axesOver(shape);
  const at = axes.map(along);
  const own = new Set<Node>(roots);
  const bound = new Map<object, readonly Axis[]>();
  const known = new Map<string, Scalar>();
  const ops = new Set<AnyApply>(roots);
  const scope: Scope = {
    scalars,
    element(node, where) {
      const buffer = buffers.get(node);
      if (buffer && !own.has(node)) return scalars.load(buffer, flatten(where, node.shape));
      const key = [node, ...where]
        .map((it) => ('op' in it ? scalars.name(it) : showPosition(it, scalars.name)))
        .join();
      const value = known.get(key) ?? (elementOf(node as AnyApply, where, scope) as Scalar);
      ops.add(node as AnyApply);
      known.set(key, value);
      return value;
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
  return { kind: 'loops', axes, stores, ops: [...ops].map(({ op }) => op) };
}
