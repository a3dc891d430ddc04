// What ops give of each dtype: arithmetic in the dtype that it computes in, movement in its own.
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import * as umbra from '../../src/index.ts';
import { useEngine } from '../../src/index.ts';
import {
  type DType,
  DTypeError,
  dtypes,
  fromNested,
  isStorage,
  type Tensor,
} from '../../src/tensor/index.ts';

beforeAll(() => {
  useEngine('reference');
});
afterEach(() => {
  useEngine('reference');
});

const stores = dtypes.filter(isStorage);
const values = [
  [1, 2, 3],
  [4, 5, 6],
];
const of = (dtype: DType): Tensor => fromNested(values, dtype);

describe.each(stores)('On %s', (dtype) => {
  const x = of(dtype);
  const computed = ['u8', 'i8'].includes(dtype) ? 'i32' : 'f32';

  test('arithmetic is done in the dtype that it computes in', () => {
    const { add, sub, mul, neg, abs, square, maximum, minimum, remainder, floorDivide, clip } = umbra;
    for (const [y, expected] of [
      [add(x, x), [2, 4, 6, 8, 10, 12]],
      [sub(x, 2), [-1, 0, 1, 2, 3, 4]],
      [mul(x, 100), [100, 200, 300, 400, 500, 600]],
      [neg(x), [-1, -2, -3, -4, -5, -6]],
      [abs(x), [1, 2, 3, 4, 5, 6]],
      [square(x), [1, 4, 9, 16, 25, 36]],
      [maximum(x, 3), [3, 3, 3, 4, 5, 6]],
      [minimum(x, 3), [1, 2, 3, 3, 3, 3]],
      [clip(x, 2, 5), [2, 2, 3, 4, 5, 5]],
      [remainder(x, 2), [1, 0, 1, 0, 1, 0]],
      [floorDivide(x, 2), [0, 1, 1, 2, 2, 3]],
    ] as const) {
      expect(y.dtype).toBe(computed);
      expect(Array.from(y.data)).toEqual(expected);
    }
    const { div, exp, floor, equal, less, isnan, softmax } = umbra;
    expect([div(x, 2), exp(x), softmax(x)].map((y) => y.dtype)).toEqual(['f32', 'f32', 'f32']);
    expect(floor(x).toArray()).toEqual(values);
    expect([equal(x, 2), less(x, 2), isnan(x)].map((y) => y.dtype)).toEqual(['bool', 'bool', 'bool']);
    expect(equal(x, 2.5).toArray()).toEqual([
      [false, false, false],
      [false, false, false],
    ]);
  });

  test('reductions, products and orders too', () => {
    const { sum, prod, max, min, mean, variance, cumsum, matmul, einsum, argmax, argsort, norm, scatterAdd } =
      umbra;
    expect([sum(x), prod(x), max(x), min(x)].map((y) => [y.dtype, y.item()])).toEqual(
      [21, 720, 6, 1].map((value) => [computed, value]),
    );
    expect([mean(x), variance(x), norm(x)].map((y) => y.dtype)).toEqual(['f32', 'f32', 'f32']);
    expect(mean(x).item()).toBe(3.5);
    expect(cumsum(x, 0).dtype).toBe(computed);
    expect(matmul(x, umbra.transpose(x)).toArray()).toEqual([
      [14, 32],
      [32, 77],
    ]);
    expect(einsum('ij,ij->', x, x).dtype).toBe(computed);
    expect([argmax(x).item(), argsort(x).dtype]).toEqual([5, 'i32']);
    expect(scatterAdd(x, [0], x.shape[0] ? umbra.ones([1, 3], dtype) : x).dtype).toBe(computed);
  });

  test('movement, choice and what is made like it keep the dtype', () => {
    const { reshape, transpose, concat, stack, flip, pad, tile, take, where, sort, topK, slice } = umbra;
    const { zerosLike, onesLike, full, zeros, arange, eye, tril, takeAlongAxis, copy, roll } = umbra;
    const moved = [
      reshape(x, [6]),
      transpose(x),
      concat([x, x]),
      stack([x, x]),
      flip(x),
      pad(x, 1, 7),
      tile(x, [2, 1]),
      take(x, [1, 0], 1),
      where([true, false, true], x, 0),
      where([true, false, true], x, x),
      sort(x, -1, true),
      topK(x, 2).values,
      slice(x, 0),
      tril(x),
      roll(x, 1),
      takeAlongAxis(x, [[0], [1]]),
      zerosLike(x),
      onesLike(x),
      full([2], 3, dtype),
      zeros([2], dtype),
      arange(3, 9, 2, dtype),
      eye(2, 2, dtype),
      copy(x),
    ];
    expect(new Set(moved.map((y) => y.dtype))).toEqual(new Set([dtype]));
    expect(pad(fromNested([1], dtype), 1, 7).toArray()).toEqual([7, 1, 7]);
    expect(where([true, false, true], fromNested([1, 2, 3], dtype), 9).toArray()).toEqual([1, 9, 3]);
    expect(arange(3, 9, 2, dtype).toArray()).toEqual([3, 5, 7]);
    expect(sort(x, -1, true).toArray()).toEqual(values.map((row) => row.toReversed()));
    expect([...x].map((row) => row.toArray())).toEqual(values);
  });

  test.each(umbra.engineNames())(
    'parts are written in place in its dtype, and added to in what it computes in, on %s',
    (engine) => {
      useEngine(engine);
      const { at, dynamicSlice, dynamicUpdate } = umbra;
      const row = fromNested([1, 2, 3], dtype);
      const f = (t: Tensor): Tensor[] => [
        at(t, [1, 3]).set(9),
        at(t, umbra.tensor([0, 2])).set(umbra.tensor([7, 8])),
        at(t, 0).add(4),
        at(t, umbra.tensor([1, 1], 'u8')).add(umbra.tensor([1, 1])),
        at(t, umbra.tensor([1])).max(umbra.tensor([5])),
        dynamicUpdate(t, [6], [2]),
        dynamicSlice(t, [1], [2]),
      ];
      for (const results of [f(row), umbra.jit(f)(row)]) {
        expect(new Set(results.map((y) => y.dtype))).toEqual(new Set([dtype]));
        expect(results.map((y) => y.toArray())).toEqual([
          [1, 9, 9],
          [7, 2, 8],
          [5, 2, 3],
          [1, 4, 3],
          [1, 5, 3],
          [1, 2, 6],
          [2, 3],
        ]);
      }
    },
  );

  test('drawing is left to floats that are computed in, in one line', () => {
    expect(() => umbra.random.uniform(umbra.random.key(1), [2], 0, 1, dtype)).toThrow(
      new DTypeError(
        `uniform: ${dtype} is no dtype to draw in; take f32 or f64, and astype(x, '${dtype}') of it`,
      ),
    );
  });
});

