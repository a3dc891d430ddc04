// jit: a function traced and compiled once per shape of its arguments.
import {
  bindAll,
  type Cost,
  checkConcrete,
  compile,
  explanation,
  type Graph,
  isTracing,
  workOfGraph,
} from '../graph/index.ts';
import {
  type Aval,
  arg,
  checkedGeneric,
  flatten,
  type Structure,
  sameShape,
  show,
  type Tensor,
  type Tree,
  treeLeaves,
} from '../tensor/index.ts';
import { leafPlaces } from './arguments.ts';
import { type Flat, type TracedFunction, type TreeFunction, traceTree } from './function.ts';

export interface JitOptions {
  /**
   * Positions of arguments that the caller gives up: results may be written over them, which saves memory and
   * time. To read such a tensor after the call is a TraceError; do not keep its `data` either.
   */
  readonly donate?: readonly number[];
  /**
   * Positions of arguments that are no tensors, as of settings: each new value is compiled anew. They may be strings,
   * numbers, booleans, null, undefined and plain objects and arrays of such; functions are told apart by what they are.
   */
  readonly static?: readonly number[];
}

interface Entry extends TracedFunction {
  /** What the leaves of the arguments are. */
  readonly avals: readonly Aval[];
  /** Positions of donated leaves among those of all arguments. */
  readonly given: readonly number[];
  /** The structure of the arguments, where they are all trees. */
  readonly structure?: Structure;
  /** When it was last needed. */
  used: number;
}

/** Whether `entry` is for arguments with these leaves. */
function fits({ avals }: Entry, leaves: readonly Tensor[]): boolean {
  for (let i = 0; i < avals.length; i++) {
    const { dtype, shape } = leaves[i];
    if (avals[i].dtype !== dtype || !sameShape(avals[i].shape, shape)) return false;
  }
  return true;
}

/** The most entries of a jitted function: beyond, that which was not needed for longest is compiled anew. */
const mostEntries = 256;

const f = arg.callback('f');
const options = arg.optional(
  arg.options<JitOptions>({
    donate: (name) => arg.optional(arg.sizes(name)),
    static: (name) => arg.optional(arg.sizes(name)),
  }),
);

/** Any function, some of whose arguments are trees. */
type AnyFunction = (...args: never[]) => Tree;

/** The type of jit. */
interface Jit {
  <A extends readonly Tree[], R extends Tree>(
    f: TreeFunction<A, R>,
    options?: JitOptions & { readonly static?: undefined },
  ): TreeFunction<A, R>;
  <F extends AnyFunction>(f: F, options: JitOptions): F;
}

const ids = new WeakMap<object, number>();
let lastId = 0;

/** What tells static values from each other. Throws TypeError for one that cannot be told from others. */
function staticKey(op: string, values: readonly unknown[], positions: readonly number[]): string {
  const told = (value: unknown, at: string): unknown => {
    if (typeof value === 'function') {
      if (!ids.has(value)) ids.set(value, ++lastId);
      return { function: ids.get(value) };
    }
    if (typeof value === 'number') return { number: Object.is(value, -0) ? '-0' : String(value) };
    if (value === undefined) return { undefined: true };
    if (Array.isArray(value)) return value.map((part, i) => told(part, `${at}[${i}]`));
    if (arg.isPlain(value))
      return { object: Object.entries(value).map(([name, part]) => [name, told(part, `${at}.${name}`)]) };
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    throw new TypeError(
      `${op}: static argument ${at} is ${show(value)}; it must be a string, a number, a boolean, null, undefined, a function, or a plain object or an array of such`,
    );
  };
  return JSON.stringify(positions.map((i) => told(values[i], String(i))));
}

/** The leaves of a call's arguments, those in `fixed` left out, and what tells the call from others but for their shapes. */
function callOf(
  op: string,
  args: readonly unknown[],
  { static: fixed = [] }: JitOptions,
): Flat & { key: string } {
  if (fixed.length === 0) {
    const { leaves, structure } = flatten(op, args as readonly Tree[]);
    return { leaves, structure, key: structure.key };
  }
  const { leaves, structure } = flatten(op, args.filter((_, i) => !fixed.includes(i)) as Tree[]);
  return { leaves, structure, key: structure.key + staticKey(op, args, fixed) };
}

/**
 * `f`, compiled as one graph for every new combination of argument structure, shapes, dtypes and static values. Inside
 * another transformation it is traced once for each, and becomes a part of what that compiles.
 * `f` is a pure function of its arguments: what it closes over is read at the first call and kept.
 */
