// Trees in two parts, each of the whole's structure with empty leaves where the other has tensors (as in Equinox).
import * as arg from './arguments.ts';
import { checkedGeneric, show } from './front.ts';
import { Tensor } from './tensor.ts';
import { flatten, type Tree, treePaths } from './tree.ts';

/** The tree `T` where any leaf may be empty. */
export type Part<T> = Tree extends T ? Tree : T extends Tensor ? T | null : { [K in keyof T]: Part<T[K]> };

/** The tree whose part `T` is. */
export type Whole<T> = Tree extends T
  ? Tree
  : [T] extends [null]
    ? null
    : T extends Tensor
      ? T
      : T extends null
        ? never
        : { [K in keyof T]: Whole<T[K]> };

/** Chooses leaves by themselves and by their path, as `treePaths` has it. */
export type Choice = (leaf: Tensor, path: string) => boolean;

/** What `choice`, which messages call `name`, says of each leaf. Throws TypeError where that is no boolean. */
export function chosen(op: string, name: string, choice: Choice, tree: Tree): boolean[] {
  const paths = treePaths(tree);
  return flatten(op, tree, 'tree').leaves.map((leaf, i) => {
    const says: unknown = choice(leaf, paths[i]);
    if (typeof says === 'boolean') return says;
    throw new TypeError(`${op}: ${name} gave ${show(says)} for leaf ${paths[i]}; it must give true or false`);
  });
}

/**
 * The leaves for which `predicate` holds, and the others: two trees of the structure of `tree`, each null where the other has
 * a tensor. So `grad((some, rest) => f(combine(some, rest)))(...partition(tree, predicate))` is the gradient in some.
 */
export const partition = checkedGeneric(
  'partition',
  [arg.anything('tree'), arg.callback('predicate')],
  <T extends Tree>(tree: T, predicate: Choice): [Part<T>, Part<T>] => {
    const { leaves, structure } = flatten('partition', tree, 'tree');
    const own = chosen('partition', 'predicate', predicate, tree);
    const parts = [true, false].map((which) =>
      structure.build(leaves.map((leaf, i) => (own[i] === which ? leaf : null))),
    );
    return parts as [Part<T>, Part<T>];
  },
);

/**
 * The tree of which `a` and `b` are parts: of each leaf the one that is there, null where both are. Throws TypeError, naming
 * the path, where both have a tensor, or other parts.
 */
export const combine = checkedGeneric(
  'combine',
  [arg.anything('a'), arg.anything('b')],
  <T extends Tree>(a: T, b: T): Whole<T> => {
    for (const [name, tree] of [
      ['a', a],
      ['b', b],
    ] as const)
      flatten('combine', tree, name); // throws where it is no tree
    return combined(a, b, '') as Whole<T>;
  },
);

function combined(a: Tree, b: Tree, path: string): unknown {
  if (a === null) return b;
  if (b === null) return a;
  const fail = (why: string): never => {
    throw new TypeError(`combine: ${why} at ${path || 'the top'}`);
  };
  const under = (key: string | number): string => (path ? `${path}.${key}` : String(key));
  if (a instanceof Tensor || b instanceof Tensor)
    return fail(
      a instanceof Tensor && b instanceof Tensor
        ? 'both have a tensor'
        : 'one has a tensor and the other parts',
    );
  const [own, other] = [Object.keys(a).sort(), Object.keys(b).sort()];
  if (
    Array.isArray(a) !== Array.isArray(b) ||
    own.length !== other.length ||
    own.some((key, i) => key !== other[i])
  )
    return fail(`${show(a)} and ${show(b)} have other parts`);
  const [left, right] = [a, b] as readonly { readonly [key: string]: Tree }[];
  if (Array.isArray(a)) return a.map((_, i) => combined(left[i], right[i], under(i)));
  return Object.fromEntries(own.map((key) => [key, combined(left[key], right[key], under(key))]));
}
