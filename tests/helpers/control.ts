// Loops and branches twice: as the library has them, and written out as straight lines that do the same.
import { logicalAnd, slice, stack, where } from '../../src/ops/index.ts';
import { range, type Tensor, type Tree, treeLeaves, treeMap } from '../../src/tensor/index.ts';
import { checkpoint, cond, jit, type ScanOptions, scan, whileLoop } from '../../src/transforms/index.ts';

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
  scan: <C extends Tree, X extends Tree, Y extends Tree>(
    f: (carry: C, x: X) => readonly [C, Y],
    init: C,
    xs: X,
    { length, reverse = false }: ScanOptions = {},
  ): [C, Y] => {
    const rounds = range(length ?? treeLeaves(xs)[0].shape[0]);
    let carry = init;
    const made: Y[] = [];
    for (const i of reverse ? rounds.toReversed() : rounds) {
      const [next, y] = f(
        carry,
        treeMap((leaf) => slice(leaf, i), xs),
      );
      carry = next;
      made[i] = y;
    }
    const [first, ...rest] = made;
    return [carry, treeMap((...leaves: Tensor[]) => stack(leaves), first, ...rest)];
  },
  cond: <A extends readonly Tree[], R extends Tree>(
    predicate: Tensor,
    whenTrue: (...operands: A) => R,
    whenFalse: (...operands: A) => R,
    ...operands: A
  ): R => treeMap((yes, no) => where(predicate, yes, no), whenTrue(...operands), whenFalse(...operands)),
  whileLoop: <C extends Tree>(test: (carry: C) => Tensor, body: (carry: C) => C, init: C): C => {
    let carry = init;
    let goesOn = test(init);
    for (const _ of range(mostRounds)) {
      const go = goesOn;
      carry = treeMap((last: Tensor, next: Tensor) => where(go, next, last), carry, body(carry));
      goesOn = logicalAnd(goesOn, test(carry));
    }
    return carry;
  },
  checkpoint: <F>(f: F) => f,
  jit: <F>(f: F) => f,
} as unknown as Control;
