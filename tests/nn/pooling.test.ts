// Pooling with windows of every kind against its definition, with derivatives, on every engine.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engineNames, useEngine } from '../../src/engines/index.ts';
import { type AvgPoolOptions, avgPool, maxPool } from '../../src/nn/index.ts';
import {
  add,
  max,
  mean,
  mul,
  reshape,
  round,
  slice,
  square,
  sum,
  tensor,
  zeros,
} from '../../src/ops/index.ts';
import { ShapeError, type Tensor } from '../../src/tensor/index.ts';
import { grad, hvp, jit, jvp, vmap } from '../../src/transforms/index.ts';
import { randomTensor } from '../helpers/draws.ts';
import { at, expectGrid, expectNumbers, expectSame, type Grid, makeGrid, toGrid } from '../helpers/grids.ts';
import { directional, inner } from '../helpers/numeric.ts';
import { counted, members, type Sliding, same } from '../helpers/windows.ts';

beforeAll(() => {
  useEngine('reference');
});
afterAll(() => {
  useEngine('reference');
});

type Reduce = (inside: number[], all: number) => number;
const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const greatest: Reduce = (inside) => Math.max(...inside);
const meanOfAll: Reduce = (inside, all) => total(inside) / all;
const meanInside: Reduce = (inside) => total(inside) / inside.length;

/** [n, ...sizes, channels] → [n, ...counts, channels], a window after the other. */
function looped(x: Grid, sliding: Sliding, reduce: Reduce): Grid {
  const sizes = x.shape.slice(1, -1);
  const [n, channels] = [x.shape[0], x.shape[x.shape.length - 1]];
  return makeGrid(x.dtype, [n, ...counted(sizes, sliding), channels], (index) => {
    const all = members(index.slice(1, -1), sizes, sliding);
    const inside = all.flatMap(({ place }) =>
      place ? [at(x, [index[0], ...place, index[index.length - 1]])] : [],
    );
    return reduce(inside, all.length);
  });
}

interface Case {
  readonly shape: readonly number[];
  readonly window: number | readonly number[];
  readonly options: Omit<AvgPoolOptions, 'countIncludePad'>;
  readonly sliding: Sliding;
}

const laid = (kernel: readonly number[], rest: Partial<Sliding> = {}): Sliding => ({
  kernel,
  stride: kernel,
  dilation: kernel.map(() => 1),
  low: kernel.map(() => 0),
  high: kernel.map(() => 0),
  ...rest,
});

const cases: Record<string, Case> = {
  'one number': { shape: [2, 4, 6, 3], window: 2, options: {}, sliding: laid([2, 2]) },
  'entries left over': { shape: [1, 5, 7, 2], window: [2, 3], options: {}, sliding: laid([2, 3]) },
  'all of the image': { shape: [2, 3, 4, 2], window: [3, 4], options: {}, sliding: laid([3, 4]) },
  'overlapping windows': {
    shape: [1, 4, 5, 2],
    window: [3, 2],
    options: { stride: 1 },
    sliding: laid([3, 2], { stride: [1, 1] }),
  },
  'windows apart': {
    shape: [1, 7, 6, 1],
    window: 2,
    options: { stride: [3, 4] },
    sliding: laid([2, 2], { stride: [3, 4] }),
  },
  'padding around': {
    shape: [1, 5, 4, 2],
    window: 3,
    options: { stride: 2, padding: 1 },
    sliding: laid([3, 3], { stride: [2, 2], low: [1, 1], high: [1, 1] }),
  },
  'other padding on each side': {
    shape: [1, 4, 3, 1],
    window: [3, 2],
    options: { padding: [[0, 2], 1] },
    sliding: laid([3, 2], { low: [0, 1], high: [2, 1] }),
  },
  'as many as before': {
    shape: [1, 5, 4, 1],
    window: [3, 2],
    options: { stride: 1, padding: 'same' },
    sliding: laid([3, 2], { stride: [1, 1], ...same([5, 4], [3, 2], [1, 1], [1, 1]) }),
  },
  'SAME and strides': {
    shape: [1, 5, 7, 1],
    window: 3,
    options: { padding: 'SAME', stride: [2, 3] },
    sliding: laid([3, 3], { stride: [2, 3], ...same([5, 7], [3, 3], [2, 3], [1, 1]) }),
  },
  'a dilation': {
    shape: [1, 6, 5, 1],
    window: 2,
    options: { dilation: [3, 2], padding: [1, 0] },
    sliding: laid([2, 2], { dilation: [3, 2], low: [1, 0], high: [1, 0] }),
  },
  'one axis': {
    shape: [2, 8, 2],
    window: [3],
    options: { stride: 2, padding: 1 },
    sliding: laid([3], { stride: [2], low: [1], high: [1] }),
  },
  'three axes': {
    shape: [1, 3, 4, 3, 1],
    window: [2, 3, 2],
    options: { stride: [1, 2, 1], padding: [0, 1, 0] },
    sliding: laid([2, 3, 2], { stride: [1, 2, 1], low: [0, 1, 0], high: [0, 1, 0] }),
  },
};

