// dot: its definition as a sum over all letters, and cases.
import type { Params } from '../../../src/graph/index.ts';
import { at, everyIndex, type Grid, makeGrid } from '../../helpers/grids.ts';
import type { Case, Suites } from '../../helpers/primitive.ts';

const dot = (lhs: number[], rhs: number[], spec: string, note?: string): Case<Params['dot']> => {
  const [a, b, out] = spec.split(/,|->/);
  return { inputs: [{ shape: lhs }, { shape: rhs }], params: { lhs: a, rhs: b, out }, note };
};

const big = (lhs: number[], rhs: number[], spec: string): Case<Params['dot']> => ({
  ...dot(lhs, rhs, spec),
  big: true,
});

/** Σ over the letters that `out` lacks, at each assignment of those that it has. */
function contract([x, y]: readonly Grid[], lhs: string, rhs: string, out: string): Grid {
  const sizes = new Map<string, number>();
  for (const [letters, { shape }] of [
    [lhs, x],
    [rhs, y],
  ] as const)
    [...letters].forEach((letter, i) => {
      sizes.set(letter, shape[i]);
    });
  const size = (letters: readonly string[]): number[] => letters.map((letter) => sizes.get(letter) ?? 0);
  const summed = [...sizes.keys()].filter((letter) => !out.includes(letter));
  const order = [...out, ...summed];
  const inner = everyIndex(size(summed));
  const positions = (letters: string): number[] => [...letters].map((letter) => order.indexOf(letter));
  const [left, right] = [positions(lhs), positions(rhs)];
  return makeGrid(x.dtype, size([...out]), (index) => {
    let total = 0;
    for (const rest of inner) {
      const value = (i: number): number => (i < index.length ? index[i] : rest[i - index.length]);
      const [a, b] = [at(x, left.map(value)), at(y, right.map(value))];
      total =
        x.dtype === 'i32' ? Number(BigInt.asIntN(32, BigInt(total) + BigInt(a) * BigInt(b))) : total + a * b;
    }
    return total;
  });
}

export const contraction = {
  dot: {
    dtypes: ['f64', 'f32', 'i32'],
    oracle: (inputs, { lhs, rhs, out }) => contract(inputs, lhs, rhs, out),
    ulps: 32,
    accumulates: true,
    cases: [
      dot([2, 3], [3, 4], 'ij,jk->ik'),
      dot([2, 3], [3, 4], 'ij,jk->ki', 'output permuted'),
      dot([3, 2], [4, 3], 'ji,kj->ik', 'both transposed'),
      dot([2, 3], [3], 'ij,j->i', 'matrix and vector'),
      dot([3], [3, 2], 'i,ij->j', 'vector and matrix'),
      dot([4], [4], 'i,i->', 'a number'),
      dot([2, 3], [3, 2], 'ij,ji->', 'a number from matrices'),
      dot([2], [3], 'i,j->ij', 'nothing summed'),
      dot([2], [3], 'i,j->ji', 'nothing summed, permuted'),
      dot([3], [3], 'i,i->i', 'a batch letter alone'),
      dot([2, 3], [2, 3], 'ij,ij->ij', 'batch letters alone'),
      dot([], [3], ',i->i', 'a number and a vector'),
      dot([2], [], 'i,->i', 'a vector and a number'),
      dot([], [], ',->', 'numbers'),
      dot([2, 3, 2], [2, 2, 3], 'bij,bjk->bik', 'a batch'),
      dot([3, 2, 2], [2, 3, 2], 'jbi,kjb->kbi', 'a batch in the middle'),
      dot([2, 2, 3], [3, 2], 'bij,jk->bik', 'a batch on the left'),
      dot([2, 3], [2, 3, 2], 'ij,bjk->bik', 'a batch on the right'),
      dot([2, 2, 2], [2, 2, 2], 'ijk,lkj->il', 'two letters summed'),
      dot([2, 2, 2, 2], [2, 2, 2], 'abij,bja->jib', 'two batch letters, one summed'),
      dot([2, 1], [1, 3], 'ij,jk->ik', 'size 1'),
      dot([2, 0], [0, 3], 'ij,jk->ik', 'over nothing'),
      dot([0], [0], 'i,i->', 'a number over nothing'),
      dot([0, 3], [3, 2], 'ij,jk->ik', 'no rows'),
      dot([2, 3], [3, 0], 'ij,jk->ik', 'no columns'),
      dot([0, 2, 3], [0, 3, 2], 'bij,bjk->bik', 'no batch'),
      big([131, 17], [17, 9], 'ij,jk->ik'),
      big([17, 131], [9, 17], 'ji,kj->ki'),
      big([2, 5, 23], [2, 23, 7], 'bij,bjk->bik'),
      big([257, 3], [3, 5], 'ij,jk->ik'),
      big([130], [6], 'i,j->ij'),
      big([5, 401], [401], 'ij,j->i'),
      {
        inputs: [
          { shape: [1, 2], values: [65536, 2147483647] },
          { shape: [2, 1], values: [65536, 2147483647] },
        ],
        params: { lhs: 'ij', rhs: 'jk', out: 'ik' },
        dtypes: ['i32'],
        expected: [1],
        note: 'i32 wraps around',
      },
      {
        inputs: [
          { shape: [2], values: [Infinity, 1] },
          { shape: [2], values: [0, NaN] },
        ],
        params: { lhs: 'i', rhs: 'j', out: 'ij' },
        dtypes: ['f32', 'f64'],
        expected: [NaN, NaN, 0, NaN],
        note: 'NaN only where it belongs',
      },
    ],
  },
} satisfies Partial<Suites>;
