// take, takeAlongAxis, scatterAdd and oneHot: any axis, any indices, and what lies outside.
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import { oneHot, scatterAdd, take, takeAlongAxis, tensor, zeros } from '../../src/ops/index.ts';
import { type DType, DTypeError, ShapeError, type Tensor } from '../../src/tensor/index.ts';
import { jit } from '../../src/transforms/index.ts';
import * as arbitrary from '../helpers/arbitraries.ts';
import { at, everyIndex, expectGrid, makeGrid, toGrid, toTensor } from '../helpers/grids.ts';

beforeAll(() => {
  useEngine('reference');
});

/** A tensor, an axis of it that is not empty, and indices into that axis, some from the end. */
const setting = (kind: fc.Arbitrary<DType>) =>
  arbitrary
    .anyTensor(kind, 1, 3)
    .filter((x) => x.shape.some((n) => n > 0))
    .chain((x) => fc.tuple(fc.constant(x), arbitrary.axis(x.ndim)))
    .filter(([x, axis]) => (x.shape.at(axis) ?? 0) > 0)
    .chain(([x, axis]) => {
      const n = x.shape.at(axis) ?? 0;
      const index = fc.integer({ min: -n, max: n - 1 });
      const indices = arbitrary.shape(0, 2).chain((dims) => arbitrary.tensorOf(dims, 'i32', index));
      return fc.tuple(fc.constant(x), fc.constant(axis < 0 ? axis + x.ndim : axis), indices);
    });

const wrapped = (i: number, n: number): number => (i < 0 ? i + n : i);

describe('take', () => {
  test('replaces an axis by the axes of the indices (property)', () => {
    fc.assert(
      fc.property(setting(arbitrary.dtype), ([x, axis, indices]) => {
        const [grid, picked] = [toGrid(x), toGrid(indices)];
        const shape = x.shape.toSpliced(axis, 1, ...indices.shape);
        const expected = makeGrid(x.dtype, shape, (index) => {
          const i = at(picked, index.slice(axis, axis + indices.ndim));
          return at(grid, index.toSpliced(axis, indices.ndim, wrapped(i, x.shape[axis])));
        });
        expectGrid(take(x, indices, axis), expected);
        expectGrid(take(x, indices, axis - x.ndim), expected);
      }),
    );
  });

  test('throws outside, and inside a transformation reads 0', () => {
    const x = tensor([1, 2, 3]);
    const outside = tensor([3, -4, -1], 'i32');
    expect(() => take(x, outside)).toThrow(new ShapeError('take: index 3 is outside an axis of size 3'));
    expect(() => take(x, tensor([-4], 'i32'))).toThrow('take: index -4 is outside');
    expect(jit((i: Tensor) => take(x, i))(outside).toArray()).toEqual([0, 0, 3]);
    expect(take(zeros([0]), zeros([0], 'i32')).shape).toEqual([0]);
  });

  test('refuses indices that are no whole numbers', () => {
    expect(() => take(zeros([3]), tensor([1], 'f32'))).toThrow(
      new DTypeError("take: indices are f32[1]; they must be whole numbers: astype(indices, 'i32')"),
    );
    expect(() => take(zeros([3]), tensor([true, false, true]))).toThrow(DTypeError);
    expect(() => take(zeros([3]), tensor(0, 'i32'), 1)).toThrow('take: axis 1 is outside');
  });
});

describe('takeAlongAxis', () => {
  test('picks along each line by itself; the other axes broadcast', () => {
    const x = tensor([
      [10, 20, 30],
      [40, 50, 60],
    ]);
    const i = tensor(
      [
        [2, 0],
        [-1, 1],
      ],
      'i32',
    );
    expect(takeAlongAxis(x, i).toArray()).toEqual([
      [30, 10],
      [60, 50],
    ]);
    expect(takeAlongAxis(x, tensor([[1, 0, 1]], 'i32'), 0).toArray()).toEqual([[40, 20, 60]]);
    expect(takeAlongAxis(x, tensor([[2]], 'i32')).toArray()).toEqual([[30], [60]]);
    expect(takeAlongAxis(tensor([[7, 8]]), tensor([[0], [1]], 'i32')).toArray()).toEqual([[7], [8]]);
  });

  test('is an index loop (property)', () => {
    fc.assert(
      fc.property(
        setting(arbitrary.dtype),
        fc.integer({ min: 0, max: 3 }),
        fc.nat(),
        ([x, axis], k, seed) => {
          const n = x.shape[axis];
          const shape = x.shape.with(axis, k);
          const picks = makeGrid(
            'i32',
            shape,
            (index) => (index.reduce((a, b) => 7 * a + b, seed % 1000) % (2 * n)) - n,
          );
          const expected = makeGrid(x.dtype, shape, (index) =>
            at(toGrid(x), index.with(axis, wrapped(at(picks, index), n))),
          );
          expectGrid(takeAlongAxis(x, toTensor(picks), axis), expected);
        },
      ),
    );
  });

  test('refuses other numbers of axes, and shapes that do not broadcast', () => {
    expect(() => takeAlongAxis(zeros([2, 3]), zeros([2], 'i32'))).toThrow(
      new ShapeError('takeAlongAxis: [2, 3] and indices [2] differ in axes'),
    );
    expect(() => takeAlongAxis(zeros([2, 3]), zeros([4, 1], 'i32'))).toThrow(
      'takeAlongAxis: shapes [2] and [4] do not broadcast',
    );
    expect(() => takeAlongAxis(zeros([2, 3]), tensor([[3]], 'i32'))).toThrow(
      'index 3 is outside an axis of size 3',
    );
  });
});

