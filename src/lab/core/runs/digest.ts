// What tensors are, to the bit, as a hash.
import { createHash, type Hash } from 'node:crypto';
import { type Tensor, type Tree, treeLeaves, treePaths } from '../../../index.ts';
import { pieces } from '../../../store/bytes.ts';

/** Adds to `hash` the name, dtype, shape and bits of a tensor. */
export function addTensor(hash: Hash, name: string, { dtype, shape, data }: Tensor): void {
  hash.update(JSON.stringify([name, dtype, shape]));
  for (const piece of pieces(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)))
    hash.update(piece);
}

/** SHA-256 of a tree's paths, dtypes, shapes and bits, in hex. */
export function digestOf(tree: Tree): string {
  const hash = createHash('sha256');
  const leaves = treeLeaves(tree);
  for (const [i, path] of treePaths(tree).entries()) addTensor(hash, path, leaves[i]);
  return hash.digest('hex');
}
