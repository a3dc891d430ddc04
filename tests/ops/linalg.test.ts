// Matrix products with NumPy's shapes, diagonals and triangles.
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import * as ops from '../../src/ops/index.ts';
import { arange, matmul, tensor, zeros } from '../../src/ops/index.ts';
import { type Shape, ShapeError, type Tensor } from '../../src/tensor/index.ts';
import * as arbitrary from '../helpers/arbitraries.ts';
import { at, expectGrid, makeGrid, toGrid } from '../helpers/grids.ts';
import { commonShape, computing, spreadAt } from '../helpers/numpy.ts';

beforeAll(() => {
  useEngine('reference');
});

const counted = (...shape: number[]): Tensor => ops.reshape(arange(shape.reduce((a, b) => a * b, 1)), shape);

/** Two shapes that matmul takes: vectors, matrices, and stacks of them that broadcast. */
const factors: fc.Arbitrary<[Shape, Shape]> = fc
  .tuple(arbitrary.shape(0, 2), arbitrary.size, arbitrary.size, arbitrary.size, fc.nat(3))
  .chain(([lead, m, k, n, vectors]) =>
    fc
      .tuple(arbitrary.broadcastable(lead), arbitrary.broadcastable(lead))
      .map(([a, b]): [Shape, Shape] => [vectors & 1 ? [k] : [...a, m, k], vectors & 2 ? [k] : [...b, k, n]]),
  );

describe('matmul', () => {
  test('multiplies vectors, matrices and stacks of any dtypes (property)', () => {
    const setting = factors.chain(([a, b]) =>
      fc
        .tuple(arbitrary.dtype, arbitrary.dtype)
        .chain(([c, d]) => fc.tuple(arbitrary.tensorOf(a, c), arbitrary.tensorOf(b, d))),
    );
    fc.assert(
      fc.property(setting, ([x, y]) => {
        const dtype = computing(x.dtype, y.dtype, 'i32');
        const [row, column] = [x.ndim === 1, y.ndim === 1];
        const a = row ? { ...toGrid(x), shape: [1, ...x.shape] } : toGrid(x);
        const b = column ? { ...toGrid(y), shape: [...y.shape, 1] } : toGrid(y);
        const lead = commonShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
        const [m, k, n] = [...a.shape.slice(-2), ...b.shape.slice(-1)];
        const term = (index: readonly number[], p: number): [number, number] => {
          const [i, j] = index.slice(-2);
          const stack = index.slice(0, -2);
          const inStack = (g: typeof a, tail: number[]): number =>
            at(g, [
              ...g.shape
                .slice(0, -2)
                .map((size, d) => (size === 1 ? 0 : stack[stack.length - g.shape.length + 2 + d])),
              ...tail,
            ]);
          return [inStack(a, [i, p]), inStack(b, [p, j])];
        };
        const fold = (f: (x: number, y: number) => number) =>
          makeGrid(dtype, [...lead, m, n], (index) => {
            let total = 0;
            for (let p = 0; p < k; p++)
              total = dtype === 'i32' ? (total + f(...term(index, p))) | 0 : total + f(...term(index, p));
            return total;
          });
        const shape = [...lead, ...(row ? [] : [m]), ...(column ? [] : [n])];
        const product = {
          ...fold(dtype === 'i32' ? Math.imul : (p, q) => cast(p, dtype) * cast(q, dtype)),
          shape,
        };
        const magnitude = { ...fold((p, q) => Math.abs(p * q)), shape };
        expectGrid(matmul(x, y), product, 32, magnitude);
      }),
      { numRuns: 200 },
    );
  });

  test('of vectors is a number', () => {
    expect(matmul(tensor([1, 2, 3]), tensor([4, 5, 6])).item()).toBe(32);
  });

  test.each([
    [[2, 3], [4, 5], 'matmul: [2, 3] · [4, 5]: inner sizes 3 and 4 differ'],
    [[1024, 784], [256, 256], 'matmul: [1024, 784] · [256, 256]: inner sizes 784 and 256 differ'],
    [[3], [4], 'matmul: [3] · [4]: inner sizes 3 and 4 differ'],
    [[], [3], 'matmul: [] · [3]: a number is no matrix; use mul'],
    [[3], [], 'matmul: [3] · []: a number is no matrix; use mul'],
    [[2, 2, 3], [3, 3, 2], 'matmul: shapes [2] and [3] do not broadcast (sizes 2 and 3 differ)'],
  ])('refuses %j by %j', (a, b, message) => {
    expect(() => matmul(zeros(a), zeros(b))).toThrow(new ShapeError(message));
  });
});

