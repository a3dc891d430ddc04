// Bounds on gradients.
import { astype, div, lessEqual, mul, norm, stack, where } from '../ops/index.ts';
import {
  checkedGeneric,
  computeDType,
  promote,
  type Tensor,
  type Tree,
  treeLeaves,
  treeMap,
} from '../tensor/index.ts';
import * as arg from './arguments.ts';

/**
 * The tree scaled so that the Euclidean norm of all its numbers together is at most `maxNorm`; as it is where that holds
 * already (Pascanu et al., 2013). A NaN anywhere makes all of them NaN.
 */
export const clipByGlobalNorm = checkedGeneric(
  'clipByGlobalNorm',
  [arg.anything('tree'), arg.number('maxNorm')],
  <T extends Tree>(tree: T, maxNorm: number): T => {
    if (!(maxNorm > 0)) throw new RangeError(`clipByGlobalNorm: maxNorm ${maxNorm} is not positive`);
    const leaves = treeLeaves(tree);
    if (leaves.length === 0) return tree;
    const dtype = leaves.map((x) => x.dtype).reduce(promote, 'f32');
    const total = norm(stack(leaves.map((x) => norm(astype(x, dtype)))));
    const within = lessEqual(total, maxNorm);
    const factor = where(within, 1, div(maxNorm, where(within, 1, total)));
    return treeMap((x: Tensor) => mul(x, astype(factor, computeDType(x.dtype))), tree);
  },
);