describe('scatterAdd', () => {
  test('adds updates at indices, repeated ones too (property)', () => {
    fc.assert(
      fc.property(setting(fc.constant('i32')), fc.nat(100), ([x, axis, indices], seed) => {
        const n = x.shape[axis];
        const shape = x.shape.toSpliced(axis, 1, ...indices.shape);
        const updates = makeGrid('i32', shape, (index) => (index.reduce((a, b) => 5 * a + b, seed) % 19) - 9);
        const sums = toGrid(x).data.slice();
        const strideOf = (index: readonly number[]): number =>
          index.reduce((p, i, d) => p * x.shape[d] + i, 0);
        for (const index of everyIndex(shape)) {
          const i = wrapped(at(toGrid(indices), index.slice(axis, axis + indices.ndim)), n);
          sums[strideOf(index.toSpliced(axis, indices.ndim, i))] += at(updates, index);
        }
        expectGrid(scatterAdd(x, indices, toTensor(updates), axis), {
          ...toGrid(x),
          data: sums.map((v) => v | 0),
        });
      }),
    );
  });

  test('broadcasts updates, promotes, and takes one index', () => {
    const x = tensor([1, 2, 3], 'i32');
    const y = scatterAdd(x, tensor([0, 0, 2], 'i32'), tensor(0.5));
    expect([y.dtype, y.toArray()]).toEqual(['f32', [2, 2, 3.5]]);
    expect(scatterAdd(zeros([2, 2]), tensor(1, 'i32'), tensor([5, 6]), 1).toArray()).toEqual([
      [0, 5],
      [0, 6],
    ]);
  });

  test('throws outside, and inside a transformation adds nothing', () => {
    const add = (i: Tensor): Tensor => scatterAdd(zeros([2]), i, tensor([1, 10, 100]));
    const outside = tensor([2, -1, -3], 'i32');
    expect(() => add(outside)).toThrow(new ShapeError('scatterAdd: index 2 is outside an axis of size 2'));
    expect(jit(add)(outside).toArray()).toEqual([0, 10]);
  });

  test('refuses updates that do not fit', () => {
    expect(() => scatterAdd(zeros([3]), tensor([0, 1], 'i32'), zeros([3]))).toThrow(ShapeError);
    expect(() => scatterAdd(zeros([3]), tensor([0.5]), zeros([1]))).toThrow('scatterAdd: indices are f32[1]');
    expect(scatterAdd(zeros([2], 'bool'), [0, 0], [true, true]).toArray()).toEqual([2, 0]);
  });
});

describe('oneHot', () => {
  test('has 1 at each label, and nothing for labels outside', () => {
    const x = oneHot(tensor([2, 0, -1, 3], 'i32'), 3);
    expect([x.dtype, x.toArray()]).toEqual([
      'f32',
      [
        [0, 0, 1],
        [1, 0, 0],
        [0, 0, 0],
        [0, 0, 0],
      ],
    ]);
    expect(oneHot(tensor(1, 'i32'), 2, 'bool').toArray()).toEqual([false, true]);
    expect(oneHot(zeros([2, 2], 'i32'), 1).shape).toEqual([2, 2, 1]);
    expect(oneHot(zeros([2], 'i32'), 0).shape).toEqual([2, 0]);
    expect(() => oneHot(tensor([1], 'f32'), 2)).toThrow(
      'oneHot: labels are f32[1]; they must be whole numbers',
    );
  });
});
