// Trees of tensors, such as a model's parameters or its gradient, as vectors.
import {
  add,
  concat,
  mul,
  neg,
  reshape,
  sqrt,
  sum,
  type Tensor,
  type Tree,
  treeLeaves,
  treeMap,
} from '../../../index.ts';

/** All numbers of a tree, one leaf after the other. */
export const flat = (tree: Tree): Tensor => concat(treeLeaves(tree).map((leaf) => reshape(leaf, [-1])));

/** ⟨a, b⟩ */
export const inner = (a: Tree, b: Tree): Tensor => {
  const others = treeLeaves(b);
  return treeLeaves(a)
    .map((leaf, i) => sum(mul(leaf, others[i])))
    .reduce((total, part) => add(total, part));
};

/** ‖a‖ */
export const norm = (a: Tree): Tensor => sqrt(inner(a, a));

/** a + scale · b, `scale` a number or a tensor of shape []. */
export const moved = <T extends Tree>(a: T, scale: number | Tensor, b: Tree): T =>
  treeMap((x, y) => add(x, mul(y, scale)), a, b);

/** −a */
export const minus = <T extends Tree>(a: T): T => treeMap(neg, a);
