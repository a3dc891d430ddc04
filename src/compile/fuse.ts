// Which nodes share a kernel. A kernel grows backwards from a root that must lie in memory: a node dissolves
// into the one kernel that reads it, unless its work would be done again and again there, or its code would
// grow too large.
import { type AnyRegion, type Graph, isRegion, type Result, type Value } from '../graph/index.ts';
import { type Shape, sizeOf } from '../tensor/index.ts';
import { isUpdate, storedShape } from './elements.ts';
import { inOrder, leadsTo } from './order.ts';
import { divisionsAt, type Form, type Sites, Survey } from './sites.ts';

/** The nodes that one kernel stores, of one shape; the first is computed from the others. Or the results of a loop or a branch. */
export interface Group {
  readonly roots: Result[];
  /** The shape that its loops go over. */
  readonly shape: Shape;
  /** Whether nodes that the root reads can dissolve into it. */
  readonly hosts: boolean;
  /** The node that its elements sum over something in, of which a kernel has at most one. */
  reduction?: Result;
  /** What its nodes read, from memory or from each other. */
  readonly reads: Set<Value>;
  /** How many scalars its code is, roughly. */
  size: number;
}

/** How a kernel uses a node. */
interface Use {
  /** Where it computes or loads elements. */
  readonly sites: Sites;
  /** Additions that it does anew at each, since what reads the node is computed repeatedly. */
  anew: number;
  /** Whether the kernel writes over a part of it, where it lies. */
  written: boolean;
}

type Uses = ReadonlyMap<Group, Use>;
const none: Uses = new Map();

/** What it takes to load an element, and to store it and to begin a kernel for it; in additions, roughly. */
const loading = 2;
const storing = 6;

/** Additions, roughly, in the time that it takes to write a number to memory and to read it again. */
const rereading = 32;

/** How many times smaller an array must be to count as none. */
const negligible = 8;

/** In how many places of a kernel a node may be computed. */
const mostSites = 16;

/** How many scalars a kernel may be: compilers take more than their share of time for longer code. */
const mostScalars = 300;

/** How many groups are looked at before it is taken for granted that one needs another. */
const farthest = 1000;

/** Kernels in an order in which each reads only what earlier ones have stored. */
export function fuse(graph: Graph): Group[] {
  const fusion = new Fusion(graph);
  // what only one node reads comes right before it, so that they are placed together while there is room
  const values = inOrder<Value>(graph.outputs, ({ from }) => from?.inputs ?? []);
  for (const value of values.toReversed()) if (value.from) fusion.place(value);
  fusion.repeat();
  const { groups } = fusion;
  const maker = new Map<Value, Group>(
    [...groups].flatMap((group) => group.roots.map((root) => [root, group])),
  );
  return inOrder([...groups].reverse(), (group) =>
    [...group.reads].flatMap((input) => {
      const earlier = maker.get(input);
      return earlier && earlier !== group ? [earlier] : [];
    }),
  );
}

class Fusion {
  readonly groups = new Set<Group>();
  readonly #survey = new Survey();
  readonly #outputs: ReadonlySet<Value>;
  readonly #users = new Map<Value, Map<Group, Use>>();
  readonly #regions = new Set<AnyRegion>();

  constructor(graph: Graph) {
    this.#outputs = new Set<Value>(graph.outputs);
  }

