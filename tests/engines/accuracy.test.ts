// Sums of many numbers are as precise as if they were summed in pairs, whatever their axes and how they lie.
import { beforeAll, describe, expect, test } from 'vitest';
import { engineNames, useEngine } from '../../src/engines/index.ts';
import {
  concat,
  conv,
  cumsum,
  einsum,
  flip,
  full,
  grad,
  jit,
  matmul,
  mean,
  mul,
  norm,
  reshape,
  scatterAdd,
  slice,
  square,
  sum,
  type Tensor,
  take,
  transpose,
  variance,
  vmap,
  zeros,
} from '../../src/index.ts';
import { fromTypedArray, type Shape } from '../../src/tensor/index.ts';

const n = 20_000;
const unit = { f32: 2 ** -24, f64: 2 ** -53 } as const;
type Float = keyof typeof unit;

interface Case {
  readonly name: string;
  readonly shape: Shape;
  readonly of: (x: Tensor) => Tensor;
  /** What element i is of x equal everywhere, and how many numbers it is the sum of. */
  readonly is: (x: number, i: number) => number;
  readonly terms?: number;
}

const total =
  (terms: number) =>
  (x: number): number =>
    terms * x;

/** A sum over `axes` of `shape`. */
const sumOver = (shape: Shape, axes: number[]): Case => {
  const terms = axes.reduce((count, axis) => count * shape[axis], 1);
  return {
    name: `sum of [${shape}] over ${axes}`,
    shape,
    of: (x) => sum(x, axes),
    is: total(terms),
    terms,
  };
};

const indices = (of: (k: number) => number, count = n): Tensor =>
  fromTypedArray(
    Int32Array.from({ length: count }, (_, k) => of(k)),
    [count],
    'i32',
  );
const product = (name: string, shape: Shape, of: (x: Tensor) => Tensor, terms = n): Case => ({
  name,
  shape,
  of,
  is: (x) => terms * x * x,
  terms,
});
const signs = fromTypedArray(
  Float32Array.from({ length: n }, (_, k) => 1 - 2 * (k % 2)),
  [n, 1],
  'f32',
);
const atOne = indices(() => 1);
const spread = indices((k) => k % 4);

const cases: readonly Case[] = [
  sumOver([n], [0]),
  sumOver([n + 3], [0]),
  sumOver([2, n + 5], [1]),
  sumOver([n, 2], [0]),
  sumOver([n / 4, 17], [0]),
  sumOver([n / 4, 17], [0, 1]),
  sumOver([n / 10, 10, 10], [0, 2]),
  sumOver([n / 10, 10, 10], [0, 1]),
  sumOver([n / 10, 10, 10], [1, 2]),
  sumOver([7, n / 4, 3], [1]),
  sumOver([7, n / 20, 35], [0, 2]),
  sumOver([10, n / 100, 3, 10], [1, 3]),
  sumOver([2, 2, 2, n / 200, 5, 5], [0, 2, 3, 5]),
  { name: 'columns', shape: [n, 5], of: (x) => sum(transpose(x), 1), is: total(n) },
  { name: 'backwards', shape: [n], of: (x) => sum(flip(x)), is: total(n) },
  { name: 'every other', shape: [n], of: (x) => sum(slice(x, '::2')), is: total(n / 2) },
  { name: 'mean', shape: [n / 10, 10, 10], of: (x) => mean(x, [0, 2]), is: (x) => x },
  { name: 'norm', shape: [n, 3], of: (x) => norm(x, 0), is: (x) => Math.sqrt(n) * x },
  {
    name: 'variance',
    shape: [n, 3],
    of: (x) => variance(mul(x, signs), 0),
    is: (x) => x * x,
  },
  { name: 'mapped', shape: [3, n], of: vmap((x: Tensor) => sum(x)), is: total(n) },
  { name: 'cumsum', shape: [n], of: (x) => cumsum(x), is: (x, i) => (i + 1) * x },
  { name: 'cumsum down', shape: [n, 2], of: (x) => cumsum(x, 0), is: (x, i) => (1 + (i >> 1)) * x },
  {
    name: 'scatterAdd',
    shape: [n],
    of: (x) => scatterAdd(zeros([3], x.dtype), atOne, x),
    is: (x, i) => (i === 1 ? n * x : 0),
  },
  {
    name: 'scatterAdd of rows',
    shape: [n, 3],
    of: (x) => scatterAdd(zeros([4, 3], x.dtype), spread, x),
    is: total(n / 4),
  },
  {
    name: 'scatterAdd in the middle',
    shape: [2, n, 3],
    of: (x) => scatterAdd(zeros([2, 4, 3], x.dtype), spread, x, 1),
    is: total(n / 4),
  },
  {
    name: 'scatterAdd into many',
    shape: [n],
    of: (x) => slice(scatterAdd(zeros([2 * n], x.dtype), atOne, x), ':3'),
    is: (x, i) => (i === 1 ? n * x : 0),
  },
  {
    name: "take's gradient",
    shape: [4],
    of: (x) => grad((y: Tensor) => sum(mul(take(y, spread), take(x, spread))))(x),
    is: total(n / 4),
  },
  product('dot', [n], (x) => einsum('i,i->', x, x)),
  product('sum of squares', [n, 3], (x) => sum(square(x), 0)),
  product('matrix product', [8, n], (x) => matmul(x, transpose(x))),
  product('matrix product of columns', [n, 8], (x) => matmul(transpose(x), x)),
  product('batches', [2, n, 5], (x) => einsum('bki,bkj->bij', x, x)),
  product('two axes', [n / 100, 100, 6], (x) => einsum('abi,abj->ij', x, x)),
  product('column', [n, 2], (x) => einsum('ki,k->i', x, slice(x, ':', 0))),
  product('conv', [1, n / 2 + 3, 2], (x) => conv(x, reshape(slice(x, ':', '3:'), [n / 2, 2, 1]))),
];

