// Convolution along any number of axes, with strides, dilations and padding of every kind, against its definition.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engineNames, useEngine } from '../../src/engines/index.ts';
import {
  add,
  type ConvOptions,
  conv,
  round,
  slice,
  square,
  sum,
  tensor,
  zeros,
} from '../../src/ops/index.ts';
import { ShapeError, type Tensor } from '../../src/tensor/index.ts';
import { grad, hvp, jit, vmap } from '../../src/transforms/index.ts';
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

/** [n, ...sizes, inChannels] by [...kernel, inChannels, outChannels]: each window's sum of products. */
function looped(x: Grid, w: Grid, sliding: Sliding): Grid {
  const [n, sizes] = [x.shape[0], x.shape.slice(1, -1)];
  const [inChannels, outChannels] = w.shape.slice(-2);
  const counts = counted(sizes, sliding);
  return makeGrid(x.dtype, [n, ...counts, outChannels], (index) => {
    const [image, to] = [index[0], index[index.length - 1]];
    let total = 0;
    for (const { member, place } of members(index.slice(1, -1), sizes, sliding))
      for (let from = 0; place && from < inChannels; from++)
        total += at(x, [image, ...place, from]) * at(w, [...member, from, to]);
    return total;
  });
}

interface Case {
  readonly shape: readonly number[];
  readonly weight: readonly number[];
  readonly options: ConvOptions;
  readonly sliding: Omit<Sliding, 'kernel'>;
}

const plain = (d: number): Omit<Sliding, 'kernel'> => ({
  stride: new Array(d).fill(1),
  dilation: new Array(d).fill(1),
  low: new Array(d).fill(0),
  high: new Array(d).fill(0),
});
const one = plain(1);
const two = plain(2);

const cases: Record<string, Case> = {
  'a number for padding': {
    shape: [2, 4, 5, 2],
    weight: [3, 2, 2, 3],
    options: { padding: 1 },
    sliding: { ...two, low: [1, 1], high: [1, 1] },
  },
  'a number an axis': {
    shape: [1, 4, 3, 2],
    weight: [3, 3, 2, 2],
    options: { padding: [2, 0] },
    sliding: { ...two, low: [2, 0], high: [2, 0] },
  },
  'pairs and numbers': {
    shape: [1, 4, 3, 2],
    weight: [2, 3, 2, 2],
    options: { padding: [[0, 3], 1], stride: [2, 1] },
    sliding: { ...two, stride: [2, 1], low: [0, 1], high: [3, 1] },
  },
  'padding beyond the window': {
    shape: [1, 2, 1],
    weight: [2, 1, 2],
    options: { padding: [[3, 4]] },
    sliding: { ...one, low: [3], high: [4] },
  },
  'capital letters': {
    shape: [1, 5, 4, 1],
    weight: [2, 2, 1, 1],
    options: { padding: 'VALID' },
    sliding: two,
  },
  SAME: {
    shape: [1, 5, 4, 2],
    weight: [3, 2, 2, 1],
    options: { padding: 'SAME', stride: [2, 3] },
    sliding: { ...two, stride: [2, 3], ...same([5, 4], [3, 2], [2, 3], [1, 1]) },
  },
  'a dilation': {
    shape: [2, 7, 6, 2],
    weight: [3, 2, 2, 2],
    options: { dilation: 2 },
    sliding: { ...two, dilation: [2, 2] },
  },
  'a dilation an axis, strides and zeros': {
    shape: [1, 6, 8, 1],
    weight: [2, 3, 1, 2],
    options: { dilation: [3, 2], stride: [1, 2], padding: [1, [0, 1]] },
    sliding: { stride: [1, 2], dilation: [3, 2], low: [1, 0], high: [1, 1] },
  },
  'a dilation under same': {
    shape: [1, 5, 6, 1],
    weight: [3, 2, 1, 2],
    options: { dilation: [2, 3], padding: 'same', stride: 2 },
    sliding: { stride: [2, 2], dilation: [2, 3], ...same([5, 6], [3, 2], [2, 2], [2, 3]) },
  },
  'one axis': {
    shape: [2, 9, 2],
    weight: [3, 2, 2],
    options: { dilation: 3, padding: 2, stride: 2 },
    sliding: { stride: [2], dilation: [3], low: [2], high: [2] },
  },
  'three axes': {
    shape: [1, 3, 4, 3, 1],
    weight: [2, 2, 2, 1, 2],
    options: { padding: [1, 0, [0, 1]], dilation: [1, 2, 1] },
    sliding: { stride: [1, 1, 1], dilation: [1, 2, 1], low: [1, 0, 0], high: [1, 0, 1] },
  },
  'no axis': { shape: [3, 2], weight: [2, 4], options: {}, sliding: plain(0) },
};

const slidingOf = ({ weight, sliding }: Case): Sliding => ({ ...sliding, kernel: weight.slice(0, -2) });

