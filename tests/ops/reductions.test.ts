// Reductions: axes, keepdims and dtypes as in NumPy, and what each gives over nothing, NaN and ties.
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import * as ops from '../../src/ops/index.ts';
import { tensor, zeros } from '../../src/ops/index.ts';
import { type DType, ShapeError, type Tensor } from '../../src/tensor/index.ts';
import * as arbitrary from '../helpers/arbitraries.ts';
import { expectGrid, expectNumbers, toGrid } from '../helpers/grids.ts';
import { computing, reduceBy } from '../helpers/numpy.ts';

beforeAll(() => {
  useEngine('reference');
});

type Reduction = (x: Tensor, axis?: number | readonly number[], keepdims?: boolean) => Tensor;

const wrap = (a: bigint): number => Number(BigInt.asIntN(32, a));
const total = (x: number[]): number => x.reduce((a, b) => a + b, 0);
const onWholes = (f: (a: bigint, b: bigint) => bigint, start: bigint) => (x: number[]) =>
  wrap(x.map(BigInt).reduce((a, b) => BigInt.asIntN(32, f(a, b)), start));
const wholeSum = onWholes((a, b) => a + b, 0n);
const wholeProduct = onWholes((a, b) => a * b, 1n);
const isWhole = (dtype: DType): boolean => computing(dtype, 'bool') === 'i32' || dtype === 'bool';
const number = (dtype: DType): DType => computing(dtype, 'u8');

/** A tensor with axes to reduce over, and whether to keep them. */
const setting = (kind: fc.Arbitrary<DType>, smallest = 0) =>
  arbitrary
    .anyTensor(kind)
    .filter((x) => x.shape.every((n) => n >= smallest))
    .chain((x) => fc.tuple(fc.constant(x), arbitrary.axes(x.ndim), fc.boolean()));

