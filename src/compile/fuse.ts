// Which nodes share a kernel. A kernel grows backwards from a root that must lie in memory: a node dissolves
// into the one kernel that reads it, unless its work would be done again and again there.
import type { AnyApply, Graph, Node } from '../graph/index.ts';
import { sameShape, sizeOf } from '../tensor/index.ts';
import { elementOf } from './elements.ts';
import { type Axis, along, axesIn, axesOver, flatten, type Position, samePosition } from './position.ts';
import { type Buffer, bufferOf, forEachScalar, Scalars, workOf } from './scalar.ts';

/** How a kernel reads a node: at its own indices, elsewhere but no element twice, or repeatedly. */
const ways = ['same', 'once', 'repeated'] as const;
type Reads = (typeof ways)[number];

const worst = (a: Reads, b: Reads): Reads => ways[Math.max(ways.indexOf(a), ways.indexOf(b))];

/** The nodes that one kernel stores, of one shape; the first is computed from the others. */
export interface Group {
  readonly roots: AnyApply[];
  /** Whether nodes that the root reads can dissolve into it. */
  readonly hosts: boolean;
  /** The node that its elements sum over something in, of which a kernel has at most one. */
  reduction?: AnyApply;
}

/** What one element of a node takes, read off its rule in elements.ts. */
interface Form {
  /** Whether there is a rule. */
  readonly dissolves: boolean;
  readonly reduces: boolean;
  /** Roughly, in additions. */
  readonly work: number;
  /** How it reads each input. */
  readonly reads: readonly Reads[];
}

function formOf(node: AnyApply): Form {
  const buffers = node.inputs.map(bufferOf);
  const loops = axesOver(node.shape);
  const own = flatten(loops.map(along), node.shape);
  const inner: Axis[] = [];
  const scalars = new Scalars();
  const scalar = elementOf(node, loops.map(along), {
    scalars,
    element: (input, at) => scalars.load(buffers[node.inputs.indexOf(input)], flatten(at, input.shape)),
    axesOf: (_, sizes) => {
      inner.push(...axesOver(sizes));
      return inner;
    },
  });
  const found = new Map<Buffer, Reads>();
  let work = 0;
  const order = [...loops, ...inner];
  const packed = scalar?.kind === 'reduce' && scalar.of.kind === 'apply'; // a factor is read along its own axes
  const wayOf = (position: Position, size: number): Reads => {
    if (inner.length === 0 && samePosition(position, own)) return 'same';
    const used = axesIn(position);
    const times = packed
      ? order.filter((axis) => used.has(axis))
      : order.slice(0, order.findLastIndex((axis) => used.has(axis)) + 1);
    return sizeOf(times.map((axis) => axis.size)) <= size ? 'once' : 'repeated';
  };
  if (scalar)
    forEachScalar(scalar, (part) => {
      work += workOf(part);
      if (part.kind === 'load')
        found.set(
          part.buffer,
          worst(found.get(part.buffer) ?? 'same', wayOf(part.position, part.buffer.size)),
        );
    });
  return {
    dissolves: scalar !== null,
    reduces: inner.length > 0,
    work,
    reads: node.inputs.map(({ shape }, i) =>
      worst(found.get(buffers[i]) ?? 'same', sameShape(shape, node.shape) ? 'same' : 'once'),
    ),
  };
}

/** How many additions may be done anew for every element rather than once into memory. */
const cheap = 2;

/** Kernels in an order in which each reads only what earlier ones have stored. */
export function fuse(graph: Graph): Group[] {
  const outputs = new Set<Node>(graph.outputs);
  const readers = new Map<Node, Map<Group, Reads>>();
  const groups: Group[] = [];
  for (const node of graph.nodes.toReversed()) {
    const form = formOf(node);
    const homes = homesOf(node, form, readers.get(node) ?? new Map(), outputs.has(node));
    if (homes.size === 0) {
      const group: Group = {
        roots: [node],
        hosts: form.dissolves,
        reduction: form.reduces ? node : undefined,
      };
      groups.unshift(group);
      homes.set(group, 'same');
    }
    node.inputs.forEach((input, i) => {
      const known = readers.get(input) ?? new Map<Group, Reads>();
      readers.set(input, known);
      for (const [group, way] of homes)
        known.set(group, worst(known.get(group) ?? 'same', worst(way, form.reads[i])));
    });
  }
  return groups;
}

/** The kernels that compute `node` where they need it, and how they read it; none if it takes its own. */
function homesOf(node: AnyApply, form: Form, users: Map<Group, Reads>, output: boolean): Map<Group, Reads> {
  const none = new Map<Group, Reads>();
  if (!form.dissolves || ![...users.keys()].every(({ hosts }) => hosts)) return none;
  const [only] = users.size === 1 ? users : [];
  if (!only) return output || form.reduces || form.work > 0 ? none : users;
  const [group, way] = only;
  if (form.reduces && (group.reduction || way === 'repeated')) return none;
  if (form.work > cheap && way === 'repeated') return none;
  if (output && way !== 'same') return none;
  if (form.reduces) group.reduction = node;
  if (output) group.roots.push(node);
  return users;
}
