// slice: NumPy's basic indexing, against a naive reading of Python's rules.
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import { arange, reshape, slice, tensor, zeros } from '../../src/ops/index.ts';
import { ShapeError, type Tensor } from '../../src/tensor/index.ts';
import * as arbitrary from '../helpers/arbitraries.ts';
import { at, expectGrid, makeGrid, toGrid } from '../helpers/grids.ts';
import { slicePositions } from '../helpers/numpy.ts';

beforeAll(() => {
  useEngine('reference');
});

const counted = (...shape: number[]): Tensor => reshape(arange(shape.reduce((a, b) => a * b, 1)), shape);

const bound = fc.oneof(fc.constant(''), fc.integer({ min: -7, max: 7 }).map(String));
const step = fc.oneof(
  fc.constant(''),
  fc
    .integer({ min: -4, max: 4 })
    .filter((n) => n !== 0)
    .map(String),
);
const textRange = fc.oneof(
  fc.tuple(bound, bound).map(([a, b]) => `${a}:${b}`),
  fc.tuple(bound, bound, step).map(([a, b, c]) => `${a}:${b}:${c}`),
);

describe('slice', () => {
  test('picks what Python picks from each axis (property)', () => {
    const setting = arbitrary
      .shape(1, 3)
      .chain((shape) =>
        fc.tuple(
          arbitrary.tensorOf(shape, 'i32'),
          fc.tuple(
            ...shape.map((n) => fc.oneof(textRange, n > 0 ? fc.integer({ min: -n, max: n - 1 }) : textRange)),
          ),
        ),
      );
    fc.assert(
      fc.property(setting, ([x, indices]) => {
        const positions = indices.map((index, axis) =>
          typeof index === 'string'
            ? slicePositions(index, x.shape[axis])
            : [index < 0 ? index + x.shape[axis] : index],
        );
        const kept = indices.flatMap((index, axis) => (typeof index === 'string' ? [axis] : []));
        const grid = toGrid(x);
        const expected = makeGrid(
          'i32',
          kept.map((axis) => positions[axis].length),
          (index) =>
            at(
              grid,
              positions.map((list, axis) => list[kept.includes(axis) ? index[kept.indexOf(axis)] : 0]),
            ),
        );
        expectGrid(slice(x, ...indices), expected);
      }),
      { numRuns: 500 },
    );
  });

  test('takes what is left for axes that are not named', () => {
    const x = counted(2, 3);
    expect(slice(x).toArray()).toEqual(x.toArray());
    expect(slice(x, 1).toArray()).toEqual([3, 4, 5]);
    expect(slice(x, -1, -1).item()).toBe(5);
    expect(slice(x, ':', 1).toArray()).toEqual([1, 4]);
  });

  test("lets '...' stand for all axes between", () => {
    const x = counted(2, 3, 4);
    expect(slice(x, '...', 0).shape).toEqual([2, 3]);
    expect(slice(x, 1, '...', 2).toArray()).toEqual([14, 18, 22]);
    expect(slice(x, '...').shape).toEqual([2, 3, 4]);
    expect(slice(x, 0, '...', 0, 0).item()).toBe(0);
    expect(slice(x, 0, 1, 2, '...').item()).toBe(6);
  });

  test('makes new axes for null', () => {
    const x = counted(2, 3);
    expect(slice(x, null).shape).toEqual([1, 2, 3]);
    expect(slice(x, ':', null, '::2').shape).toEqual([2, 1, 2]);
    expect(slice(x, '...', null).shape).toEqual([2, 3, 1]);
    expect(slice(tensor(3), null, null).shape).toEqual([1, 1]);
    expect(slice(x, 1, null, 2).toArray()).toEqual([5]);
  });

  test('goes backwards, and out of empty axes', () => {
    expect(slice(arange(5), '::-1').toArray()).toEqual([4, 3, 2, 1, 0]);
    expect(slice(arange(5), '-2:0:-2').toArray()).toEqual([3, 1]);
    expect(slice(zeros([0, 2]), '::-1').shape).toEqual([0, 2]);
    expect(slice(zeros([0, 2]), '3:9').shape).toEqual([0, 2]);
    expect(slice(arange(3), '9:0').shape).toEqual([0]);
    expect(slice(arange(3), ' 1 : ').toArray()).toEqual([1, 2]);
  });

  test.each([
    [[2], 'slice: position 2 is outside axis 0 of [2, 3]'],
    [[0, -4], 'slice: position -4 is outside axis 1 of [2, 3]'],
    [[0.5], 'slice: position 0.5 is outside axis 0 of [2, 3]'],
    [[NaN], 'slice: position NaN is outside axis 0 of [2, 3]'],
    [[0, 0, 0], 'slice: 3 indices for shape [2, 3], which has 2 axes'],
    [['...', '...'], "slice: more than one '...'"],
    [['1'], "slice: '1' is not a range; write 'start:stop', 'start:stop:step' or ':'"],
    [['a:b'], "slice: 'a:b' is not a range"],
    [['1:2:3:4'], "slice: '1:2:3:4' is not a range"],
    [['0.5:'], "slice: '0.5:' is not a range"],
    [[''], "slice: '' is not a range"],
    [['::0'], "slice: '::0' has step 0"],
  ])('refuses %j', (indices, message) => {
    expect(() => slice(zeros([2, 3]), ...indices)).toThrow(ShapeError);
    expect(() => slice(zeros([2, 3]), ...indices)).toThrow(message);
  });
});