describe('Reductions', () => {
  const table: [string, Reduction, (dtype: DType) => DType, (x: number[], dtype: DType) => number][] = [
    ['sum', ops.sum, number, (x, d) => (isWhole(d) ? wholeSum(x) : total(x))],
    ['prod', ops.prod, number, (x, d) => (isWhole(d) ? wholeProduct(x) : x.reduce((a, b) => a * b, 1))],
    ['any', ops.any, () => 'bool', (x) => Number(x.some((v) => v !== 0))],
    ['all', ops.all, () => 'bool', (x) => Number(x.every((v) => v !== 0))],
    ['countNonzero', ops.countNonzero, () => 'i32', (x) => x.filter((v) => v !== 0).length],
  ];

  test.each(table)('%s goes over any axes of any dtype, also over nothing (property)', (_, op, to, f) => {
    fc.assert(
      fc.property(setting(arbitrary.dtype), ([x, axes, keepdims]) => {
        const expected = reduceBy(toGrid(x), axes, keepdims, to(x.dtype), (list) => f(list, x.dtype));
        const magnitude = {
          ...expected,
          data: reduceBy(toGrid(x), axes, keepdims, 'f64', (list) => total(list.map(Math.abs))).data,
        };
        expectGrid(op(x, axes, keepdims), expected, isWhole(to(x.dtype)) ? 'bits' : 64, magnitude);
      }),
    );
  });

  test.each([
    ['max', ops.max, Math.max],
    ['min', ops.min, Math.min],
  ] as const)('%s goes over any axes of any dtype (property)', (_, op, f) => {
    fc.assert(
      fc.property(setting(arbitrary.dtype, 1), ([x, axes, keepdims]) => {
        expectGrid(
          op(x, axes, keepdims),
          reduceBy(toGrid(x), axes, keepdims, computing(x.dtype), (list) => f(...list)),
          0,
        );
      }),
    );
  });

  test('mean gives floats (property)', () => {
    fc.assert(
      fc.property(setting(arbitrary.dtype, 1), ([x, axes, keepdims]) => {
        const dtype = x.dtype === 'f64' ? 'f64' : 'f32';
        const expected = reduceBy(toGrid(x), axes, keepdims, dtype, (list) => total(list) / list.length);
        const scale = reduceBy(toGrid(x), axes, keepdims, dtype, (list) => total(list.map(Math.abs)));
        expectGrid(ops.mean(x, axes, keepdims), expected, 8, scale);
      }),
    );
  });

  test('variance and std take away ddof (property)', () => {
    const variance = (list: number[], ddof: number): number => {
      const mean = total(list) / list.length;
      return total(list.map((v) => (v - mean) ** 2)) / (list.length - ddof);
    };
    fc.assert(
      fc.property(setting(fc.constant('f64'), 1), fc.constantFrom(0, 1), ([x, axes, keepdims], ddof) => {
        const grid = toGrid(x);
        const expected = reduceBy(grid, axes, keepdims, 'f64', (list) => variance(list, ddof));
        const scale = { ...expected, data: expected.data.map((v) => Math.max(v, 1e4)) };
        expectGrid(ops.variance(x, axes, keepdims, ddof), expected, 64, scale);
        const deviation = { ...expected, data: expected.data.map(Math.sqrt) };
        expectNumbers(ops.std(x, axes, keepdims, ddof).data, deviation.data, 1e-6);
      }),
    );
  });

  test('variance of whole numbers and of one number', () => {
    expect(ops.variance(tensor([1, 2, 3, 4], 'i32')).item()).toBe(1.25);
    expect(ops.variance(tensor([1, 2, 3, 4], 'i32')).dtype).toBe('f32');
    expectNumbers([ops.variance(tensor([1, 2, 3, 4]), 0, false, 1).item()], [5 / 3], 1e-6);
    expect(ops.variance(tensor([5]), 0, false, 0).item()).toBe(0);
    expectNumbers([ops.variance(tensor([5]), 0, false, 1).item()], [NaN]);
    expect(
      ops
        .std(
          tensor([
            [1, 3],
            [2, 6],
          ]),
          1,
        )
        .toArray(),
    ).toEqual([1, 2]);
  });

  test('name axes from the end, and keep them as 1', () => {
    const x = zeros([2, 3, 4]);
    expect(ops.sum(x, -1).shape).toEqual([2, 3]);
    expect(ops.sum(x, [-1, 0]).shape).toEqual([3]);
    expect(ops.sum(x, [-1, 0], true).shape).toEqual([1, 3, 1]);
    expect(ops.mean(x, undefined, true).shape).toEqual([1, 1, 1]);
    expect(ops.max(x, []).shape).toEqual([2, 3, 4]);
  });

  test('over nothing', () => {
    const x = zeros([0, 2]);
    expect(ops.sum(x, 0).toArray()).toEqual([0, 0]);
    expect(ops.prod(x, 0).toArray()).toEqual([1, 1]);
    expectNumbers(ops.mean(x, 0).data, [NaN, NaN]);
    expect([ops.any(x).toArray(), ops.all(x).toArray()]).toEqual([false, true]);
    expect(ops.max(x, 1).shape).toEqual([0]);
    expect(() => ops.max(x)).toThrow('max: [0, 2] has nothing to reduce over; concat');
    expect(() => ops.min(x, 0)).toThrow('min: [0, 2] has nothing to reduce over; concat');
  });

  test('max and min give NaN where there is one', () => {
    const x = tensor([
      [1, NaN],
      [3, 2],
    ]);
    expectNumbers(ops.max(x, 1).data, [NaN, 3]);
    expectNumbers(ops.min(x, 1).data, [NaN, 2]);
    expect(ops.min(tensor([-(2 ** 31), 5], 'i32')).item()).toBe(-(2 ** 31));
    expect(ops.max(tensor([-(2 ** 31), -5], 'i32')).item()).toBe(-5);
  });

  test.each([
    ['sum', (x: Tensor) => ops.sum(x, 2), 'sum: axis 2 is outside a tensor of 2 dimensions'],
    ['mean', (x: Tensor) => ops.mean(x, -3), 'mean: axis -3 is outside a tensor of 2 dimensions'],
    ['max', (x: Tensor) => ops.max(x, [0, 0]), 'max: axes [0, 0] name an axis twice'],
    ['prod', (x: Tensor) => ops.prod(x, [1, -1]), 'prod: axes [1, -1] name an axis twice'],
    ['argmax', (x: Tensor) => ops.argmax(x, 0.5), 'argmax: axis 0.5 is outside a tensor of 2 dimensions'],
    ['variance', (x: Tensor) => ops.variance(x, 5), 'variance: axis 5 is outside a tensor of 2 dimensions'],
  ])('of %s refuse axes that are not there', (_, f, message) => {
    expect(() => f(zeros([2, 2]))).toThrow(new ShapeError(message));
  });
});

