// Trees of tensors: objects and tuples, nested, that transformations take and give back in shape.
import * as arg from './arguments.ts';
import { ShapeError } from './errors.ts';
import { checkedGeneric, show } from './front.ts';
import { sameShape, showShape } from './shape.ts';
import { Tensor } from './tensor.ts';

/**
 * A tensor, or an array or plain object of trees, or null where a leaf is left empty: transformations pass over it, and it
 * is null again in what they give. Declare yours with `type`, not `interface`.
 */
export type Tree = Tensor | null | readonly Tree[] | { readonly [key: string]: Tree };

/** A tree without its leaves; `key` is equal for equal structures. */
export interface Structure {
  readonly key: string;
  readonly leaves: number;
  /** The structures of a list's or an object's parts, in the order of their leaves. */
  readonly parts: readonly Structure[];
  /** Builds the tree again around `leaves`, in the order in which `flatten` lists them; its own begin at `first`. */
  build<L>(leaves: readonly L[], first?: number): unknown;
  /**
   * Adds the leaves of `value` to `leaves` and is true, if it has this structure: sooner than `flatten`, which makes
   * the structure anew.
   */
  read(value: unknown, leaves: Tensor[]): boolean;
}

const leaf: Structure = {
  key: '*',
  leaves: 1,
  parts: [],
  build: (leaves, first = 0) => leaves[first],
  read: (value, leaves) => value instanceof Tensor && leaves.push(value) > 0,
};

const empty: Structure = {
  key: 'null',
  leaves: 0,
  parts: [],
  build: () => null,
  read: (value) => value === null,
};

/** Parts in order. Most are never asked for their key. */
abstract class Parts {
  readonly parts: readonly Structure[];
  readonly leaves: number;
  #key: string | undefined;

  constructor(parts: readonly Structure[]) {
    this.parts = parts;
    this.leaves = parts.reduce((n, part) => n + part.leaves, 0);
  }

  get key(): string {
    this.#key ??= this.makeKey();
    return this.#key;
  }

  protected abstract makeKey(): string;

  protected buildParts<L>(leaves: readonly L[], first: number): unknown[] {
    let at = first;
    return this.parts.map((part) => {
      const built = part.build(leaves, at);
      at += part.leaves;
      return built;
    });
  }
}

class ListOf extends Parts implements Structure {
  protected makeKey(): string {
    return `[${this.parts.map(({ key }) => key).join(',')}]`;
  }

  build<L>(leaves: readonly L[], first = 0): unknown {
    return this.buildParts(leaves, first);
  }

  read(value: unknown, leaves: Tensor[]): boolean {
    const { parts } = this;
    if (!Array.isArray(value) || value.length !== parts.length) return false;
    for (let i = 0; i < parts.length; i++) if (!parts[i].read(value[i], leaves)) return false;
    return true;
  }
}

/** The parts have `names`, in order. */
class ObjectOf extends Parts implements Structure {
  readonly #names: readonly string[];

  constructor(names: readonly string[], parts: readonly Structure[]) {
    super(parts);
    this.#names = names;
  }

  protected makeKey(): string {
    return `{${this.#names.map((name, i) => `${JSON.stringify(name)}:${this.parts[i].key}`).join(',')}}`;
  }

