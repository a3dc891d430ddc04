// Sorting: order, stability and NaN, up and down; topK; running sums.
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import { argsort, cumsum, mul, sort, sum, tensor, topK, zeros } from '../../src/ops/index.ts';
import { ShapeError, type Tensor } from '../../src/tensor/index.ts';
import { grad } from '../../src/transforms/index.ts';
import * as arbitrary from '../helpers/arbitraries.ts';
import { at, expectGrid, expectNumbers, type Grid, makeGrid, toGrid } from '../helpers/grids.ts';

beforeAll(() => {
  useEngine('reference');
});

/** Less than 0 where a comes first in rising order, in which NaN is greatest. */
const rising = (a: number, b: number): number =>
  Number.isNaN(a) || Number.isNaN(b)
    ? Number(Number.isNaN(a)) - Number(Number.isNaN(b))
    : a < b
      ? -1
      : Number(a > b);

const withAxis = arbitrary.dtype.chain((d) =>
  arbitrary
    .shape(1, 3)
    .chain((dims) =>
      fc.tuple(arbitrary.tensorOf(dims, d, arbitrary.anyValue[d]), arbitrary.axis(dims.length)),
    ),
);

/** Positions in order of each line along `axis`. */
function orders(x: Tensor, axis: number, descending: boolean): Grid {
  const grid = toGrid(x);
  const a = axis < 0 ? axis + x.ndim : axis;
  return makeGrid('i32', x.shape, (index) => {
    const line = Array.from({ length: x.shape[a] }, (_, i) => at(grid, index.with(a, i)));
    const order = line
      .map((_, i) => i)
      .sort((i, j) => (descending ? rising(line[j], line[i]) : rising(line[i], line[j])) || i - j);
    return order[index[a]];
  });
}

describe('argsort and sort', () => {
  test.each([false, true])(
    'order any axis of any dtype, equals as they stood, descending %s (property)',
    (down) => {
      fc.assert(
        fc.property(withAxis, ([x, axis]) => {
          const expected = orders(x, axis, down);
          const grid = toGrid(x);
          const a = axis < 0 ? axis + x.ndim : axis;
          expectGrid(argsort(x, axis, down), expected);
          expectGrid(
            sort(x, axis, down),
            makeGrid(x.dtype, x.shape, (index) => at(grid, index.with(a, at(expected, index)))),
          );
        }),
      );
    },
  );

  test('put NaN last going up and first going down', () => {
    const x = tensor([2, NaN, 1, Infinity, -Infinity]);
    expectNumbers(sort(x).data, [-Infinity, 1, 2, Infinity, NaN]);
    expectNumbers(sort(x, -1, true).data, [NaN, Infinity, 2, 1, -Infinity]);
  });

  test('keep equals in order both ways', () => {
    const x = tensor([1, 0, 1, 0], 'i32');
    expect(argsort(x).toArray()).toEqual([1, 3, 0, 2]);
    expect(argsort(x, 0, true).toArray()).toEqual([0, 2, 1, 3]);
  });

  test('pass the derivative to where each entry came from', () => {
    const w = tensor([1, 10, 100], 'f64');
    const f = grad((x: Tensor) => sum(mul(sort(x), w)));
    expect(f(tensor([3, 1, 2], 'f64')).toArray()).toEqual([100, 1, 10]);
  });

  test('refuse a number', () => {
    expect(() => sort(tensor(1))).toThrow(
      new ShapeError('sort: axis -1 is outside a tensor of 0 dimensions'),
    );
  });
});

describe('topK', () => {
  test('gives the greatest in falling order, and where they were (property)', () => {
    const setting = withAxis.chain(([x, axis]) =>
      fc.tuple(fc.constant(x), fc.constant(axis), fc.nat(x.shape.at(axis) ?? 0)),
    );
    fc.assert(
      fc.property(setting, ([x, axis, k]) => {
        const a = axis < 0 ? axis + x.ndim : axis;
        const all = orders(x, axis, true);
        const shape = x.shape.with(a, k);
        const { values, indices } = topK(x, k, axis);
        expectGrid(
          indices,
          makeGrid('i32', shape, (index) => at(all, index)),
        );
        expectGrid(
          values,
          makeGrid(x.dtype, shape, (index) => at(toGrid(x), index.with(a, at(all, index)))),
        );
      }),
    );
  });

  test.each([4, -1, 1.5])('refuses %s of 3', (k) => {
    expect(() => topK(zeros([2, 3]), k)).toThrow(new ShapeError(`topK: ${k} of axis 1 of [2, 3]`));
  });
});

describe('cumsum', () => {
  test('sums along an axis, bools as whole numbers', () => {
    expect(cumsum(tensor([1, 2, 3])).toArray()).toEqual([1, 3, 6]);
    expect(
      cumsum(
        tensor([
          [1, 2],
          [3, 4],
        ]),
        0,
      ).toArray(),
    ).toEqual([
      [1, 2],
      [4, 6],
    ]);
    const counted = cumsum(tensor([true, false, true]));
    expect([counted.dtype, counted.toArray()]).toEqual(['i32', [1, 1, 2]]);
    expect(cumsum(zeros([0])).shape).toEqual([0]);
    expect(() => cumsum(zeros([2]), 1)).toThrow('cumsum: axis 1 is outside a tensor of 1 dimension');
  });
});