const dtypes: readonly Float[] = ['f32', 'f64'];

describe.each(engineNames())('On the %s engine', (engine) => {
  beforeAll(() => {
    useEngine(engine);
  });

  test.each(dtypes)('sums of %s lose no more than sums in pairs', (dtype) => {
    const inputs = cases.map(({ shape }) => full(shape, 0.1, dtype));
    const all = (xs: Tensor[]): Tensor[] => xs.map((x, i) => cases[i].of(x));
    const x = Number(full([1], 0.1, dtype).data[0]);
    for (const [how, run] of [
      ['eager', all],
      ['jit', jit(all)],
    ] as const)
      run(inputs).forEach((result, c) => {
        const { name, is, terms = n } = cases[c];
        const bound = Math.log2(terms) * unit[dtype];
        let worst = 0;
        result.data.forEach((value, i) => {
          const right = is(x, i);
          worst = Math.max(worst, Math.abs(value - right) / (Math.abs(right) || 1));
        });
        expect.soft(worst, `${name}, ${how}: ${worst / unit[dtype]} roundings`).toBeLessThanOrEqual(bound);
      });
  });

  test.each(dtypes)('long sums of %s are infinite or NaN where they should be, and nowhere else', (dtype) => {
    const one = (shape: Shape): Tensor => full(shape, 1, dtype);
    const even = indices((k) => k % 2, 3000);
    const sums = (x: Tensor): Tensor[] => [
      sum(x),
      sum(reshape(x, [1000, 3]), 0),
      sum(reshape(x, [300, 10]), [0, 1]),
      slice(cumsum(x), '::1499'),
      scatterAdd(zeros([2], dtype), even, x),
      matmul(reshape(x, [1, 3000]), one([3000, 1])),
      slice(matmul(one([8, 3000]), mul(reshape(x, [3000, 1]), one([1, 8]))), 0, ':1'),
    ];
    const halves = full([1500], 0.5, dtype);
    for (const [special, all] of [
      [[Infinity], Infinity],
      [[-Infinity], -Infinity],
      [[Infinity, Infinity], Infinity],
      [[Infinity, -Infinity], Number.NaN],
      [[Number.NaN], Number.NaN],
    ] as const) {
      // both of what is special stand in an even place, a multiple of 3
      const places = special.flatMap((value) => [full([1], value, dtype), slice(halves, ':59')]);
      const x = concat([halves, ...places, slice(halves, `:${1500 - 60 * special.length}`)]);
      for (const run of [sums, jit(sums)])
        expect(run(x).map(({ data }) => [...data])).toEqual([
          [all],
          [all, 500, 500],
          [all],
          [0.5, 750, all],
          [all, 750],
          [all],
          [all],
        ]);
    }
  });
});
