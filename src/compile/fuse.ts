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
  /** What its nodes read, from memory or from each other. */
  readonly reads: Set<Node>;
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
  const fusion = new Fusion(graph);
  for (const node of graph.nodes.toReversed()) fusion.place(node);
  return inOrder(fusion.groups);
}

type Users = ReadonlyMap<Group, Reads>;
const none: Users = new Map();

class Fusion {
  readonly groups = new Set<Group>();
  readonly #outputs: ReadonlySet<Node>;
  /** The groups that read a node, and how. */
  readonly #users = new Map<Node, Map<Group, Reads>>();

  constructor(graph: Graph) {
    this.#outputs = new Set<Node>(graph.outputs);
  }

  /** Places `node`, whose readers all have their places. */
  place(node: AnyApply): void {
    const form = formOf(node);
    const homes = this.#homesOf(node, form);
    if (homes.size > 0) {
      this.#read(node, form, homes);
      return;
    }
    const group: Group = {
      roots: [node],
      hosts: form.dissolves,
      reduction: form.reduces ? node : undefined,
      reads: new Set(),
    };
    this.groups.add(group);
    this.#read(node, form, new Map([[group, 'same']]));
  }

  #read(node: AnyApply, form: Form, homes: Users): void {
    node.inputs.forEach((input, i) => {
      const known = this.#users.get(input) ?? new Map<Group, Reads>();
      this.#users.set(input, known);
      for (const [group, way] of homes) {
        known.set(group, worst(known.get(group) ?? 'same', worst(way, form.reads[i])));
        group.reads.add(input);
      }
    });
  }

  /** The kernels that compute `node` where they need it, and how they read it; none if it takes its own. */
  #homesOf(node: AnyApply, form: Form): Users {
    const output = this.#outputs.has(node);
    let users: Users = this.#users.get(node) ?? none;
    if (!form.dissolves || ![...users.keys()].every(({ hosts }) => hosts)) return none;
    if (users.size > 1 && !output && !form.reduces && form.work === 0) return users;
    if (users.size > 1 && !this.#join(node, form, users)) return none;
    users = this.#users.get(node) ?? none;
    const [only] = users;
    if (!only) return none;
    const [group, way] = only;
    if (form.reduces && (group.reduction || way === 'repeated')) return none;
    if (form.work > cheap && way === 'repeated') return none;
    if (output && way !== 'same') return none;
    if (form.reduces) group.reduction = node;
    if (output) group.roots.push(node);
    return users;
  }

  /** Makes the kernels that read `node` one, if each of its elements then serves one element of all of them. */
  #join(node: AnyApply, form: Form, users: Users): boolean {
    const groups = [...users.keys()];
    const alike = groups.every(
      (group) => users.get(group) === 'same' && sameShape(group.roots[0].shape, node.shape),
    );
    const reductions = groups.filter(({ reduction }) => reduction).length + Number(form.reduces);
    if (!alike || reductions > 1) return false;
    for (const group of groups)
      for (const root of group.roots)
        for (const [reader, way] of this.#users.get(root) ?? none) {
          if (groups.includes(reader)) {
            if (way !== 'same') return false;
          } else if (this.#leadsTo(reader, groups)) return false;
        }
    const [first, ...others] = groups;
    for (const other of others) {
      first.roots.push(...other.roots);
      first.reduction ??= other.reduction;
      for (const input of other.reads) first.reads.add(input);
      this.groups.delete(other);
    }
    for (const readers of this.#users.values()) {
      const ways = groups.flatMap((group) => readers.get(group) ?? []);
      if (ways.length === 0) continue;
      for (const other of others) readers.delete(other);
      readers.set(first, ways.reduce(worst));
    }
    return true;
  }

  /** Whether what `group` stores is needed, at once or in the end, by one of `goals`. */
  #leadsTo(group: Group, goals: readonly Group[], seen = new Set<Group>()): boolean {
    if (goals.includes(group)) return true;
    if (seen.has(group)) return false;
    seen.add(group);
    return group.roots.some((root) =>
      [...(this.#users.get(root) ?? none).keys()].some((reader) => this.#leadsTo(reader, goals, seen)),
    );
  }
}

/** `groups`, each after those whose roots it reads. */
function inOrder(groups: ReadonlySet<Group>): Group[] {
  const maker = new Map<Node, Group>(
    [...groups].flatMap((group) => group.roots.map((root) => [root, group])),
  );
  const order = new Set<Group>();
  const visit = (group: Group): void => {
    if (order.has(group)) return;
    for (const input of group.reads) {
      const earlier = maker.get(input);
      if (earlier && earlier !== group) visit(earlier);
    }
    order.add(group);
  };
  for (const group of [...groups].reverse()) visit(group);
  return [...order];
}
