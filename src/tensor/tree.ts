// Trees of tensors: objects and tuples, nested, that transformations take and give back in shape.
import * as arg from './arguments.ts';
import { ShapeError } from './errors.ts';
import { checkedGeneric, show } from './front.ts';
import { sameShape, showShape } from './shape.ts';
import { Tensor } from './tensor.ts';

/** A tensor, or an array or plain object of trees. Declare yours with `type`, not `interface`. */
export type Tree = Tensor | readonly Tree[] | { readonly [key: string]: Tree };

/** A tree without its leaves; `key` is equal for equal structures. */
export interface Structure {
  readonly key: string;
  readonly leaves: number;
  /** Builds the tree again around `leaves`, in the order in which `flatten` lists them. */
  build<L>(leaves: readonly L[]): unknown;
  /**
   * Adds the leaves of `value` to `leaves` and is true, if it has this structure: sooner than `flatten`, which makes
   * the structure anew.
   */
  read(value: unknown, leaves: Tensor[]): boolean;
}

const leaf: Structure = {
  key: '*',
  leaves: 1,
  build: ([value]) => value,
  read: (value, leaves) => value instanceof Tensor && leaves.push(value) > 0,
};

/** A list of parts with such structures. */
function listOf(children: readonly Structure[]): Structure {
  return {
    ...node(`[${children.map((c) => c.key).join(',')}]`, children, (parts) => parts),
    read(value, leaves) {
      if (!Array.isArray(value) || value.length !== children.length) return false;
      for (let i = 0; i < children.length; i++) if (!children[i].read(value[i], leaves)) return false;
      return true;
    },
  };
}

/** An object with such parts, by their names in order. */
function objectOf(names: readonly string[], children: readonly Structure[]): Structure {
  const key = `{${names.map((name, i) => `${JSON.stringify(name)}:${children[i].key}`).join(',')}}`;
  return {
    ...node(key, children, (parts) => Object.fromEntries(names.map((name, i) => [name, parts[i]]))),
    read(value, leaves) {
      if (typeof value !== 'object' || value === null || !isPlainObject(value)) return false;
      if (Object.keys(value).length !== names.length) return false;
      const parts = value as Readonly<Record<string, unknown>>;
      for (let i = 0; i < names.length; i++)
        if (!Object.hasOwn(parts, names[i]) || !children[i].read(parts[names[i]], leaves)) return false;
      return true;
    },
  };
}

function node(
  key: string,
  children: readonly Structure[],
  assemble: (parts: unknown[]) => unknown,
): Omit<Structure, 'read'> {
  return {
    key,
    leaves: children.reduce((n, child) => n + child.leaves, 0),
    build(leaves) {
      let at = 0;
      return assemble(
        children.map((child) => {
          const part = child.build(leaves.slice(at, at + child.leaves));
          at += child.leaves;
          return part;
        }),
      );
    },
  };
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
  if (depth > deepest)
    throw new TypeError(
      `${op}: leaf ${path.slice(0, 30)}… is more than ${deepest} levels deep; does a part contain itself?`,
    );
  if (Array.isArray(value)) {
    const children: Structure[] = [];
    for (let i = 0; i < value.length; i++)
      children.push(visit(op, value[i], `${path}[${i}]`, leaves, depth + 1));
    return listOf(children);
  }
  if (typeof value === 'object' && value !== null && isPlainObject(value)) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    const children = entries.map(([name, part]) => visit(op, part, `${path}.${name}`, leaves, depth + 1));
    return objectOf(
      entries.map(([name]) => name),
      children,
    );
  }
  const way =
    value instanceof Promise
      ? 'what is async cannot be traced: await outside of it'
      : 'wrap numbers with tensor(…), and close over what is not data';
  throw new TypeError(`${op}: leaf ${path || 'itself'} is ${show(value)}, not a tensor; ${way}`);
}

/** The structure of a list of two. */
export const pairStructure = (a: Structure, b: Structure): Structure => listOf([a, b]);

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