  /** Places `node`, whose readers all have their places. */
  place(node: Result): void {
    if (isRegion(node.from)) {
      this.#placeRegion(node.from);
      return;
    }
    const form = this.#survey.formOf(node);
    const homes = this.#homesOf(node, form);
    for (const [group, use] of homes.size > 0 ? homes : this.#ownHome(node, form))
      this.#dissolve(node, form, group, use);
  }

  /** A loop or a branch is a group of all its results, which reads its inputs from memory. */
  #placeRegion(node: AnyRegion): void {
    if (this.#regions.has(node)) return;
    this.#regions.add(node);
    const { results, inputs } = node;
    const group: Group = { roots: [...results], shape: [], hosts: false, reads: new Set(inputs), size: 0 };
    this.groups.add(group);
    for (const input of node.inputs) this.#useOf(input, group);
  }

  #ownHome(node: Result, form: Form): Uses {
    const group: Group = {
      roots: [node],
      shape: storedShape(node),
      hosts: form.dissolves || isUpdate(node.from),
      reduction: form.reduces ? node : undefined,
      reads: new Set(),
      size: 0,
    };
    this.groups.add(group);
    return new Map([[group, { sites: this.#ownSites(group.shape), anew: 0, written: false }]]);
  }

  #ownSites(shape: Shape): Sites {
    const site = this.#survey.root(shape);
    return new Map([[this.#survey.keyOf(site), site]]);
  }

  /** Lets `group` compute `node` where it needs it, and so read its inputs. */
  #dissolve(node: Result, form: Form, group: Group, use: Use): void {
    const anew = use.anew + (this.#survey.timesAt(node, use.sites) > 1 ? form.work : 0);
    for (const input of node.from.inputs) {
      const known = this.#useOf(input, group);
      known.anew = Math.max(known.anew, anew);
      group.reads.add(input);
    }
    if (isUpdate(node.from)) this.#useOf(node.from.inputs[0], group).written = true;
    group.size += sizeAt(form, use);
    for (const site of use.sites.values())
      this.#survey.inputsOf(node, site, (input, at) => {
        this.#useOf(input, group).sites.set(this.#survey.keyOf(at), at);
      });
  }

  /** Lets kernels compute again what another would store for them, where they read all that it takes. */
  repeat(): void {
    const stored = new Set<Value>([...this.groups].flatMap(({ roots }) => roots));
    for (const home of this.groups)
      for (const root of home.roots.slice(1).reverse()) {
        if (this.#outputs.has(root) || isRegion(root.from) || !this.#repeated(root, home, stored)) continue;
        home.roots.splice(home.roots.indexOf(root), 1);
        stored.delete(root);
      }
  }

  /** Whether all other kernels that read `node`, which `home` stores, compute it again from here on. */
  #repeated(node: Result, home: Group, stored: ReadonlySet<Value>): boolean {
    const isInner = (value: Value): value is Result =>
      value.from !== undefined && (value === node || !stored.has(value));
    const cone = inOrder<Value>([node], (value) => (isInner(value) ? value.from.inputs : []));
    const inner = cone.filter(isInner).reverse();
    if (inner.some(({ from }) => isRegion(from))) return false;
    const forms = inner.map((it) => this.#survey.formOf(it));
    if (!forms.every(({ dissolves, reduces }) => dissolves && !reduces)) return false;
    const isThere = (group: Group) => (value: Value) =>
      isInner(value) || group.reads.has(value) || negligible * sizeOf(value.shape) <= sizeOf(node.shape);
    const readers = [...(this.#users.get(node) ?? none)].filter(([group]) => group !== home);
    for (const [group, use] of readers) {
      const fresh = forms.filter((_, i) => inner[i] === node || !this.#users.get(inner[i])?.has(group));
      const [work, size] = [sum(fresh.map((form) => form.work)), sum(fresh.map((form) => form.size))];
      if (
        !group.hosts ||
        isPatch(group) ||
        use.written ||
        this.#survey.timesAt(node, use.sites) > 1 ||
        work > rereading ||
        group.size + size > mostScalars ||
        !cone.every(isThere(group))
      )
        return false;
    }
    for (const [group] of readers)
      for (const [i, it] of inner.entries()) this.#dissolve(it, forms[i], group, this.#useOf(it, group));
    return true;
  }

  #useOf(node: Value, group: Group): Use {
    const uses = this.#users.get(node) ?? new Map<Group, Use>();
    this.#users.set(node, uses);
    const use = uses.get(group) ?? { sites: new Map(), anew: 0, written: false };
    uses.set(group, use);
    return use;
  }

  #isSame(node: Value, group: Group, { sites }: Use): boolean {
    return this.#survey.isSame(node, sites, group.shape);
  }

  /** The kernels that compute `node` where they need it, and how; none if it takes its own. */
  #homesOf(node: Result, form: Form): Uses {
    const output = this.#outputs.has(node);
    let users: Uses = this.#users.get(node) ?? none;
    const hosted = [...users].every(
      ([group, use]) => group.hosts && !use.written && fits(node, form, group, use),
    );
    if (!form.dissolves || !hosted) return none;
    if (users.size > 1 && !output && !form.reduces && form.work === 0) return users;
    if (users.size > 1) this.#join(node, form, users);
    users = this.#users.get(node) ?? none;
    const home = this.#first(node, users);
    if (!home) return none;
    const [group, use] = home;
    const stored = output || users.size > 1;
    const times = this.#survey.timesAt(node, use.sites);
    if (form.reduces && (group.reduction || times > 1)) return none;
    if (times > 1 && form.work > 0 && use.anew + form.work > loading + storing / (times - 1)) return none;
    if (stored && (isPatch(group) || !this.#isSame(node, group, use))) return none;
    if (form.reduces) group.reduction = node;
    if (stored) {
      group.roots.push(node);
      for (const [key, site] of this.#ownSites(node.shape)) use.sites.set(key, site);
    }
    return new Map([home]);
  }

  /** Of the kernels that read `node` the one that could store it for the others, since it needs nothing of them. */
  #first(node: Value, users: Uses): readonly [Group, Use] | undefined {
    const needs = (group: Group, other: Group): boolean =>
      leadsTo(other, this.#readers, (it) => it === group, farthest);
    return [...users].find(
      ([group, use]) =>
        (users.size === 1 || this.#isSame(node, group, use)) &&
        [...users.keys()].every((other) => other === group || !needs(group, other)),
    );
  }

  /** Makes the kernels that read `node` one, if each of its elements then serves one element of all of them. */
  #join(node: Result, form: Form, users: Uses): boolean {
    const groups = [...users.keys()];
    const alike = [...users].every(([group, use]) => this.#isSame(node, group, use));
    const reductions = groups.filter(({ reduction }) => reduction).length + Number(form.reduces);
    const size = groups.reduce((sum, group) => sum + group.size, form.size);
    if (!alike || reductions > 1 || size > mostScalars || groups.some(isPatch)) return false;
    for (const group of groups)
      for (const root of group.roots)
        for (const [reader, use] of this.#users.get(root) ?? none) {
          if (groups.includes(reader)) {
            if (!this.#isSame(root, reader, use)) return false;
          } else if (leadsTo(reader, this.#readers, (it) => groups.includes(it), farthest)) return false;
        }
    const [first, ...others] = groups;
    for (const other of others) {
      first.roots.push(...other.roots);
      first.reduction ??= other.reduction;
      first.size += other.size;
      for (const input of other.reads) {
        first.reads.add(input);
        this.#move(input, other, first);
      }
      this.groups.delete(other);
    }
    return true;
  }

  /** Lets `to` read `node` where `from` does. */
  #move(node: Value, from: Group, to: Group): void {
    const { sites, anew } = this.#useOf(node, from);
    const use = this.#useOf(node, to);
    use.anew = Math.max(use.anew, anew);
    for (const [key, site] of sites) use.sites.set(key, site);
    this.#users.get(node)?.delete(from);
  }

  /** The groups that read what `group` stores. */
  readonly #readers = (group: Group): Group[] =>
    group.roots.flatMap((root) => [...(this.#users.get(root) ?? none).keys()]);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, it) => total + it, 0);

/** Whether `group` stores a part of what lies in memory already. */
const isPatch = ({ roots: [root] }: Group): boolean => isUpdate(root.from);

/** The scalars that `node`'s code is wherever `use` has it. */
function sizeAt(form: Form, { sites }: Use): number {
  let size = 0;
  for (const site of sites.values()) size += form.size + divisionsAt(site);
  return size;
}

/** Whether `group` has room for the code of `node`. What reads nothing and does nothing is no longer than a load. */
const fits = (node: Result, form: Form, group: Group, use: Use): boolean =>
  (form.work === 0 && node.from.inputs.length === 0) ||
  (use.sites.size <= mostSites && group.size + sizeAt(form, use) <= mostScalars);
