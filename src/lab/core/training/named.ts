// Trees of tensors as files have them: by name.
import { type Tensor, type Tree, treeLeaves, treeMap, treePaths } from '../../../index.ts';
import { FormatError } from '../../../store/index.ts';
import type { Snapshot } from '../runs/checkpoints.ts';

/** The tensors of `tree` by their paths behind `group`, as in `params.0.weight`. */
export const named = (group: string, tree: Tree): [string, Tensor][] => {
  const leaves = treeLeaves(tree);
  return treePaths(tree).map((path, i) => [`${group}.${path}`, leaves[i]]);
};

/** A tree shaped as `like`, out of what `named` gave. Throws FormatError where it does not fit. */
export function fromNamed<T extends Tree>(tensors: Snapshot['tensors'], group: string, like: T): T {
  const paths = treePaths(like);
  let at = 0;
  return treeMap(({ dtype, shape }) => {
    const name = `${group}.${paths[at++]}`;
    const found = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
    if (!found || found.dtype !== dtype || found.shape.join() !== shape.join())
      throw new FormatError(`the checkpoint lacks ${name}, ${dtype}[${shape}]; begin the run afresh`);
    return found;
  }, like);
}
