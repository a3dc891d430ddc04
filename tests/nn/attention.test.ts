// Self-attention: values by hand and against a loop, derivatives against finite differences.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engineNames, useEngine } from '../../src/engines/index.ts';
import { type Attention, attention, type Dense, glorotUniform, initAttention } from '../../src/nn/index.ts';
import { concat, eye, mul, reshape, slice, square, sum, take, tensor, zeros } from '../../src/ops/index.ts';
import { key, keys } from '../../src/random/index.ts';
import { ShapeError, type Tensor, treeLeaves, treeMap } from '../../src/tensor/index.ts';
import { grad, jit, vmap } from '../../src/transforms/index.ts';
import { randomTensor } from '../helpers/draws.ts';
import { at, expectGrid, expectNumbers, expectSame, makeGrid, toGrid } from '../helpers/grids.ts';
import { gradientOf } from '../helpers/numeric.ts';

beforeAll(() => {
  useEngine('reference');
});

const parts = ['query', 'key', 'value', 'output'] as const;

/** A layer whose numbers are all different, biases too. */
function layer(size: number, seed = 0): Attention {
  const [query, own, value, output] = parts.map(
    (_, i): Dense => ({
      weight: mul(randomTensor([size, size], seed + i), 0.3),
      bias: mul(randomTensor([size], seed + i + 4), 0.3),
    }),
  );
  return { query, key: own, value, output };
}

/** The definition for x [tokens, size], number by number. */
function looped(of: Attention, x: Tensor, heads: number) {
  const [tokens, size] = x.shape;
  const depth = size / heads;
  const through = ({ weight, bias }: Dense, rows: number[][]): number[][] => {
    const [w, b] = [toGrid(weight), toGrid(bias)];
    return rows.map((row) =>
      Array.from({ length: size }, (_, o) => row.reduce((a, v, i) => a + v * at(w, [i, o]), b.data[o])),
    );
  };
  const rows = x.toArray() as number[][];
  const [q, k, v] = [of.query, of.key, of.value].map((dense) => through(dense, rows));
  const mixed = rows.map(() => Array.from({ length: size }, () => 0));
  for (let head = 0; head < heads; head++)
    for (let to = 0; to < tokens; to++) {
      const own = Array.from({ length: depth }, (_, i) => head * depth + i);
      const weights = k.map((other) =>
        Math.exp(own.reduce((a, c) => a + q[to][c] * other[c], 0) / Math.sqrt(depth)),
      );
      const total = weights.reduce((a, w) => a + w, 0);
      for (const c of own) mixed[to][c] = weights.reduce((a, w, from) => a + (w / total) * v[from][c], 0);
    }
  const out = through(of.output, mixed);
  return makeGrid(x.dtype, x.shape, ([t, c]) => out[t][c]);
}

