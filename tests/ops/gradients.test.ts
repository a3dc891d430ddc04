// Derivatives of composed ops against finite differences, and their values where formulas have trouble.
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import * as ops from '../../src/ops/index.ts';
import { sum, tensor } from '../../src/ops/index.ts';
import type { Shape, Tensor } from '../../src/tensor/index.ts';
import { grad, vmap } from '../../src/transforms/index.ts';
import { type Draw, randomTensor } from '../helpers/draws.ts';
import { expectNumbers, expectSame } from '../helpers/grids.ts';
import { gradientOf } from '../helpers/numeric.ts';
import { expectDerivatives } from '../helpers/primitive.ts';

beforeAll(() => {
  useEngine('reference');
});

type Function = (...x: Tensor[]) => Tensor;
const i32 = (values: number[]): Tensor => tensor(values, 'i32');

const table: [string, Function, Shape[], Draw?][] = [
  ['sign', ops.sign, [[3]]],
  ['log2', ops.log2, [[3]], 'positive'],
  ['rsqrt', ops.rsqrt, [[3]], 'positive'],
  ['reciprocal', ops.reciprocal, [[3]]],
  ['tan', (x) => ops.tan(ops.mul(x, 0.3)), [[3]]],
  ['sigmoid', ops.sigmoid, [[3]]],
  ['square', ops.square, [[3]]],
  ['floorDivide', (x, y) => ops.floorDivide(ops.mul(x, 3.1), y), [[3], [3]]],
  ['pow by a number', (x) => ops.pow(x, 3), [[3]]],
  ['broadcast arithmetic', (x, y) => ops.div(ops.add(x, y), ops.sub(ops.mul(y, 5), x)), [[2, 1], [3]]],
  ['clip', (x) => ops.clip(x, -2.05, 1.55), [[5]]],
  ['where', (x, y) => ops.where(ops.greater(x, 0), ops.exp(x), y), [[3], [2, 1]]],
  ['mean', (x) => ops.mean(x, 0), [[3, 2]]],
  ['max', (x) => ops.max(x, 1), [[2, 4]]],
  ['min', (x) => ops.min(x, [0, 1], true), [[2, 4]]],
  ['prod', (x) => ops.prod(x), [[5]]],
  ['prod along an axis', (x) => ops.prod(x, 0, true), [[3, 2]]],
  ['variance', (x) => ops.variance(x, 1, false, 1), [[2, 4]]],
  ['std', (x) => ops.std(x), [[4]]],
  ['norm', (x) => ops.norm(x, 0), [[3, 2]]],
  ['norm of order 1', (x) => ops.norm(x, 0, true, 1), [[4]]],
  ['norm of order 3', (x) => ops.norm(x, 0, false, 3), [[4]]],
  ['norm of order ∞', (x) => ops.norm(x, 0, false, Infinity), [[4]]],
  ['logsumexp', (x) => ops.logsumexp(x, 0), [[3, 2]]],
  ['softmax', (x) => ops.softmax(x), [[2, 3]]],
  ['logSoftmax', (x) => ops.logSoftmax(x, 0), [[3, 2]]],
  ['sort', (x) => ops.sort(x, 0), [[4, 2]]],
  ['topK', (x) => ops.topK(x, 2).values, [[2, 4]]],
  ['cumsum', (x) => ops.cumsum(x, 0), [[3, 2]]],
  ['take', (x) => ops.take(x, i32([2, -1, 0, 2]), 1), [[2, 3]]],
  ['takeAlongAxis', (x) => ops.takeAlongAxis(x, ops.expandDims(i32([1, 0]), 1)), [[2, 3]]],
  [
    'scatterAdd',
    (x, u) => ops.scatterAdd(x, i32([0, 2, 0]), u),
    [
      [3, 2],
      [3, 2],
    ],
  ],
  ['matmul of vectors', ops.matmul as Function, [[3], [3]]],
  [
    'matmul of stacks',
    ops.matmul as Function,
    [
      [2, 2, 3],
      [3, 2],
    ],
  ],
  ['outer', ops.outer as Function, [[3], [2]]],
  ['einsum', (x, y, z) => ops.einsum('ij,jk,k->i', x, y, z), [[2, 3], [3, 2], [2]]],
  ['einsum with a diagonal', (x, y) => ops.einsum('iij,j->i', x, y), [[2, 2, 3], [3]]],
  ['diagonal', (x) => ops.diagonal(x, 1, 0), [[3, 2]]],
  ['tril', (x) => ops.tril(x), [[3, 3]]],
  ['triu', (x) => ops.triu(x, 1), [[3, 3]]],
  ['slice', (x) => ops.slice(x, '::-2', 1), [[5, 2]]],
  ['reshape and transpose', (x) => ops.transpose(ops.reshape(x, [3, 2])), [[6]]],
  ['moveaxis', (x) => ops.moveaxis(x, 0, -1), [[2, 2, 2]]],
  ['flip', (x) => ops.flip(x), [[2, 2]]],
  ['roll', (x) => ops.roll(x, 2, 0), [[5]]],
  [
    'concat',
    (x, y) => ops.concat([x, y, x], 1),
    [
      [2, 1],
      [2, 2],
    ],
  ],
  ['stack', (x, y) => ops.stack([x, y], -1), [[2], [2]]],
  ['split', (x) => ops.split(x, 2)[1], [[4]]],
  ['pad', (x) => ops.pad(x, 1, 7), [[2, 2]]],
  ['tile', (x) => ops.tile(x, [2, 2]), [[2]]],
  ['repeat', (x) => ops.repeat(x, 3, 1), [[2, 2]]],
  ['squeeze', (x) => ops.squeeze(x), [[1, 2, 1]]],
];

