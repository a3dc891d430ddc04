// Norms: values by hand and against a loop, derivatives against finite differences.
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import { initLayerNorm, initRmsNorm, type LayerNorm, layerNorm, rmsNorm } from '../../src/nn/index.ts';
import { add, astype, mul, slice, square, sum, tensor, zeros } from '../../src/ops/index.ts';
import { ShapeError, type Tensor } from '../../src/tensor/index.ts';
import { grad, vmap } from '../../src/transforms/index.ts';
import { randomTensor } from '../helpers/draws.ts';
import { at, expectGrid, expectNumbers, expectSame, makeGrid, toGrid } from '../helpers/grids.ts';
import { gradientOf } from '../helpers/numeric.ts';

beforeAll(() => {
  useEngine('reference');
});

/** The definition, row by row. */
function looped({ scale, bias }: LayerNorm, x: Tensor, epsilon: number) {
  const [s, b, values] = [scale, bias, x].map(toGrid);
  const size = x.shape[x.ndim - 1];
  return makeGrid(x.dtype, x.shape, (index) => {
    const row = Array.from({ length: size }, (_, i) => at(values, [...index.slice(0, -1), i]));
    const middle = row.reduce((a, v) => a + v, 0) / size;
    const spread = row.reduce((a, v) => a + (v - middle) ** 2, 0) / size;
    const i = index[index.length - 1];
    return ((row[i] - middle) / Math.sqrt(spread + epsilon)) * s.data[i] + b.data[i];
  });
}

describe('layerNorm', () => {
  test('takes a row to mean 0 and variance 1, as one finds by hand', () => {
    // mean 3 and variance 4, over size and not size − 1
    const x = tensor([1, 5, 1, 5], 'f64');
    expectNumbers(layerNorm(initLayerNorm(4, 'f64'), x, 0).data, [-1, 1, -1, 1]);
    const layer = { scale: tensor([1, 2, 3, 4], 'f64'), bias: tensor([10, 20, 30, 40], 'f64') };
    expectNumbers(layerNorm(layer, x, 0).data, [9, 22, 27, 44]);
    expectNumbers(layerNorm(layer, x, 12).data, [9.5, 21, 28.5, 42]);
  });

  test.each([[[5]], [[3, 4]], [[2, 3, 7]], [[4, 1]], [[0, 3]]])('is its definition on %j', (shape) => {
    const size = shape[shape.length - 1];
    const layer = { scale: randomTensor([size], 1), bias: randomTensor([size], 2) };
    const x = randomTensor(shape, 3);
    expectGrid(layerNorm(layer, x), looped(layer, x, 1e-5), 1e3);
    expectGrid(layerNorm(layer, x, 0.1), looped(layer, x, 0.1), 1e3);
  });

  test('does not see what all of a row have in common, and leaves the bias of a constant one', () => {
    const layer = { scale: randomTensor([6], 1), bias: randomTensor([6], 2) };
    const x = randomTensor([3, 6], 3);
    expectSame(layerNorm(layer, add(x, 7)), layerNorm(layer, x), 1e-12);
    expectSame(layerNorm(layer, mul(x, 5), 0), layerNorm(layer, x, 0), 1e-12);
    expectNumbers(layerNorm(layer, zeros([6], 'f64')).data, layer.bias.data);
  });

  test('has the derivatives that finite differences have', () => {
    const given = [randomTensor([5], 1), randomTensor([5], 2), randomTensor([3, 5], 3)] as const;
    const f = (scale: Tensor, bias: Tensor, x: Tensor) => layerNorm({ scale, bias }, x);
    const [scale, bias, x] = given;
    const gradient = grad((p: { scale: Tensor; bias: Tensor; x: Tensor }) =>
      sum(square(f(p.scale, p.bias, p.x))),
    )({ scale, bias, x });
    const twice = f(...given).data.map((v) => 2 * v);
    [gradient.scale, gradient.bias, gradient.x].forEach((g, k) => {
      expectNumbers(g.data, gradientOf(f, given, twice, k), 1e-8);
    });
  });

  test('maps over layers', () => {
    const layers = { scale: randomTensor([2, 4], 1), bias: randomTensor([2, 4], 2) };
    const x = randomTensor([3, 4], 3);
    const all = vmap((layer: LayerNorm, rows: Tensor) => layerNorm(layer, rows), [0, null])(layers, x);
    for (const i of [0, 1]) {
      const one = { scale: slice(layers.scale, i), bias: slice(layers.bias, i) };
      expectSame(slice(all, i), layerNorm(one, x), 1e-13);
    }
  });

  test('refuses a row of another size', () => {
    expect(() => layerNorm(initLayerNorm(4), zeros([2, 3]))).toThrow(
      new ShapeError(
        'layerNorm: [2, 3] by scale [4] and bias [4]: rows are [..., size], and both must be [size]',
      ),
    );
    expect(() => layerNorm(initLayerNorm(1), zeros([2, 3]))).toThrow(ShapeError);
    expect(() => layerNorm(initLayerNorm(1), zeros([]))).toThrow(ShapeError);
  });
});