describe('Between dtypes', () => {
  test('operands meet at their join, and compute in what that computes in', () => {
    const { add, mul, where, concat } = umbra;
    const met = (a: DType, b: DType): DType[] => [
      add(of(a), of(b)).dtype,
      concat([of(a), of(b)]).dtype,
      where(true, of(a), of(b)).dtype,
    ];
    expect(met('u8', 'i8')).toEqual(['i32', 'i32', 'i32']);
    expect(met('bf16', 'f16')).toEqual(['f32', 'f32', 'f32']);
    expect(met('bf16', 'i32')).toEqual(['f32', 'bf16', 'bf16']);
    expect(met('u8', 'f64')).toEqual(['f64', 'f64', 'f64']);
    expect(mul(of('u8'), 0.5).dtype).toBe('f32');
    expect(mul(of('bf16'), 0.1).toArray()).toEqual(mul(of('f32'), 0.1).toArray());
  });

  test('a number that the dtype does not hold is refused where nothing is computed', () => {
    expect(umbra.add(of('u8'), 300).toArray()).toEqual(values.map((row) => row.map((value) => value + 300)));
    expect(() => umbra.where(true, of('u8'), 300)).toThrow(
      "where: u8 holds whole numbers from 0 to 255, not 300; take dtype 'i32'",
    );
  });
});

describe('Indices', () => {
  const x = fromNested([10, 11, 12], 'f32');

  test('may be of any integer dtype, and are what whole numbers in a literal are', () => {
    for (const indices of [
      fromNested([0, 2]),
      fromNested([0, 2], 'u8'),
      fromNested([0, -1], 'i8'),
      Uint8Array.of(0, 2),
    ])
      expect(umbra.take(x, indices).toArray()).toEqual([10, 12]);
    expect(umbra.oneHot(fromNested([1], 'u8'), 2).toArray()).toEqual([[0, 1]]);
    expect(umbra.nn.crossEntropy([[0, 0]], fromNested([1], 'u8')).item()).toBeCloseTo(Math.LN2, 6);
  });

  test('of another dtype are refused in one line that names them and the way out', () => {
    expect(() => umbra.take(x, fromNested([0, 2.5]))).toThrow(
      new DTypeError("take: indices are f32[2]; they must be whole numbers: astype(indices, 'i32')"),
    );
    expect(() => umbra.oneHot(fromNested([true]), 2)).toThrow(
      new DTypeError("oneHot: labels are bool[1]; they must be whole numbers: astype(labels, 'i32')"),
    );
  });
});
