// dot and conv: their definition as a sum over all letters, and cases.
import type { Params, Window } from '../../../src/graph/index.ts';
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

/** `window` is as in 'i=2o+3k': entry i of the left operand meets entry k of the right one in entry o of the result. */
const conv = (
  lhs: number[],
  rhs: number[],
  spec: string,
  windows: string[],
  note?: string,
): Case<Params['conv']> => {
  const { inputs, params } = dot(lhs, rhs, spec);
  return {
    inputs,
    params: {
      ...params,
      windows: windows.map((text) => {
        const [, i, stride, o, dilation, k] = /^(.)=(\d)(.)\+(\d)(.)$/.exec(text) ?? [];
        return { lhs: i, out: o, rhs: k, stride: Number(stride), dilation: Number(dilation) };
      }),
    },
    note,
  };
};

/** Σ over the letters that `out` lacks, at each assignment of those that it has. */
function contract(
  [x, y]: readonly Grid[],
  { lhs, rhs, out }: Params['dot'],
  windows: readonly Window[] = [],
): Grid {
  const sizes = new Map<string, number>();
  for (const [letters, { shape }] of [
    [lhs, x],
    [rhs, y],
  ] as const)
    [...letters].forEach((letter, i) => {
      sizes.set(letter, shape[i]);
    });
  const size = (letter: string): number => sizes.get(letter) ?? 0;
  for (const window of windows) {
    let n = 0;
    while (n * window.stride + (size(window.rhs) - 1) * window.dilation < size(window.lhs)) n++;
    sizes.set(window.out, n);
  }
  const slid = windows.map((window) => window.lhs);
  const summed = [...sizes.keys()].filter((letter) => !out.includes(letter) && !slid.includes(letter));
  const order = [...out, ...summed];
  const inner = everyIndex(summed.map(size));
  return makeGrid(x.dtype, [...out].map(size), (index) => {
    let total = 0;
    for (const rest of inner) {
      const all = [...index, ...rest];
      const value = (letter: string): number => {
        const window = windows.find((it) => it.lhs === letter);
        if (!window) return all[order.indexOf(letter)];
        return value(window.out) * window.stride + value(window.rhs) * window.dilation;
      };
      const [a, b] = [at(x, [...lhs].map(value)), at(y, [...rhs].map(value))];
      total =
        x.dtype === 'i32' ? Number(BigInt.asIntN(32, BigInt(total) + BigInt(a) * BigInt(b))) : total + a * b;
    }
    return total;
  });
}

export const contraction = {
  dot: {
    dtypes: ['f64', 'f32', 'i32'],
    oracle: (inputs, params) => contract(inputs, params),
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
  conv: {
    dtypes: ['f64', 'f32', 'i32'],
    oracle: (inputs, params) => contract(inputs, params, params.windows),
    ulps: 32,
    accumulates: true,
    cases: [
      conv([5], [3], 'i,k->o', ['i=1o+1k'], 'one axis'),
      conv([8], [2], 'i,k->o', ['i=3o+1k'], 'a stride that leaves entries over'),
      conv([8], [3], 'i,k->o', ['i=1o+2k'], 'a dilation'),
      conv([9], [2], 'i,k->o', ['i=2o+3k'], 'a stride and a dilation'),
      conv([4], [4], 'i,k->o', ['i=2o+1k'], 'one window'),
      conv([3], [1], 'i,k->o', ['i=1o+1k'], 'windows of one entry'),
      conv([2, 5, 2], [3, 2, 3], 'bic,kcf->bof', ['i=1o+1k'], 'channels and filters'),
      conv([2, 5, 2], [3, 2, 3], 'bic,kcf->ofb', ['i=2o+1k'], 'the result permuted'),
      conv([2, 5], [2, 2], 'ci,kc->oc', ['i=1o+1k'], 'each channel by itself'),
      conv([2, 4], [2, 3], 'bi,bk->bo', ['i=1o+1k'], 'each of a batch by a window of its own'),
      conv([4, 5], [2, 3], 'ij,kl->op', ['i=1o+1k', 'j=2p+1l'], 'two axes'),
      conv([2, 4, 5, 2], [2, 3, 2, 2], 'bijc,klcf->bopf', ['i=2o+1k', 'j=1p+2l'], 'images'),
      conv([3, 2, 4], [2, 2, 2], 'ijh,klm->opq', ['i=1o+1k', 'j=1p+1l', 'h=1q+2m'], 'three axes'),
      conv([0, 3], [2], 'bi,k->bo', ['i=1o+1k'], 'no batch'),
      conv([3, 0], [2, 0], 'ic,kc->o', ['i=1o+1k'], 'over no channel'),
      conv([2, 3], [3, 2], 'ij,jk->ik', [], 'no window: a dot'),
      { ...conv([2, 19, 18, 5], [3, 4, 5, 6], 'bijc,klcf->bopf', ['i=2o+1k', 'j=1p+2l']), big: true },
      { ...conv([3, 301, 3], [7, 3, 5], 'bic,kcf->bof', ['i=1o+1k']), big: true },
    ],
  },
} satisfies Partial<Suites>;