describe('initLayerNorm', () => {
  test('gives scale 1 and bias 0', () => {
    const { scale, bias } = initLayerNorm(3);
    expect([scale.dtype, scale.toArray(), bias.toArray()]).toEqual(['f32', [1, 1, 1], [0, 0, 0]]);
    expect(initLayerNorm(3, 'f64').bias.dtype).toBe('f64');
  });
});

describe('rmsNorm', () => {
  test('takes a row to a mean square of 1, as one finds by hand', () => {
    const x = tensor([1, 7, 1, 7], 'f64'); // mean square 25
    expectNumbers(rmsNorm(initRmsNorm(4, 'f64'), x, 0).data, [0.2, 1.4, 0.2, 1.4], 1e-15);
    const scale = tensor([1, 2, 3, 4], 'f64');
    expectNumbers(rmsNorm({ scale }, x, 24).data, [1 / 7, 2, 3 / 7, 4], 1e-15);
  });

  test.each([[[5]], [[2, 3, 7]], [[4, 1]], [[0, 3]]])('is its definition on %j', (shape) => {
    const size = shape[shape.length - 1];
    const [scale, x] = [randomTensor([size], 1), randomTensor(shape, 3)];
    const [s, values] = [scale, x].map(toGrid);
    const expected = makeGrid('f64', shape, (index) => {
      const row = Array.from({ length: size }, (_, i) => at(values, [...index.slice(0, -1), i]));
      const root = Math.sqrt(row.reduce((a, v) => a + v * v, 0) / size + 1e-6);
      const i = index[index.length - 1];
      return (row[i] / root) * s.data[i];
    });
    expectGrid(rmsNorm({ scale }, x), expected, 1e3);
  });

  test('has no overflow of squares, and is 0 on zeros', () => {
    const { data } = rmsNorm(initRmsNorm(2), tensor([[3e30, 4e30]], 'f32'));
    expectNumbers(data, [0.6 * Math.SQRT2, 0.8 * Math.SQRT2], 1e-6);
    expectNumbers(rmsNorm(initRmsNorm(3), zeros([3])).data, [0, 0, 0]);
  });

  test('of bf16 is that of the same numbers in f32', () => {
    const x = astype(randomTensor([3, 4], 1), 'bf16');
    expectSame(rmsNorm(initRmsNorm(4, 'bf16'), x), rmsNorm(initRmsNorm(4), astype(x, 'f32')));
  });

  test('has the derivatives that finite differences have', () => {
    const given = [randomTensor([5], 1), randomTensor([3, 5], 3)];
    const f = (scale: Tensor, x: Tensor) => rmsNorm({ scale }, x);
    const gradient = grad(([scale, x]: Tensor[]) => sum(square(f(scale, x))))(given);
    const twice = f(given[0], given[1]).data.map((v) => 2 * v);
    gradient.forEach((g, k) => {
      expectNumbers(g.data, gradientOf(f, given, twice, k), 1e-8);
    });
  });

  test('refuses a row of another size', () => {
    expect(() => rmsNorm(initRmsNorm(4), zeros([2, 3]))).toThrow(
      new ShapeError('rmsNorm: [2, 3] by scale [4]: rows are [..., size], and it must be [size]'),
    );
  });
});