export const jit = checkedGeneric('jit', [f, options], (f: AnyFunction, options: JitOptions = {}) => {
  const entries = new Map<string, Entry[]>(); // by the arguments' structure and static values
  let [count, clock] = [0, 0];
  const forgetOldest = (): void => {
    const [oldest] = [...entries.values()].flat().toSorted((a, b) => a.used - b.used);
    for (const [key, alike] of entries) {
      const left = alike.filter((entry) => entry !== oldest);
      if (left.length > 0) entries.set(key, left);
      else entries.delete(key);
    }
    count--;
  };
  const find = (args: never[]): [Entry, readonly Tensor[]] => {
    const call = callOf('jit', args, options);
    const { leaves, key } = call;
    if (!isTracing()) checkConcrete(leaves);
    const known = entries.get(key)?.find((entry) => fits(entry, leaves));
    if (known) return [known, leaves];
    const made = traceEntry('jit', f, options, args, call);
    // what it closed over in a trace is there no longer than that
    if (made.captures.some(({ storage }) => storage.traced)) return [made, leaves];
    if (++count > mostEntries) forgetOldest();
    entries.set(key, [...(entries.get(key) ?? []), made]);
    return [made, leaves];
  };
  let last: Entry | undefined; // mostly it is what is needed again
  return (...args: never[]) => {
    if (isTracing()) {
      const [{ graph, captures, result }, leaves] = find(args);
      const inputs = [...captures, ...leaves];
      return result.build(graph.outputs.length > 0 ? bindAll('call', { graph }, inputs) : []) as Tree;
    }
    const read: Tensor[] = [];
    const again = last?.structure?.read(args, read) && fits(last, read);
    const [entry, leaves] = last && again ? [last, read] : find(args);
    if (again) checkConcrete(leaves);
    last = entry;
    entry.used = ++clock;
    const results = compile(entry.graph)([...entry.captures, ...leaves]);
    if (entry.given.length > 0) {
      const kept = new Set(results.map(({ storage }) => storage));
      for (const i of entry.given) if (!kept.has(leaves[i].storage)) leaves[i].storage.giveUp();
    }
    return entry.result.build(results) as Tree;
  };
}) as unknown as Jit;

/** The type of functions that tell something of a function on given arguments. */
interface Teller<T> {
  <A extends readonly Tree[]>(
    f: TreeFunction<A, Tree>,
    options?: JitOptions & { readonly static?: undefined },
  ): (...args: A) => T;
  <F extends AnyFunction>(f: F, options: JitOptions): (...args: Parameters<F>) => T;
}

/** What `tell` says of the graph that `jit(f, options)` would compile. */
const teller = <T>(op: string, tell: (graph: Graph) => T): Teller<T> =>
  checkedGeneric(
    op,
    [f, options],
    (f: AnyFunction, options: JitOptions = {}) =>
      (...args: readonly unknown[]): T => {
        const { graph } = traceEntry(op, f, options, args, callOf(op, args, options));
        return tell(graph);
      },
  );

/**
 * What `jit(f, options)` becomes on the chosen engine for arguments like these, as text: the kernels with their
 * work, memory traffic and buffers, or the graph where the engine has no kernels.
 */
export const explain = teller('explain', explanation);

/**
 * What `f` costs on arguments like these, counted from its graph without running it: arithmetic operations, and bytes that
 * its primitives read and write. `options` are those of jit.
 */
export const cost = teller('cost', (graph): Cost => {
  const { flops, bytes } = workOfGraph(graph);
  return { flops, bytes };
});

function traceEntry(
  op: string,
  f: AnyFunction,
  { donate = [], static: positions = [] }: JitOptions,
  args: readonly unknown[],
  { leaves, structure }: Flat,
): Entry {
  const given = donatedLeaves(op, args, donate, positions);
  const whole = (trees: readonly Tree[]): never[] => {
    const left = [...trees];
    return args.map((value, i) => (positions.includes(i) ? value : left.shift())) as never[];
  };
  const traced = traceTree(op, (...trees: readonly Tree[]) => f(...whole(trees)), structure, leaves);
  const donated = given.map((leaf) => traced.captures.length + leaf);
  const avals = leaves.map(({ dtype, shape }): Aval => ({ dtype, shape })); // and not what they hold
  const own = positions.length === 0 ? { structure } : {};
  return { ...traced, ...own, avals, given, used: 0, graph: { ...traced.graph, donated } };
}

/** Positions of the leaves of `args[i]`, for each i in `donate`, among all leaves; those in `fixed` have none. */
function donatedLeaves(
  op: string,
  args: readonly unknown[],
  donate: readonly number[],
  fixed: readonly number[],
): number[] {
  const counts = args.map((arg, i) => (fixed.includes(i) ? 0 : treeLeaves(arg as Tree).length));
  const both = donate.find((i) => i in counts && fixed.includes(i));
  if (both !== undefined) throw new TypeError(`${op}: argument ${both} is both static and donated`);
  return leafPlaces(op, 'donate', counts, [...new Set(donate)]);
}