describe('The derivative', () => {
  test.each(table)('of %s is that of finite differences', (_, f, shapes, kind) => {
    expectDerivatives({ f, x: shapes.map((shape, i) => randomTensor(shape, 10 + i, 'f64', kind)) });
  });

  test.each(table)('of %s maps over examples as a loop does', (_, f, shapes, kind) => {
    const batches = shapes.map((shape, i) => randomTensor([2, ...shape], 20 + i, 'f64', kind));
    const g = (x: readonly Tensor[]): readonly Tensor[] => grad((y: readonly Tensor[]) => sum(f(...y)))(x);
    const mapped = vmap(g)(batches);
    for (const b of [0, 1]) {
      const one = g(batches.map((x) => ops.slice(x, b)));
      one.forEach((expected, i) => {
        expectSame(ops.slice(mapped[i], b), expected, 1e-12);
      });
    }
  });
});

describe('The gradient of prod', () => {
  test.each([[[2, 0, 3, 4]], [[0, 0, 3, 4]], [[0, 0, 0]], [[5]], [[1, 2, 3, 4, 5, 6, 7]]])(
    'is right at %j',
    (values) => {
      const x = tensor(values, 'f64');
      const others = values.map((_, i) => values.reduce((p, v, j) => (i === j ? p : p * v), 1));
      expectNumbers(grad((y: Tensor) => ops.prod(y))(x).data, others, 1e-13);
    },
  );

  test('has a right second derivative where a factor is 0', () => {
    const f = (y: Tensor): Tensor => ops.prod(y);
    const along = (x: Tensor): Tensor => sum(ops.mul(grad(f)(x), tensor([1, 2, 3], 'f64')));
    const x = tensor([0, 2, 5], 'f64');
    expectNumbers(grad(along)(x).data, gradientOf(along, [x], [1], 0), 1e-8);
  });
});

describe('At their corners', () => {
  const at = (f: (x: Tensor) => Tensor, x: number): number => grad(f)(tensor(x, 'f64')).item();

  test('maximum and minimum share, clip and abs rest', () => {
    expect(at((x) => ops.maximum(x, 1), 1)).toBe(0.5);
    expect(at((x) => ops.minimum(x, 1), 1)).toBe(0.5);
    expect(at((x) => ops.clip(x, 0, 1), 2)).toBe(0);
    expect(at((x) => ops.abs(x), 0)).toBe(0);
    expect(at((x) => ops.sign(x), 0)).toBe(0);
  });

  test('sigmoid is flat at both ends', () => {
    expect([at(ops.sigmoid, 1000), at(ops.sigmoid, -1000), at(ops.sigmoid, 0)]).toEqual([0, 0, 0.25]);
  });
});