const pools: [string, (x: Tensor, it: Case) => Tensor, Reduce][] = [
  ['maxPool', (x, { window, options }) => maxPool(x, window, options), greatest],
  ['avgPool', (x, { window, options }) => avgPool(x, window, options), meanOfAll],
  [
    'avgPool of what is inside',
    (x, { window, options }) => avgPool(x, window, { ...options, countIncludePad: false }),
    meanInside,
  ],
];

describe.each(pools)('%s', (_, pool, reduce) => {
  test.each(Object.entries(cases))('of %s is its definition, and so are its derivatives', (__, it) => {
    const x = randomTensor(it.shape, 1);
    const f = (a: Tensor) => pool(a, it);
    expectGrid(f(x), looped(toGrid(x), it.sliding, reduce), 64);
    const loss = (a: Tensor) => sum(square(f(a)));
    const v = randomTensor(it.shape, 2);
    expectNumbers(jvp(f, [x], [v])[1].data, directional(f, [x], [v]), 1e-8);
    expectNumbers([inner(grad(loss)(x).data, v.data)], directional(loss, [x], [v]), 1e-8);
    expectNumbers(hvp(loss, x, v).data, directional(grad(loss), [x], [v]), 1e-8);
  });
});

describe('Pooling', () => {
  test.each(engineNames())('gives on %s what it gives on reference, with its gradient', (name) => {
    const listed = ['one number', 'overlapping windows', 'padding around', 'a dilation', 'three axes'].map(
      (it) => cases[it],
    );
    const inputs = listed.map((it, i) => round(mul(randomTensor(it.shape, i, 'f32'), 4)));
    const values = (all: readonly Tensor[]) =>
      pools.flatMap(([, pool]) => all.map((x, i) => pool(x, listed[i])));
    const gradients = grad((all: readonly Tensor[]) =>
      values(all).reduce((sums, y) => add(sums, sum(square(y))), tensor(0)),
    );
    const both = (all: readonly Tensor[]) => [...values(all), ...gradients(all)];
    const right = both(inputs);
    useEngine(name);
    const last = listed.length - 1;
    const eager = pools.map(([, pool]) => pool(inputs[last], listed[last]));
    const jitted = jit(both)(inputs);
    useEngine('reference');
    eager.forEach((result, i) => {
      expectSame(result, right[(i + 1) * listed.length - 1], 1e-6);
    });
    jitted.forEach((result, i) => {
      expectSame(result, right[i], 1e-6);
    });
  });

  test('gives what a hand computes', () => {
    // −5 2 −2 5, 1 −3 4 0, −4 3 −1 −5, 2 −2 5 1
    const x = tensor(
      Array.from({ length: 16 }, (_, i) => ((i * 7) % 11) - 5),
      'f64',
    );
    const image = reshape(x, [1, 4, 4, 1]);
    const options = { stride: 2, padding: 1 };
    expect(maxPool(image, 3, options).data).toEqual(Float64Array.of(2, 5, 3, 5));
    expectNumbers(
      avgPool(image, 3, options).data,
      [-5, 6, -3, 2].map((v) => v / 9),
      1e-15,
    );
  });

  test('several greatest share the derivative', () => {
    const x = tensor([0, 0, 0, -1, 2, 2, 1, 0], 'f64');
    const f = (a: Tensor) => sum(maxPool(reshape(a, [8, 1]), [4]));
    expectNumbers(grad(f)(x).data, [1 / 3, 1 / 3, 1 / 3, 0, 1 / 2, 1 / 2, 0, 0], 1e-15);
  });

  test('keeps NaN and infinities in their windows, and never gives the padding', () => {
    const x = reshape(tensor([NaN, 1, -Infinity, -Infinity, -7, -8]), [6, 1]);
    expectNumbers(maxPool(x, [2]).data, [NaN, -Infinity, -7]);
    expectNumbers(avgPool(x, [2]).data, [NaN, -Infinity, -7.5]);
    expectNumbers(maxPool(x, [3], { padding: 1 }).data, [NaN, -7]);
    expectNumbers(maxPool(slice(x, '4:'), [2], { padding: 1 }).data, [-7, -8]);
  });

  test('takes whole numbers and bools', () => {
    const x = reshape(tensor([-5, -3, -2, -8], 'i32'), [4, 1]);
    const greatestOf = maxPool(x, [2], { padding: 1 });
    expect([greatestOf.dtype, greatestOf.toArray()]).toEqual(['i32', [[-5], [-2], [-8]]]);
    expect(avgPool(x, [2]).toArray()).toEqual([[-4], [-5]]);
    expect(avgPool(x, [2], { padding: 1, countIncludePad: false }).toArray()).toEqual([[-5], [-2.5], [-8]]);
    expect(maxPool(reshape(tensor([false, true, false, false]), [4, 1]), [2]).toArray()).toEqual([
      [true],
      [false],
    ]);
    expect(avgPool(reshape(tensor([false, true]), [2, 1]), [2]).dtype).toBe('f32');
  });

  test('takes any leading axes, none too, no examples and no axes', () => {
    const x = randomTensor([2, 3, 4, 4, 2]);
    expectSame(slice(maxPool(x, 2), 1, 2), maxPool(slice(x, 1, 2), 2));
    expect(maxPool(zeros([0, 4, 4, 1]), 2).shape).toEqual([0, 2, 2, 1]);
    expect(maxPool(zeros([2, 0, 4, 1]), 2, { padding: 'same' }).shape).toEqual([2, 0, 2, 1]);
    expect(avgPool(zeros([2, 0, 4, 1]), 2, { padding: 'same', countIncludePad: false }).shape).toEqual([
      2, 0, 2, 1,
    ]);
    expectSame(maxPool(x, []), x);
    expectSame(avgPool(x, []), x);
  });

  test('over all of an image is the reduction', () => {
    const x = randomTensor([2, 5, 4, 3]);
    expectSame(reshape(maxPool(x, [5, 4]), [2, 3]), max(x, [1, 2]));
    expectSame(reshape(avgPool(x, [5, 4]), [2, 3]), mean(x, [1, 2]), 1e-14);
  });

  test('maps over examples', () => {
    const x = randomTensor([3, 5, 4, 2]);
    const options = { stride: 1, padding: 1 };
    for (const f of [
      (a: Tensor) => maxPool(a, 3, options),
      (a: Tensor) => avgPool(a, 3, { ...options, countIncludePad: false }),
    ])
      expectSame(vmap(f)(x), f(x), 1e-14);
  });

  test.each<[readonly number[], number | number[], AvgPoolOptions, string]>([
    [[4, 4], 2, {}, '[4, 4] by windows of [2, 2]: it needs 2 axes and one of channels'],
    [
      [4, 1, 1],
      [2, 2],
      {},
      "[4, 1, 1] by windows of [2, 2]: it is smaller than the window; take padding: 'same', or smaller windows",
    ],
    [[4, 1], [0], {}, '[4, 1] by windows of [0]: windows [0] are not whole numbers ≥ 1'],
    [[4, 1], [2], { stride: 0 }, '[4, 1] by windows of [2]: stride 0 is not a whole number ≥ 1'],
    [
      [4, 1],
      [2],
      { padding: 2 },
      '[4, 1] by windows of [2]: with padding 2 some windows lie outside; take less, or larger windows',
    ],
  ])('refuses %j by %j with %j', (shape, window, options, why) => {
    expect(() => maxPool(zeros(shape), window, options)).toThrow(new ShapeError(`maxPool: ${why}`));
    expect(() => avgPool(zeros(shape), window, options)).toThrow(new ShapeError(`avgPool: ${why}`));
  });
});
