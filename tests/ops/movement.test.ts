// Ops that move elements: shapes, axes from the end, and the identities that NumPy's have.
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import * as ops from '../../src/ops/index.ts';
import { arange, tensor, zeros } from '../../src/ops/index.ts';
import { ShapeError, type Tensor } from '../../src/tensor/index.ts';
import * as arbitrary from '../helpers/arbitraries.ts';
import { at, expectGrid, expectSame, makeGrid, toGrid } from '../helpers/grids.ts';

beforeAll(() => {
  useEngine('reference');
});

const counted = (...shape: number[]): Tensor => ops.reshape(arange(shape.reduce((a, b) => a * b, 1)), shape);

/** A tensor and an axis of it. */
const withAxis = arbitrary
  .anyTensor(arbitrary.dtype, 1, 3)
  .chain((x) => fc.tuple(fc.constant(x), arbitrary.axis(x.ndim)));
const positive = (x: Tensor, axis: number): number => (axis < 0 ? axis + x.ndim : axis);

describe('reshape and ravel', () => {
  test('keep the order of elements', () => {
    expect(ops.reshape(arange(6), [2, 3]).toArray()).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(ops.ravel(counted(2, 1, 3)).toArray()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(ops.ravel(tensor(7)).shape).toEqual([1]);
  });

  test('work out one size', () => {
    expect(ops.reshape(arange(6), [-1, 2]).shape).toEqual([3, 2]);
    expect(ops.reshape(arange(6), [-1]).shape).toEqual([6]);
    expect(ops.reshape(arange(6), [2, -1, 3]).shape).toEqual([2, 1, 3]);
    expect(ops.reshape(zeros([0, 3]), [-1, 3]).shape).toEqual([0, 3]);
  });

  test.each([
    [[4], 'reshape: [6] (6 elements) does not fit [4]'],
    [[-1, 4], 'reshape: [6] (6 elements) does not fit [-1, 4]'],
    [[-1, -1], 'reshape: shape [-1, -1] has more than one −1'],
    [[-1, 0], 'reshape: [6] (6 elements) does not fit [-1, 0]'],
    [[-2, -3], 'reshape: shape [-2, -3] has size -2; sizes are whole numbers ≥ 0'],
    [[1.5, 4], 'reshape: [6] (6 elements) does not fit [1.5, 4]'],
  ])('refuse %j', (shape, message) => {
    expect(() => ops.reshape(arange(6), shape)).toThrow(new ShapeError(message));
  });
});

describe('transpose, moveaxis and swapaxes', () => {
  test('transpose reverses the axes unless told otherwise', () => {
    const x = counted(2, 3, 4);
    expect(ops.transpose(x).shape).toEqual([4, 3, 2]);
    expect(ops.transpose(x, [1, -1, 0]).shape).toEqual([3, 4, 2]);
    expect(ops.slice(ops.transpose(x, [1, 2, 0]), 2, 3, 1).item()).toBe(23);
    expect(ops.transpose(tensor(1)).shape).toEqual([]);
  });

  test('transpose undoes itself (property)', () => {
    fc.assert(
      fc.property(arbitrary.anyTensor(), (x) => {
        expectSame(ops.transpose(ops.transpose(x)), x);
      }),
    );
  });

  test('moveaxis moves one axis and keeps the order of the others (property)', () => {
    const setting = withAxis.chain(([x, from]) =>
      fc.tuple(fc.constant(x), fc.constant(from), arbitrary.axis(x.ndim)),
    );
    fc.assert(
      fc.property(setting, ([x, from, to]) => {
        const grid = toGrid(x);
        const [a, b] = [positive(x, from), positive(x, to)];
        const shape = x.shape.toSpliced(a, 1).toSpliced(b, 0, x.shape[a]);
        const expected = makeGrid(x.dtype, shape, (index) =>
          at(grid, index.toSpliced(b, 1).toSpliced(a, 0, index[b])),
        );
        expectGrid(ops.moveaxis(x, from, to), expected);
      }),
    );
  });

  test('swapaxes swaps two', () => {
    expect(ops.swapaxes(counted(2, 3, 4), 0, -1).shape).toEqual([4, 3, 2]);
    expectSame(ops.swapaxes(counted(2, 3), 0, 1), ops.transpose(counted(2, 3)));
  });

  test('refuse axes that are not there, and orders that are none', () => {
    expect(() => ops.transpose(zeros([2, 3]), [0])).toThrow(
      new ShapeError('transpose: [0] is not an order of the axes of [2, 3]'),
    );
    expect(() => ops.transpose(zeros([2, 3]), [0, -2])).toThrow('[0, -2] is not an order');
    expect(() => ops.transpose(zeros([2]), [1])).toThrow(
      'transpose: axis 1 is outside a tensor of 1 dimension',
    );
    expect(() => ops.moveaxis(zeros([2]), 0, 1)).toThrow('moveaxis: axis 1 is outside');
    expect(() => ops.swapaxes(zeros([2]), -2, 0)).toThrow('swapaxes: axis -2 is outside');
  });
});

describe('expandDims and squeeze', () => {
  test('undo each other at any axis (property)', () => {
    const setting = arbitrary.anyTensor().chain((x) => fc.tuple(fc.constant(x), arbitrary.axis(x.ndim + 1)));
    fc.assert(
      fc.property(setting, ([x, axis]) => {
        const wide = ops.expandDims(x, axis);
        expect(wide.shape.at(axis)).toBe(1);
        expectSame(ops.squeeze(wide, axis), x);
      }),
    );
  });

  test('squeeze drops all axes of size 1, or those named', () => {
    const x = zeros([1, 2, 1, 3, 1]);
    expect(ops.squeeze(x).shape).toEqual([2, 3]);
    expect(ops.squeeze(x, [0, -1]).shape).toEqual([2, 1, 3]);
    expect(ops.squeeze(x, []).shape).toEqual([1, 2, 1, 3, 1]);
    expect(() => ops.squeeze(x, 1)).toThrow(
      new ShapeError('squeeze: axis 1 of [1, 2, 1, 3, 1] is not of size 1'),
    );
    expect(() => ops.expandDims(x, 7)).toThrow('expandDims: axis 7 is outside a tensor of 6 dimensions');
  });
});

describe('flip and roll', () => {
  test('flip reverses axes, or all of them', () => {
    const x = counted(2, 3);
    expect(ops.flip(x).toArray()).toEqual([
      [5, 4, 3],
      [2, 1, 0],
    ]);
    expect(ops.flip(x, -1).toArray()).toEqual([
      [2, 1, 0],
      [5, 4, 3],
    ]);
    expect(ops.flip(x, [1, 0]).toArray()).toEqual(ops.flip(x).toArray());
    expect(() => ops.flip(x, [1, -1])).toThrow('flip: axes [1, -1] name an axis twice');
  });

  test('roll brings what leaves one end in at the other (property)', () => {
    fc.assert(
      fc.property(withAxis, fc.integer({ min: -9, max: 9 }), ([x, axis], shift) => {
        const [grid, a] = [toGrid(x), positive(x, axis)];
        const n = x.shape[a];
        const expected = makeGrid(x.dtype, x.shape, (index) =>
          at(grid, index.with(a, (((index[a] - shift) % n) + n) % n)),
        );
        expectGrid(ops.roll(x, shift, axis), expected);
      }),
    );
  });

  test('roll without an axis goes over all elements in a row', () => {
    const x = ops.reshape(ops.arange(6), [2, 3]);
    expect(ops.roll(x, 1).toArray()).toEqual([
      [5, 0, 1],
      [2, 3, 4],
    ]);
    expect(ops.roll(tensor(3), 2).toArray()).toBe(3);
  });
});

describe('concat and stack', () => {
  test('concat joins along an axis and promotes', () => {
    const x = ops.concat([tensor([1, 2], 'i32'), tensor([true]), tensor([0.5])]);
    expect([x.dtype, x.toArray()]).toEqual(['f32', [1, 2, 1, 0.5]]);
    expect(ops.concat([counted(2, 1), counted(2, 2)], -1).toArray()).toEqual([
      [0, 0, 1],
      [1, 2, 3],
    ]);
  });

  test('stack makes a new axis anywhere', () => {
    const [a, b] = [tensor([1, 2]), tensor([3, 4])];
    expect(ops.stack([a, b]).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(ops.stack([a, b], -1).toArray()).toEqual([
      [1, 3],
      [2, 4],
    ]);
    expect(ops.stack([tensor(1), tensor(2)]).toArray()).toEqual([1, 2]);
  });

  test('refuse nothing, and shapes that do not fit', () => {
    expect(() => ops.concat([])).toThrow(new ShapeError('concat: no tensors given'));
    expect(() => ops.stack([])).toThrow(new ShapeError('stack: no tensors given'));
    expect(() => ops.concat([zeros([2, 3]), zeros([2, 2])])).toThrow(
      'concat: f32[2, 3] and f32[2, 2]: shapes differ outside axis 0',
    );
    expect(() => ops.concat([zeros([2]), zeros([2, 2])])).toThrow(ShapeError);
    expect(() => ops.concat([tensor(1), tensor(2)])).toThrow('concat: axis 0 is outside a tensor of 0');
    expect(() => ops.stack([zeros([2]), zeros([3])])).toThrow(ShapeError);
  });
});

describe('split', () => {
  test('cuts into equal parts, which concat joins again (property)', () => {
    const setting = withAxis.chain(([x, axis]) =>
      fc.tuple(fc.constant(x), fc.constant(axis), fc.constantFrom(1, 2, 3, 4)),
    );
    fc.assert(
      fc.property(setting, ([x, axis, parts]) => {
        fc.pre(x.shape[positive(x, axis)] % parts === 0);
        const pieces = ops.split(x, parts, axis);
        expect(pieces).toHaveLength(parts);
        expect(new Set(pieces.map((p) => String(p.shape))).size).toBe(1);
        expectSame(ops.concat(pieces, axis), x);
      }),
    );
  });

  test('cuts before positions', () => {
    expect(ops.split(arange(5), [1, 3]).map((x) => x.toArray())).toEqual([[0], [1, 2], [3, 4]]);
    expect(ops.split(arange(3), []).map((x) => x.toArray())).toEqual([[0, 1, 2]]);
    expect(ops.split(counted(2, 2), [1], 1).map((x) => x.toArray())).toEqual([
      [[0], [2]],
      [[1], [3]],
    ]);
    expect(ops.split(arange(2), [5]).map((x) => x.shape)).toEqual([[2], [0]]);
  });

  test.each([2, 0, -1, 1.5])('refuses %s parts of 5', (parts) => {
    expect(() => ops.split(arange(5), parts)).toThrow(
      new ShapeError(`split: axis 0 of [5] does not divide into ${parts} parts`),
    );
  });
});

describe('pad', () => {
  test('adds before and after each axis, of any dtype (property)', () => {
    const width = fc.integer({ min: 0, max: 2 });
    const setting = arbitrary
      .anyTensor(arbitrary.dtype, 1)
      .chain((x) => fc.tuple(fc.constant(x), fc.tuple(...x.shape.map(() => fc.tuple(width, width)))));
    fc.assert(
      fc.property(setting, fc.constantFrom(0, 1, -3), ([x, pairs], given) => {
        const value = x.dtype === 'u8' ? Math.abs(given) : given;
        const filler = x.dtype === 'bool' ? Number(value !== 0) : value;
        const grid = toGrid(x);
        const shape = x.shape.map((n, i) => n + pairs[i][0] + pairs[i][1]);
        const expected = makeGrid(x.dtype, shape, (index) => {
          const source = index.map((i, axis) => i - pairs[axis][0]);
          return source.every((i, axis) => i >= 0 && i < x.shape[axis]) ? at(grid, source) : filler;
        });
        expectGrid(ops.pad(x, pairs, value), expected);
      }),
    );
  });

  test('takes one width for all, or one pair for all', () => {
    expect(ops.pad(tensor([1]), 1).toArray()).toEqual([0, 1, 0]);
    expect(ops.pad(tensor([[1]]), [1, 0], 9).toArray()).toEqual([
      [9, 9],
      [9, 1],
    ]);
    expect(ops.pad(tensor(5), 3).item()).toBe(5);
  });

  test('pads with infinities and NaN', () => {
    expect(ops.pad(tensor([1], 'f32'), 1, -Infinity).toArray()).toEqual([-Infinity, 1, -Infinity]);
    expect(ops.pad(tensor([1], 'f32'), [1, 0], NaN).toArray()).toEqual([NaN, 1]);
  });

  test('refuses widths that do not fit', () => {
    expect(() => ops.pad(zeros([2, 3]), -1)).toThrow(ShapeError);
    expect(() => ops.pad(zeros([2, 3]), [[1, 1]])).toThrow(
      new ShapeError('pad: 1 pairs of widths for shape [2, 3], which has 2 axes'),
    );
  });
});

describe('tile and repeat', () => {
  test('tile lays copies side by side (property)', () => {
    const setting = fc.tuple(
      arbitrary.anyTensor(arbitrary.dtype, 0, 2),
      fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }),
    );
    fc.assert(
      fc.property(setting, ([x, reps]) => {
        const ndim = Math.max(x.ndim, reps.length);
        const wide = ops.reshape(x, [...new Array<number>(ndim - x.ndim).fill(1), ...x.shape]);
        const counts = [...new Array<number>(ndim - reps.length).fill(1), ...reps];
        const grid = toGrid(wide);
        const expected = makeGrid(
          x.dtype,
          wide.shape.map((n, i) => n * counts[i]),
          (index) =>
            at(
              grid,
              index.map((i, axis) => i % wide.shape[axis]),
            ),
        );
        expectGrid(ops.tile(x, reps), expected);
      }),
    );
  });

  test('repeat repeats each entry in place (property)', () => {
    fc.assert(
      fc.property(withAxis, fc.integer({ min: 0, max: 3 }), ([x, axis], count) => {
        const [grid, a] = [toGrid(x), positive(x, axis)];
        const expected = makeGrid(x.dtype, x.shape.with(a, x.shape[a] * count), (index) =>
          at(grid, index.with(a, Math.floor(index[a] / count))),
        );
        expectGrid(ops.repeat(x, count, axis), expected);
      }),
    );
  });
});
