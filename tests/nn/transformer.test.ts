// The transformer's block: how it is put together, and its derivatives against finite differences.
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import {
  attention,
  dense,
  gelu,
  initTransformerBlock,
  layerNorm,
  type TransformerBlock,
  transformerBlock,
} from '../../src/nn/index.ts';
import { add, mul, slice, square, sum, zeros, zerosLike } from '../../src/ops/index.ts';
import { key, keys } from '../../src/random/index.ts';
import { ShapeError, type Tensor, treeLeaves, treeMap } from '../../src/tensor/index.ts';
import { grad, vmap } from '../../src/transforms/index.ts';
import { randomTensor } from '../helpers/draws.ts';
import { expectNumbers, expectSame } from '../helpers/grids.ts';
import { gradientOf } from '../helpers/numeric.ts';

beforeAll(() => {
  useEngine('reference');
});

/** A block whose scales and biases are not 1 and 0 either. */
function block(size = 4, hidden = 6): TransformerBlock {
  let seed = 0;
  return treeMap(
    (leaf) => add(leaf, mul(randomTensor(leaf.shape, seed++), 0.1)),
    initTransformerBlock(key(1), size, hidden, undefined, 'f64'),
  );
}

describe('transformerBlock', () => {
  test('adds attention, then a perceptron, each to what it was given, and normalises what they see', () => {
    const { norms, attention: heads, mlp } = block();
    const x = randomTensor([2, 3, 4], 9);
    const first = add(x, attention(heads, layerNorm(norms[0], x), 2));
    const second = add(first, dense(mlp[1], gelu(dense(mlp[0], layerNorm(norms[1], first)))));
    expectSame(transformerBlock(block(), x, 2), second, 1e-14);
  });

  test('is the identity if what it adds is 0', () => {
    const whole = block();
    const silent = treeMap(zerosLike, whole);
    const x = randomTensor([3, 4], 9);
    expectSame(
      transformerBlock(
        {
          ...whole,
          attention: { ...whole.attention, output: silent.attention.output },
          mlp: [whole.mlp[0], silent.mlp[1]],
        },
        x,
        2,
      ),
      x,
    );
  });

  test('lets no example see another, and every token all of its own', () => {
    const x = randomTensor([2, 3, 4], 9);
    const all = transformerBlock(block(), x, 2);
    expectSame(slice(all, 1), transformerBlock(block(), slice(x, 1), 2), 1e-13);
    const of = grad((images: Tensor) => sum(square(slice(transformerBlock(block(), images, 2), 0, 0))))(x);
    const sums = sum(mul(of, of), -1).toArray() as number[][];
    expect(sums.map((row) => row.map((value) => value > 0))).toEqual([
      [true, true, true],
      [false, false, false],
    ]);
  });

  test('has the derivatives that finite differences have', () => {
    const small = block(2, 3);
    const f = (...p: Tensor[]): Tensor => {
      let i = 0;
      return transformerBlock(
        treeMap(() => p[i++], small),
        p[i],
        1,
      );
    };
    const given = [...treeLeaves(small), randomTensor([3, 2], 9)];
    const gradient = treeLeaves(grad((p: Tensor[]) => sum(square(f(...p))))(given));
    const twice = f(...given).data.map((v) => 2 * v);
    gradient.forEach((g, k) => {
      expectNumbers(g.data, gradientOf(f, given, twice, k), 1e-8);
    });
  });

  test('maps over models', () => {
    const make = (k: Tensor) => initTransformerBlock(k, 4, 5, undefined, 'f64');
    const models = vmap(make)(keys([7, 8]));
    const x = randomTensor([3, 4], 1);
    const all = vmap((one: TransformerBlock, tokens: Tensor) => transformerBlock(one, tokens, 2), [0, null])(
      models,
      x,
    );
    [7, 8].forEach((seed, i) => {
      expectSame(slice(all, i), transformerBlock(make(key(seed)), x, 2), 1e-12);
    });
  });

  test('refuses what its attention does', () => {
    expect(() => transformerBlock(block(), zeros([3, 4], 'f64'), 3)).toThrow(ShapeError);
  });
});

describe('initTransformerBlock', () => {
  test('gives a perceptron of one hidden layer, norms of scale 1, and each part a key of its own', () => {
    const { norms, attention: heads, mlp } = initTransformerBlock(key(1), 4, 7);
    expect(mlp.map(({ weight, bias }) => [weight.shape, bias.shape])).toEqual([
      [[4, 7], [7]],
      [[7, 4], [4]],
    ]);
    expect(norms.map(({ scale }) => scale.toArray())).toEqual([
      [1, 1, 1, 1],
      [1, 1, 1, 1],
    ]);
    const drawn = [heads.query, heads.key, heads.value, heads.output, ...mlp].flatMap(({ weight }) =>
      Array.from(weight.data),
    );
    expect(new Set(drawn).size).toBe(drawn.length);
    expect(initTransformerBlock(key(1), 4, 7, undefined, 'f64').mlp[1].weight.dtype).toBe('f64');
  });
});
