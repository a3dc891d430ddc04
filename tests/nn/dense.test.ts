// The dense layer and the perceptron: shapes, dtypes, and what they compute.
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import {
  dense,
  gatedMlp,
  gelu,
  glorotUniform,
  initDense,
  initGatedMlp,
  initMlp,
  mlp,
  silu,
} from '../../src/nn/index.ts';
import { mul, slice, square, sum, tanh, tensor, zeros } from '../../src/ops/index.ts';
import { key, keys } from '../../src/random/index.ts';
import { ShapeError, type Tensor, treeLeaves } from '../../src/tensor/index.ts';
import { grad, vmap } from '../../src/transforms/index.ts';
import { randomTensor } from '../helpers/draws.ts';
import { expectNumbers, expectSame } from '../helpers/grids.ts';
import { gradientOf } from '../helpers/numeric.ts';

beforeAll(() => {
  useEngine('reference');
});

describe('dense', () => {
  test('is x · weight + bias over any leading axes', () => {
    const layer = {
      weight: tensor(
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        'f64',
      ),
      bias: tensor([10, 20, 30], 'f64'),
    };
    expect(dense(layer, tensor([1, 1], 'f64')).toArray()).toEqual([15, 27, 39]);
    expect(
      dense(
        layer,
        tensor(
          [
            [1, 0],
            [0, 1],
          ],
          'f64',
        ),
      ).toArray(),
    ).toEqual([
      [11, 22, 33],
      [14, 25, 36],
    ]);
    expect(dense(layer, randomTensor([4, 5, 2])).shape).toEqual([4, 5, 3]);
    expect(() => dense(layer, randomTensor([4, 3]))).toThrow(
      new ShapeError('dense: [4, 3] · [2, 3]: inner sizes 3 and 2 differ'),
    );
  });

  test('without a bias is x · weight', () => {
    const [weight, x] = [randomTensor([2, 3], 1), randomTensor([4, 2], 2)];
    expectSame(dense({ weight }, x), dense({ weight, bias: zeros([3], 'f64') }, x));
  });
});

describe('initDense and initMlp', () => {
  test('give weights [inputs, outputs] and biases of 0', () => {
    const { weight, bias } = initDense(key(1), 3, 4);
    expect([weight.shape, weight.dtype, bias.toArray()]).toEqual([[3, 4], 'f32', [0, 0, 0, 0]]);
    expect(initDense(key(1), 3, 4, glorotUniform, 'f64').weight.dtype).toBe('f64');
  });

  test('give a layer for each step between sizes, each from a key of its own', () => {
    const layers = initMlp(key(1), [5, 4, 4, 4, 2]);
    expect(layers.map((layer) => layer.weight.shape)).toEqual([
      [5, 4],
      [4, 4],
      [4, 4],
      [4, 2],
    ]);
    expect(Array.from(layers[1].weight.data)).not.toEqual(Array.from(layers[2].weight.data));
    expect(treeLeaves(initMlp(key(1), [2, 2], undefined, 'f64')).map((x) => x.dtype)).toEqual(['f64', 'f64']);
  });

  test('give many models at once under vmap', () => {
    const models = vmap((k: Tensor) => initMlp(k, [3, 4, 2]))(keys([7, 8]));
    expectSame(slice(models[1].weight, 1), initMlp(key(8), [3, 4, 2])[1].weight);
  });
});

describe('mlp', () => {
  test('has its activation between layers, and none at either end', () => {
    const layers = initMlp(key(2), [3, 5, 4, 2], undefined, 'f64');
    const x = randomTensor([6, 3]);
    const hidden = (a: (v: number) => number): number[][] => {
      const rows = x.toArray() as number[][];
      return layers.reduce((h, { weight, bias }, i) => {
        const w = weight.toArray() as number[][];
        const given = i === 0 ? h : h.map((row) => row.map(a));
        return given.map((row) =>
          Array.from(bias.data, (b, o) => row.reduce((total, v, j) => total + v * w[j][o], b)),
        );
      }, rows);
    };
    expectNumbers(mlp(layers, x).data, hidden((v) => Math.max(v, 0)).flat(), 1e-13);
    expectNumbers(mlp(layers, x, tanh).data, hidden(Math.tanh).flat(), 1e-13);
  });

  test('has a gradient of its own structure', () => {
    const layers = initMlp(key(3), [3, 4, 2]);
    const gradient = grad((p: typeof layers, x: Tensor) => sum(mlp(p, x)))(
      layers,
      randomTensor([5, 3], 0, 'f32'),
    );
    expect(gradient.map((g) => [g.weight.shape, g.bias.shape])).toEqual(
      layers.map((l) => [l.weight.shape, l.bias.shape]),
    );
    expect(gradient[1].bias.toArray()).toEqual([5, 5]);
  });
});

describe('gatedMlp', () => {
  const layers = initGatedMlp(key(1), 3, 5, undefined, 'f64');
  const x = randomTensor([2, 4, 3], 1);

  test('lets through of its hidden units what the gate says', () => {
    expect(treeLeaves(layers).map(({ shape }) => shape)).toEqual([
      [5, 3],
      [3, 5],
      [3, 5],
    ]);
    const { gate, up, down } = layers;
    for (const [given, activation] of [
      [undefined, silu],
      [gelu, gelu],
    ] as const)
      expectSame(
        gatedMlp(layers, x, given),
        dense(down, mul(activation(dense(gate, x)), dense(up, x))),
        1e-14,
      );
    const number = (weight: number) => ({ weight: tensor([[weight]], 'f64') });
    const one = { gate: number(2), up: number(3), down: number(5) };
    // 5 · silu(2) · 3
    expectNumbers(gatedMlp(one, tensor([1], 'f64')).data, [30 / (1 + Math.exp(-2))], 1e-15);
  });

  test('has the derivatives that finite differences have', () => {
    const given = [...treeLeaves(layers), x];
    const f = (down: Tensor, gate: Tensor, up: Tensor, x: Tensor) =>
      gatedMlp({ down: { weight: down }, gate: { weight: gate }, up: { weight: up } }, x);
    const gradient = grad(([a, b, c, x]: Tensor[]) => sum(square(f(a, b, c, x))))(given);
    const twice = f(given[0], given[1], given[2], given[3]).data.map((v) => 2 * v);
    gradient.forEach((g, k) => {
      expectNumbers(g.data, gradientOf(f, given, twice, k), 1e-7);
    });
  });
});