  build<L>(leaves: readonly L[], first = 0): unknown {
    const built = this.buildParts(leaves, first);
    return Object.fromEntries(this.#names.map((name, i) => [name, built[i]]));
  }

  read(value: unknown, leaves: Tensor[]): boolean {
    const [names, { parts }] = [this.#names, this];
    if (typeof value !== 'object' || value === null || !isPlainObject(value)) return false;
    if (Object.keys(value).length !== names.length) return false;
    const given = value as Readonly<Record<string, unknown>>;
    for (let i = 0; i < names.length; i++)
      if (!Object.hasOwn(given, names[i]) || !parts[i].read(given[names[i]], leaves)) return false;
    return true;
  }
}

const isPlainObject = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/** The most levels of a tree: far above any, and far below what the stack holds. */
export const deepest = 1000;

/**
 * The leaves of `tree`, which messages call `name`, and its structure. Object keys are taken in sorted order.
 * Throws TypeError, naming the path, where a leaf is not a tensor.
 */
export function flatten(op: string, tree: Tree, name = ''): { leaves: Tensor[]; structure: Structure } {
  const leaves: Tensor[] = [];
  const structure = visit(op, tree, name, leaves, 0);
  return { leaves, structure };
}

/** The structure of `value`, whose leaves are added to `leaves`. */
function visit(op: string, value: unknown, path: string, leaves: Tensor[], depth: number): Structure {
  if (value instanceof Tensor) {
    leaves.push(value);
    return leaf;
  }
  if (value === null) return empty;
  if (depth > deepest)
    throw new TypeError(
      `${op}: leaf ${path.slice(0, 30)}… is more than ${deepest} levels deep; does a part contain itself?`,
    );
  if (Array.isArray(value)) {
    const children: Structure[] = [];
    for (let i = 0; i < value.length; i++)
      children.push(visit(op, value[i], `${path}[${i}]`, leaves, depth + 1));
    return new ListOf(children);
  }
  if (typeof value === 'object' && isPlainObject(value)) {
    const names = Object.keys(value).sort();
    const parts = value as Readonly<Record<string, unknown>>;
    const children = names.map((name) => visit(op, parts[name], `${path}.${name}`, leaves, depth + 1));
    return new ObjectOf(names, children);
  }
  const way =
    value instanceof Promise
      ? 'what is async cannot be traced: await outside of it'
      : 'wrap numbers with tensor(…), and close over what is not data';
  throw new TypeError(`${op}: leaf ${path || 'itself'} is ${show(value)}, not a tensor; ${way}`);
}

/** The structure of a list of such parts. */
export const listOf = (parts: readonly Structure[]): Structure => new ListOf(parts);

/**
 * Applies `f` leaf by leaf to trees of one structure, and gives a tree of that structure.
 * Throws TypeError if the structures differ.
 */
export const treeMap = checkedGeneric(
  'treeMap',
  [arg.callback('f'), arg.anything('tree'), arg.rest(arg.anything('rest'))],
  <T extends Tree>(f: (...leaves: Tensor[]) => Tensor, tree: T, ...rest: Tree[]): T => {
    const first = flatten('treeMap', tree, 'tree');
    const others = rest.map((other, i) => flatten('treeMap', other, `rest[${i}]`));
    for (const other of others)
      if (other.structure.key !== first.structure.key)
        throw new TypeError(`treeMap: structures ${first.structure.key} and ${other.structure.key} differ`);
    return first.structure.build(
      first.leaves.map((value, i) => f(value, ...others.map((o) => o.leaves[i]))),
    ) as T;
  },
);

/** The leaves of `tree`, object keys in sorted order. */
export const treeLeaves = checkedGeneric(
  'treeLeaves',
  [arg.anything('tree')],
  (tree: Tree): Tensor[] => flatten('treeLeaves', tree, 'tree').leaves,
);

/** Throws unless `given`, which messages call `name`, has the structure and the shapes of `params`. */
export function checkAlike(op: string, name: string, given: Tree, params: Tree): void {
  const [own, other] = [flatten(op, params, 'params'), flatten(op, given, name)];
  if (own.structure.key !== other.structure.key)
    throw new TypeError(`${op}: ${name} have structure ${other.structure.key}, not ${own.structure.key}`);
  other.leaves.forEach(({ shape }, i) => {
    if (!sameShape(shape, own.leaves[i].shape))
      throw new ShapeError(
        `${op}: ${name} hold ${showShape(shape)} where ${showShape(own.leaves[i].shape)} is needed`,
      );
  });
}

function pathsOf(tree: Tree): string[] {
  if (tree instanceof Tensor) return [''];
  if (tree === null) return [];
  const parts: [string, Tree][] = Array.isArray(tree)
    ? tree.map((part: Tree, i): [string, Tree] => [String(i), part])
    : Object.entries(tree).sort(([a], [b]) => (a < b ? -1 : 1));
  return parts.flatMap(([key, part]) => pathsOf(part).map((path) => (path ? `${key}.${path}` : key)));
}

/** Where each leaf of `tree` lies, in the order of {@link treeLeaves}: keys and positions with dots, as in `0.weight`. */
export const treePaths = checkedGeneric('treePaths', [arg.anything('tree')], (tree: Tree): string[] => {
  flatten('treePaths', tree, 'tree'); // throws where it is no tree
  return pathsOf(tree);
});