describe('conv', () => {
  test.each(Object.entries(cases))('with %s is its definition, and so are its derivatives', (_, it) => {
    const [x, w] = [randomTensor(it.shape, 1), randomTensor(it.weight, 2)];
    const f = (a: Tensor, b: Tensor) => conv(a, b, it.options);
    expectGrid(f(x, w), looped(toGrid(x), toGrid(w), slidingOf(it)), 1e3);
    const loss = (p: { x: Tensor; w: Tensor }) => sum(square(f(p.x, p.w)));
    const v = { x: randomTensor(it.shape, 3), w: randomTensor(it.weight, 4) };
    const [gradient, second] = [grad(loss)({ x, w }), hvp(loss, { x, w }, v)];
    const whole = directional((a, b) => loss({ x: a, w: b }), [x, w], [v.x, v.w]);
    expectNumbers([inner(gradient.x.data, v.x.data) + inner(gradient.w.data, v.w.data)], whole, 1e-8);
    for (const key of ['x', 'w'] as const) {
      const slope = (a: Tensor, b: Tensor) => grad(loss)({ x: a, w: b })[key];
      expectNumbers(second[key].data, directional(slope, [x, w], [v.x, v.w]), 1e-8);
    }
  });

  test.each(engineNames())('gives on %s what it gives on reference, with its gradient', (name) => {
    const listed = Object.values(cases);
    const whole = (shape: readonly number[], seed: number) => round(randomTensor(shape, seed, 'f32')); // exact
    const inputs = listed.map((it, i) => ({ x: whole(it.shape, i), w: whole(it.weight, i + 1) }));
    const values = (...all: typeof inputs) => all.map(({ x, w }, i) => conv(x, w, listed[i].options));
    const gradients = grad((...[all]: [typeof inputs]) =>
      values(...all).reduce((total, y) => add(total, sum(square(y))), tensor(0)),
    );
    const both = (all: typeof inputs) => [...values(...all), ...gradients(all).flatMap(({ x, w }) => [x, w])];
    const right = both(inputs);
    useEngine(name);
    const [eager, jitted] = [values(...inputs), jit(both)(inputs)];
    useEngine('reference');
    for (const results of [eager, jitted])
      results.forEach((result, i) => {
        expectSame(result, right[i]);
      });
  });

  test('counts whole numbers and bools', () => {
    const x = tensor([[[1], [-2], [3], [4]]], 'i32');
    expect(conv(x, tensor([[[2]], [[1]]], 'i32'), { dilation: 2, padding: 1 }).toArray()).toEqual([
      [[-2], [5], [0], [6]],
    ]);
    const bits = tensor([[[true], [true], [false]]]);
    expect(conv(bits, tensor([[[true]], [[true]]])).toArray()).toEqual([[[2], [1]]]);
  });

  test('of nothing is nothing, or zeros from what lies around', () => {
    const w = zeros([3, 1, 2]);
    expect(conv(zeros([2, 0, 1]), w, { padding: 'SAME', stride: 2 }).shape).toEqual([2, 0, 2]);
    expect(conv(zeros([2, 0, 1]), w, { padding: 2 }).shape).toEqual([2, 2, 2]);
    expect(conv(zeros([0, 5, 1]), w, { padding: 1, dilation: 2 }).shape).toEqual([0, 3, 2]);
  });

  test('maps over examples and weights', () => {
    const [x, w] = [randomTensor([2, 3, 6, 2], 1), randomTensor([2, 2, 2, 3], 2)];
    const f = (a: Tensor, b: Tensor) => conv(a, b, { dilation: 2, padding: [[1, 2]], stride: 2 });
    const [mapped, shared] = [vmap(f)(x, w), vmap(f, [0, null])(x, slice(w, 1))];
    [0, 1].forEach((i) => {
      expectSame(slice(mapped, i), f(slice(x, i), slice(w, i)), 1e-13);
      expectSame(slice(shared, i), f(slice(x, i), slice(w, 1)), 1e-13);
    });
  });

  const by = 'conv: [1, 5, 4, 1] by [2, 3, 1, 1]';
  const unread = (padding: string) =>
    `${by}: padding ${padding} is not 'valid', 'same', a whole number ≥ 0, or an array of such numbers or pairs [before, after], one for each of 2 axes`;
  test.each<[ConvOptions, string]>([
    [{ stride: [1, 0] }, `${by}: stride 0 is not a whole number ≥ 1`],
    [{ stride: [1, 1, 1] }, `${by}: stride [1, 1, 1] has 3 numbers for 2 axes`],
    [{ dilation: 1.5 }, `${by}: dilation 1.5 is not a whole number ≥ 1`],
    [{ dilation: 5 }, `${by}: it is smaller than the window; take padding: 'same', or smaller windows`],
    [{ padding: -1 }, unread('-1')],
    [{ padding: 0.5 }, unread('0.5')],
    [{ padding: [1] }, unread('[1]')],
    [{ padding: [[1, 2]] }, unread('[[1,2]]')],
    [{ padding: 'full' as 'same' }, unread('"full"')],
  ])('refuses %j', (options, message) => {
    expect(() => conv(zeros([1, 5, 4, 1]), zeros([2, 3, 1, 1]), options)).toThrow(new ShapeError(message));
  });
});
