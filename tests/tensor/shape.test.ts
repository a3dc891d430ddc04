// Shapes and axes: strides, broadcasting, and the errors that every op passes on.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  broadcastShapes,
  checkShape,
  normalizeAxes,
  normalizeAxis,
  range,
  ShapeError,
  sameShape,
  showShape,
  sizeOf,
  stridesOf,
  without,
} from '../../src/tensor/index.ts';
import * as arbitrary from '../helpers/arbitraries.ts';
import { everyIndex } from '../helpers/grids.ts';
import { commonShape } from '../helpers/numpy.ts';

describe('Shapes', () => {
  test('have sizes and names', () => {
    expect([sizeOf([]), sizeOf([2, 3]), sizeOf([2, 0])]).toEqual([1, 6, 0]);
    expect([showShape([]), showShape([2, 3])]).toEqual(['[]', '[2, 3]']);
    expect([sameShape([2], [2]), sameShape([2], [2, 1]), sameShape([], [])]).toEqual([true, false, true]);
  });

  test('have strides that number the elements in row-major order (property)', () => {
    fc.assert(
      fc.property(arbitrary.shape(), (shape) => {
        const strides = stridesOf(shape);
        const offsets = everyIndex(shape).map((index) =>
          index.reduce((sum, i, axis) => sum + i * strides[axis], 0),
        );
        expect(offsets).toEqual(range(sizeOf(shape)));
      }),
    );
  });

  test('are whole numbers that multiply to less than 2³¹', () => {
    expect(checkShape('f', [2 ** 31 - 1])).toEqual([2 ** 31 - 1]);
    expect(() => checkShape('f', [2 ** 31])).toThrow(
      new ShapeError('f: shape [2147483648] has more than 2147483647 elements'),
    );
    for (const n of [-1, 0.5, NaN, Infinity])
      expect(() => checkShape('f', [2, n])).toThrow(
        new ShapeError(`f: shape [2, ${n}] has size ${n}; sizes are whole numbers ≥ 0`),
      );
  });
});

describe('broadcastShapes', () => {
  test('stretches sizes 1 and missing axes (property)', () => {
    const three = arbitrary
      .shape()
      .chain((s) =>
        fc.tuple(arbitrary.broadcastable(s), arbitrary.broadcastable(s), arbitrary.broadcastable(s)),
      );
    fc.assert(
      fc.property(three, (shapes) => {
        expect(broadcastShapes('f', ...shapes)).toEqual(commonShape(...shapes));
      }),
    );
  });

  test('of nothing is a number', () => {
    expect([broadcastShapes('f'), broadcastShapes('f', [])]).toEqual([[], []]);
  });

  test('names all shapes and the sizes that differ', () => {
    expect(() => broadcastShapes('f', [2, 3], [4, 1], [2])).toThrow(
      new ShapeError('f: shapes [2, 3] and [4, 1] and [2] do not broadcast (sizes 2 and 4 differ)'),
    );
    expect(() => broadcastShapes('f', [3], [0])).toThrow('do not broadcast (sizes 3 and 0 differ)');
  });
});

describe('Axes', () => {
  test('count from the end when they are negative', () => {
    expect([normalizeAxis('f', -1, 3), normalizeAxis('f', 0, 3), normalizeAxis('f', -3, 3)]).toEqual([
      2, 0, 0,
    ]);
    expect(normalizeAxes('f', [-1, 0], 3)).toEqual([0, 2]);
    expect([normalizeAxes('f', undefined, 2), normalizeAxes('f', 1, 2), normalizeAxes('f', [], 2)]).toEqual([
      [0, 1],
      [1],
      [],
    ]);
  });

  test.each([
    [3, 3, 'f: axis 3 is outside a tensor of 3 dimensions'],
    [-4, 3, 'f: axis -4 is outside a tensor of 3 dimensions'],
    [1, 1, 'f: axis 1 is outside a tensor of 1 dimension'],
    [0, 0, 'f: axis 0 is outside a tensor of 0 dimensions'],
    [0.5, 2, 'f: axis 0.5 is outside a tensor of 2 dimensions'],
    [NaN, 2, 'f: axis NaN is outside a tensor of 2 dimensions'],
  ])('refuse %s of %s', (axis, ndim, message) => {
    expect(() => normalizeAxis('f', axis, ndim)).toThrow(new ShapeError(message));
  });

  test('are named once', () => {
    expect(() => normalizeAxes('f', [0, -2], 2)).toThrow(
      new ShapeError('f: axes [0, -2] name an axis twice'),
    );
    expect(without(['a', 'b', 'c'], [0, 2])).toEqual(['b']);
  });
});