const cast = (x: number, dtype: string): number => (dtype === 'f32' ? Math.fround(x) : x);

describe('outer', () => {
  test('multiplies every pair', () => {
    expect(ops.outer(tensor([1, 2]), tensor([3, 4, 5], 'i32')).toArray()).toEqual([
      [3, 4, 5],
      [6, 8, 10],
    ]);
    expect(() => ops.outer(zeros([2, 2]), zeros([2]))).toThrow("outer: 'i,j->ij' on [2, 2], [2]");
  });
});

describe('diagonal', () => {
  test('takes equal positions of two axes to the end (property)', () => {
    const setting = arbitrary
      .anyTensor(arbitrary.dtype, 2, 4)
      .chain((x) =>
        fc
          .tuple(fc.constant(x), arbitrary.axis(x.ndim), arbitrary.axis(x.ndim))
          .filter(([, a, b]) => (a - b) % x.ndim !== 0),
      );
    fc.assert(
      fc.property(setting, ([x, a, b]) => {
        const [i, j] = [a < 0 ? a + x.ndim : a, b < 0 ? b + x.ndim : b];
        const rest = x.shape.map((_, axis) => axis).filter((axis) => axis !== i && axis !== j);
        const shape = [...rest.map((axis) => x.shape[axis]), Math.min(x.shape[i], x.shape[j])];
        const expected = makeGrid(x.dtype, shape, (index) =>
          at(
            toGrid(x),
            x.shape.map((_, axis) => index[rest.includes(axis) ? rest.indexOf(axis) : index.length - 1]),
          ),
        );
        expectGrid(ops.diagonal(x, a, b), expected);
      }),
    );
  });

  test('refuses one axis twice', () => {
    expect(() => ops.diagonal(zeros([2, 2]), 0, -2)).toThrow(
      new ShapeError('diagonal: axes 0 and -2 are the same'),
    );
    expect(() => ops.diagonal(zeros([2]))).toThrow('diagonal: axis 1 is outside a tensor of 1 dimension');
  });
});

describe('tril and triu', () => {
  test('keep what lies on their side of the k-th diagonal (property)', () => {
    const setting = fc.tuple(arbitrary.anyTensor(arbitrary.dtype, 2, 3), fc.integer({ min: -3, max: 3 }));
    fc.assert(
      fc.property(setting, ([x, k]) => {
        const part = (keep: (i: number, j: number) => boolean) =>
          makeGrid(x.dtype, x.shape, (index) => {
            const [i, j] = index.slice(-2);
            return keep(i, j) ? spreadAt(toGrid(x), index) : 0;
          });
        expectGrid(
          ops.tril(x, k),
          part((i, j) => j <= i + k),
        );
        expectGrid(
          ops.triu(x, k),
          part((i, j) => j >= i + k),
        );
      }),
    );
  });

  test('leave NaN out, and refuse vectors', () => {
    expect(
      ops
        .tril(
          tensor([
            [1, NaN],
            [2, 3],
          ]),
        )
        .toArray(),
    ).toEqual([
      [1, 0],
      [2, 3],
    ]);
    expect(() => ops.tril(zeros([3]))).toThrow(new ShapeError('tril: shape [3] is no matrix'));
  });

  test('add up to the whole, with the diagonal twice', () => {
    const x = counted(3, 3);
    const both = ops.add(ops.tril(x), ops.triu(x));
    expect(ops.sub(both, x).toArray()).toEqual([
      [0, 0, 0],
      [0, 4, 0],
      [0, 0, 8],
    ]);
  });
});