describe('norm', () => {
  test('is that of its order', () => {
    const x = tensor([3, -4], 'f64');
    expect(ops.norm(x).item()).toBe(5);
    expect(ops.norm(x, 0, false, 1).item()).toBe(7);
    expect(ops.norm(x, 0, false, Infinity).item()).toBe(4);
    expectNumbers([ops.norm(x, 0, false, 3).item()], [Math.cbrt(27 + 64)], 1e-14);
    expect(
      ops
        .norm(
          tensor([
            [3, 4],
            [6, 8],
          ]),
          1,
          true,
        )
        .toArray(),
    ).toEqual([[5], [10]]);
    expect(ops.norm(tensor([3, 4], 'i32')).item()).toBe(5);
  });

  test.each([0, 0.5, -1, NaN])('refuses the order %s', (ord) => {
    expect(() => ops.norm(zeros([2]), 0, false, ord)).toThrow(
      new RangeError(`norm: order ${ord} is not a norm; take one ≥ 1`),
    );
  });
});

describe('argmax and argmin', () => {
  const first = (list: number[], better: (a: number, b: number) => boolean): number => {
    const nan = list.findIndex(Number.isNaN);
    if (nan >= 0) return nan;
    return list.findIndex((v) => !list.some((other) => better(other, v)));
  };

  test.each([
    ['argmax', ops.argmax, (a: number, b: number) => a > b],
    ['argmin', ops.argmin, (a: number, b: number) => a < b],
  ] as const)('%s is the first best along an axis or of all (property)', (_, op, better) => {
    const any = arbitrary.dtype.chain((d) =>
      arbitrary
        .shape(1, 3)
        .filter((dims) => dims.every((n) => n > 0))
        .chain((dims) =>
          fc.tuple(
            arbitrary.tensorOf(dims, d, arbitrary.anyValue[d]),
            fc.option(arbitrary.axis(dims.length), { nil: undefined }),
            fc.boolean(),
          ),
        ),
    );
    fc.assert(
      fc.property(any, ([x, axis, keepdims]) => {
        const axes = axis === undefined ? undefined : [axis];
        const expected = reduceBy(toGrid(x), axes, keepdims, 'i32', (list) => first(list, better));
        expectGrid(op(x, axis, keepdims), expected);
      }),
    );
  });

  test('take the first of equals and the first NaN', () => {
    const x = tensor([2, 5, 5, 1, 1]);
    expect([ops.argmax(x).item(), ops.argmin(x).item()]).toEqual([1, 3]);
    const y = tensor([2, NaN, 9, NaN]);
    expect([ops.argmax(y).item(), ops.argmin(y).item()]).toEqual([1, 1]);
    const z = tensor([2 ** 31 - 1, -(2 ** 31), 0], 'i32');
    expect([ops.argmax(z).item(), ops.argmin(z).item()]).toEqual([0, 1]);
    expect([ops.argmax(tensor([false, true])).item(), ops.argmin(tensor([true, false])).item()]).toEqual([
      1, 1,
    ]);
  });

  test('refuse an empty axis', () => {
    expect(() => ops.argmax(zeros([2, 0]), 1)).toThrow('argmax: [2, 0] has nothing to reduce over');
    expect(() => ops.argmin(zeros([0]))).toThrow(ShapeError);
  });
});
