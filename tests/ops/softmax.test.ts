// The softmax family: against its formulas, at values that overflow, and where rows are −∞.
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import { logSoftmax, logsumexp, softmax, sum, tensor, zeros } from '../../src/ops/index.ts';
import { grad } from '../../src/transforms/index.ts';
import * as arbitrary from '../helpers/arbitraries.ts';
import { at, everyIndex, expectGrid, expectNumbers, makeGrid, toGrid } from '../helpers/grids.ts';
import { reduceBy } from '../helpers/numpy.ts';

beforeAll(() => {
  useEngine('reference');
});

const total = (x: number[]): number => x.reduce((a, b) => a + b, 0);

/** log Σ eˣ, by the formula that does not overflow. */
const logOfSum = (x: number[]): number => {
  const top = Math.max(...x);
  return top + Math.log(total(x.map((v) => Math.exp(v - top))));
};

const setting = arbitrary
  .anyTensor(fc.constant('f64'), 1, 3)
  .filter((x) => x.shape.every((n) => n > 0))
  .chain((x) => fc.tuple(fc.constant(x), arbitrary.axis(x.ndim)));

describe('logsumexp', () => {
  test('is its formula over any axes (property)', () => {
    const some = arbitrary
      .anyTensor(fc.constant('f64'), 0, 3)
      .filter((x) => x.shape.every((n) => n > 0))
      .chain((x) => fc.tuple(fc.constant(x), arbitrary.axes(x.ndim), fc.boolean()));
    fc.assert(
      fc.property(some, ([x, axes, keepdims]) => {
        const expected = reduceBy(toGrid(x), axes, keepdims, 'f64', logOfSum);
        const result = logsumexp(x, axes, keepdims);
        expect(result.shape).toEqual(expected.shape);
        expectNumbers(result.data, expected.data, 1e-13);
      }),
    );
  });

  test('overflows nowhere', () => {
    expect(logsumexp(tensor([1000, 1000], 'f64')).item()).toBe(1000 + Math.LN2);
    expect(logsumexp(tensor([-1000, -1000], 'f64')).item()).toBe(-1000 + Math.LN2);
    expect(logsumexp(tensor([1e30, 0])).item()).toBe(Math.fround(1e30));
  });

  test('takes infinities for what they are', () => {
    const inf = Infinity;
    const rows = [
      [-inf, -inf],
      [-inf, 3],
      [inf, 1],
      [inf, inf],
      [NaN, 1],
    ];
    expectNumbers(logsumexp(tensor(rows, 'f64'), 1).data, [-inf, 3, inf, inf, NaN]);
  });

  test('takes whole numbers', () => {
    expectNumbers([logsumexp(tensor([0, 0], 'i32')).item()], [Math.LN2], 1e-7);
    expect(logsumexp(tensor([0, 0], 'i32')).dtype).toBe('f32');
  });

  test('has softmax as its gradient', () => {
    const x = tensor([0.3, -1, 700, 699], 'f64');
    expectNumbers(grad((y: typeof x) => logsumexp(y))(x).data, softmax(x).data, 1e-13);
  });

  test('over nothing is −∞', () => {
    expect(logsumexp(zeros([2, 0]), 1).toArray()).toEqual([-Infinity, -Infinity]);
  });
});

describe('softmax and logSoftmax', () => {
  test('are their formulas along any axis (property)', () => {
    fc.assert(
      fc.property(setting, ([x, axis]) => {
        const grid = toGrid(x);
        const a = axis < 0 ? axis + x.ndim : axis;
        const line = (index: readonly number[]): number[] =>
          Array.from({ length: x.shape[a] }, (_, i) => at(grid, index.with(a, i)));
        const logs = makeGrid('f64', x.shape, (index) => at(grid, index) - logOfSum(line(index)));
        expectNumbers(logSoftmax(x, axis).data, logs.data, 1e-12);
        expectNumbers(softmax(x, axis).data, logs.data.map(Math.exp), 1e-12);
        expectNumbers(
          sum(softmax(x, axis), axis).data,
          everyIndex(x.shape.toSpliced(a, 1)).map(() => 1),
          1e-13,
        );
      }),
    );
  });

  test('go along the last axis by default, and along several', () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    expectGrid(softmax(x), toGrid(softmax(x, 1)));
    expectNumbers([sum(softmax(x, [0, 1])).item()], [1], 1e-6);
  });

  test('are exact where softmax is nearly 0', () => {
    const x = tensor([0, -1000, 1000], 'f64');
    expect(logSoftmax(x).toArray()).toEqual([-1000, -2000, 0]);
    expect(softmax(x).toArray()).toEqual([0, 0, 1]);
  });

  test('give 0 to what is −∞, and NaN to rows of nothing else', () => {
    const x = tensor(
      [
        [-Infinity, 0],
        [-Infinity, -Infinity],
      ],
      'f64',
    );
    expectNumbers(softmax(x).data, [0, 1, NaN, NaN]);
    expectNumbers(logSoftmax(x).data, [-Infinity, 0, NaN, NaN]);
  });

  test('give finite gradients beside −∞', () => {
    const pick = grad((y: ReturnType<typeof tensor>) => sum(softmax(y)));
    expectNumbers(pick(tensor([-Infinity, 1, 1], 'f64')).data, [0, 0, 0], 1e-15);
  });
});
