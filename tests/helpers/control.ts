// Loops and branches twice: as the library has them, and written out as straight lines that do the same.
import { logicalAnd, slice, stack, where } from '../../src/ops/index.ts';
import { range, type Tensor, type Tree, treeLeaves, treeMap } from '../../src/tensor/index.ts';
import { checkpoint, cond, jit, scan, whileLoop } from '../../src/transforms/index.ts';

export interface Control {
  readonly scan: typeof scan;
  readonly cond: typeof cond;
  readonly whileLoop: typeof whileLoop;
  readonly checkpoint: typeof checkpoint;
  readonly jit: typeof jit;
}

export const looped: Control = { scan, cond, whileLoop, checkpoint, jit };

/** Of loops that go on for as long as a test says, the most rounds that are written out. */
const mostRounds = 5;

export const unrolled = {
  scan: (f, init, xs, { length, reverse = false } = {}) => {
    const rounds = range(length ?? treeLeaves(xs)[0].shape[0]);
    let carry = init;
    const made: Tree[] = [];
    for (const i of reverse ? rounds.toReversed() : rounds) {
      const [next, y] = f(
        carry,
        treeMap((leaf) => slice(leaf, i), xs),
      );
      carry = next;
      made[i] = y;
    }
    const [first, ...rest] = made;
    return [carry, treeMap((...leaves) => stack(leaves), first, ...rest)];
  },
  cond: (predicate, whenTrue, whenFalse, ...operands) =>
    treeMap((yes, no) => where(predicate, yes, no), whenTrue(...operands), whenFalse(...operands)),
  whileLoop: <C extends Tree>(test: (carry: C) => Tensor, body: (carry: C) => C, init: C): C => {
    let [carry, goesOn] = [init, test(init)];
    for (const _ of range(mostRounds)) {
      carry = treeMap((last, next) => where(goesOn, next, last), carry, body(carry));
      goesOn = logicalAnd(goesOn, test(carry));
    }
    return carry;
  },
  checkpoint: (f) => f,
  jit: <F>(f: F) => f,
} as Control;