describe('attention', () => {
  test('gives each token the values weighted by the softmax of its scores, as one finds by hand', () => {
    const [one, none] = [eye(1, 1, 'f64'), zeros([1], 'f64')];
    const plain: Dense = { weight: one, bias: none };
    // q = 1 for both tokens, keys 0 and ln 3, so weights ¼ and ¾; values 0 and ln 3
    const x = tensor([[0], [Math.log(3)]], 'f64');
    const same: Dense = { weight: zeros([1, 1], 'f64'), bias: tensor([1], 'f64') };
    const given = { query: same, key: plain, value: plain, output: plain };
    const mean = 0.75 * Math.log(3);
    expectNumbers(attention(given, x, 1).data, [mean, mean], 1e-15);
  });

  test.each([
    [1, 3, 4],
    [2, 5, 4],
    [3, 2, 6],
    [4, 7, 4],
    [2, 1, 2],
  ])('with %i heads on %i tokens of %i is its definition', (heads, tokens, size) => {
    const x = randomTensor([tokens, size], 9);
    expectGrid(attention(layer(size), x, heads), looped(layer(size), x, heads), 1e3);
  });

  test('takes any leading axes, each example on its own', () => {
    const x = randomTensor([2, 3, 5, 4], 1);
    const all = attention(layer(4), x, 2);
    expect(all.shape).toEqual([2, 3, 5, 4]);
    expectSame(slice(all, 1, 2), attention(layer(4), slice(x, 1, 2), 2), 1e-13);
    expect(attention(layer(4), zeros([0, 5, 4], 'f64'), 2).shape).toEqual([0, 5, 4]);
  });

  test('does not see the order of other tokens, and moves its results with the tokens', () => {
    const x = randomTensor([4, 6], 1);
    const order = tensor([2, 0, 3, 1], 'i32');
    expectSame(attention(layer(6), take(x, order), 3), take(attention(layer(6), x, 3), order), 1e-12);
  });

  test('stays finite where scores are large', () => {
    const x = mul(randomTensor([3, 4], 1), 1e4);
    for (const value of attention(layer(4), x, 2).data) expect(Number.isFinite(value)).toBe(true);
  });

  test('has the derivatives that finite differences have', () => {
    const leaves = treeLeaves(layer(4));
    const x = randomTensor([3, 4], 9);
    const f = (...p: Tensor[]): Tensor => {
      let i = 0;
      return attention(
        treeMap(() => p[i++], layer(4)),
        p[i],
        2,
      );
    };
    const given = [...leaves, x];
    const gradient = treeLeaves(grad((p: Tensor[]) => sum(square(f(...p))))(given));
    const twice = f(...given).data.map((v) => 2 * v);
    gradient.forEach((g, k) => {
      expectNumbers(g.data, gradientOf(f, given, twice, k), 1e-8);
    });
  });

  test('maps over models', () => {
    const make = (k: Tensor) => initAttention(k, 4, undefined, 'f64');
    const models = vmap(make)(keys([7, 8]));
    const x = randomTensor([3, 4], 1);
    const all = vmap((model: Attention, tokens: Tensor) => attention(model, tokens, 2), [0, null])(models, x);
    [7, 8].forEach((seed, i) => {
      expectSame(slice(all, i), attention(make(key(seed)), x, 2), 1e-13);
    });
  });

  test.each<[string, number[], number]>([
    ['heads that do not divide the size', [5, 4], 3],
    ['no head', [5, 4], 0],
    ['half a head', [5, 4], 0.5],
    ['one token without an axis', [4], 2],
  ])('refuses %s', (_, shape, heads) => {
    expect(() => attention(layer(4), zeros(shape, 'f64'), heads)).toThrow(
      new ShapeError(
        `attention: ${heads} heads of [${shape.join(', ')}]; tokens are [..., tokens, size], and heads must divide the size`,
      ),
    );
  });
});

describe('initAttention', () => {
  test('gives four layers [size, size] with biases of 0, each from a key of its own', () => {
    const made = initAttention(key(1), 6);
    for (const part of parts) {
      expect([made[part].weight.shape, made[part].weight.dtype]).toEqual([[6, 6], 'f32']);
      expect(made[part].bias.toArray()).toEqual([0, 0, 0, 0, 0, 0]);
    }
    const all = concat(parts.map((part) => reshape(made[part].weight, [-1])));
    expect(new Set(all.data).size).toBe(4 * 36);
    const other = initAttention(key(1), 2, glorotUniform, 'f64');
    expect(other.output.bias.dtype).toBe('f64');
  });
});

describe('Its gradient', () => {
  afterAll(() => {
    useEngine('reference');
  });

  test.each(engineNames())('is on %s what it is on reference', (name) => {
    const model = initAttention(key(1), 6);
    const x = randomTensor([2, 5, 6], 1, 'f32');
    const loss = (p: Attention, tokens: Tensor) => sum(square(attention(p, tokens, 2)));
    const expected = treeLeaves(grad(loss)(model, x));
    useEngine(name);
    treeLeaves(jit(grad(loss))(model, x)).forEach((leaf, i) => {
      expectSame(leaf, expected[i], 1e-4);
    });
  });
});
