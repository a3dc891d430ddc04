// Attention on queries, keys and values: against a loop, with masks and shared heads, and its derivatives.
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import { attention, type DotProductAttentionOptions, dotProductAttention } from '../../src/nn/index.ts';
import { astype, mean, mul, repeat, slice, square, sum, tensor, tril, zeros } from '../../src/ops/index.ts';
import { ShapeError, type Tensor } from '../../src/tensor/index.ts';
import { grad, jit, vmap } from '../../src/transforms/index.ts';
import { randomTensor } from '../helpers/draws.ts';
import { at, expectGrid, expectNumbers, expectSame, makeGrid, toGrid } from '../helpers/grids.ts';
import { gradientOf } from '../helpers/numeric.ts';

beforeAll(() => {
  useEngine('reference');
});

/** The definition for [batch, heads, tokens, depth], number by number; `seen` says what a query may see. */
function looped(
  [q, k, v]: readonly Tensor[],
  scale: number,
  bias: (head: number, to: number, from: number) => number,
) {
  const [gq, gk, gv] = [q, k, v].map(toGrid);
  const [, heads, , depth] = q.shape;
  const [, groups, others] = k.shape;
  return makeGrid(q.dtype, [...q.shape.slice(0, -1), v.shape[3]], ([b, h, t, c]) => {
    const g = Math.floor(h / (heads / groups));
    const weights = Array.from({ length: others }, (_, o) => {
      let score = bias(h, t, o);
      for (let i = 0; i < depth; i++) score += at(gq, [b, h, t, i]) * at(gk, [b, g, o, i]) * scale;
      return Math.exp(score);
    });
    const total = weights.reduce((a, w) => a + w, 0);
    return weights.reduce((a, w, o) => a + (w / total) * at(gv, [b, g, o, c]), 0);
  });
}

const none = () => 0;
const drawn = (heads: number, groups: number, tokens: number, others: number, wide = 4): Tensor[] => [
  mul(randomTensor([2, heads, tokens, 4], 1), 0.3),
  mul(randomTensor([2, groups, others, 4], 2), 0.3),
  randomTensor([2, groups, others, wide], 3),
];
const attend = ([q, k, v]: readonly Tensor[], options?: DotProductAttentionOptions): Tensor =>
  dotProductAttention(q, k, v, options);

describe('dotProductAttention', () => {
  test.each([
    [1, 1, 3, 3, 4],
    [4, 4, 5, 7, 4],
    [4, 2, 3, 5, 4],
    [6, 1, 1, 5, 3],
    [6, 3, 2, 1, 2],
  ])('with %i heads in %i groups, of %i tokens to %i others, is its definition', (...sizes) => {
    const [heads, , tokens, others] = sizes;
    const given = drawn(...sizes);
    expectGrid(attend(given), looped(given, 0.5, none), 1e3);
    expectGrid(attend(given, { scale: 0.3 }), looped(given, 0.3, none), 1e3);
    const before = (_: number, to: number, from: number): number => (from <= to ? 0 : -Infinity);
    expectGrid(attend(given, { causal: true }), looped(given, 0.5, before), 1e3);
    const added = randomTensor([heads, tokens, others], 4);
    const bias = (h: number, t: number, o: number): number => at(toGrid(added), [h, t, o]);
    expectGrid(attend(given, { mask: added }), looped(given, 0.5, bias), 1e3);
  });

  test('sees what the mask and the order both let it see', () => {
    const given = drawn(2, 1, 3, 3);
    const mask = tensor([
      [true, true, true],
      [false, true, true],
      [true, false, true],
    ]);
    const seen = mask.toArray() as boolean[][];
    const both = (_: number, to: number, from: number): number =>
      seen[to][from] && from <= to ? 0 : -Infinity;
    expectGrid(attend(given, { mask, causal: true }), looped(given, 0.5, both), 1e3);
    expectSame(
      attend(given, {
        mask: tril(
          tensor([
            [true, true, true],
            [true, true, true],
            [true, true, true],
          ]),
        ),
      }),
      attend(given, { causal: true }),
    );
  });

  test('gives a token that sees nothing the mean of all values', () => {
    const given = drawn(2, 2, 3, 4);
    const blind = attend(given, { mask: zeros([3, 4], 'bool') });
    expectSame(slice(blind, ':', ':', 1), mean(given[2], 2), 1e-14);
  });

  test('shares heads of keys as if each were there for every head of queries', () => {
    const [q, k, v] = drawn(6, 2, 3, 5);
    const each = (x: Tensor): Tensor => repeat(x, 3, 1);
    expectSame(attend([q, k, v], { causal: true }), attend([q, each(k), each(v)], { causal: true }), 1e-14);
  });

  test('takes any leading axes or none, and keys that all of them share', () => {
    const [q, k, v] = drawn(2, 2, 3, 5).map((x) => slice(x, 0));
    const many = randomTensor([3, 4, 2, 3, 4], 7);
    const all = attend([many, k, v]);
    expect(all.shape).toEqual([3, 4, 2, 3, 4]);
    expectSame(slice(all, 1, 2), attend([slice(many, 1, 2), k, v]), 1e-14);
    expectSame(vmap((one: Tensor) => attend([one, k, v]))(slice(many, 0)), slice(all, 0), 1e-14);
    expect(attend([q, k, v]).shape).toEqual([2, 3, 4]);
    expect(attend([zeros([2, 0, 4]), zeros([1, 3, 4]), zeros([1, 3, 4])]).shape).toEqual([2, 0, 4]);
  });

  test('of bf16 has its scores and its softmax in f32', () => {
    const given = drawn(2, 1, 3, 4).map((x) => astype(x, 'bf16'));
    const same = given.map((x) => astype(x, 'f32'));
    expectSame(attend(given, { causal: true }), attend(same, { causal: true }));
  });

  test.each<[string, DotProductAttentionOptions]>([
    ['without a mask', {}],
    ['causal', { causal: true }],
    [
      'with a mask',
      {
        mask: tensor([
          [true, false, true],
          [true, true, false],
        ]),
      },
    ],
  ])('%s has the derivatives that finite differences have', (_, options) => {
    const given = drawn(2, 1, 2, 3).map((x) => slice(x, 0));
    const f = (...p: Tensor[]): Tensor => attend(p, options);
    const gradient = jit(grad((p: Tensor[]) => sum(square(f(...p)))))(given);
    const twice = f(...given).data.map((v) => 2 * v);
    gradient.forEach((g, k) => {
      expectNumbers(g.data, gradientOf(f, given, twice, k), 1e-8);
    });
  });

  const wrong = (shapes: string): ShapeError =>
    new ShapeError(
      `dotProductAttention: ${shapes}; they must be [..., heads, tokens, depth] and twice [..., groups, others, depth], and groups must divide heads`,
    );
  test.each<[string, number[][], ShapeError]>([
    [
      'too few axes',
      [
        [3, 4],
        [5, 4],
        [5, 4],
      ],
      wrong('queries [3, 4], keys [5, 4] and values [5, 4]'),
    ],
    [
      'other depths',
      [
        [2, 3, 4],
        [2, 5, 3],
        [2, 5, 4],
      ],
      wrong('queries [2, 3, 4], keys [2, 5, 3] and values [2, 5, 4]'),
    ],
    [
      'more keys than values',
      [
        [2, 3, 4],
        [2, 5, 4],
        [2, 4, 4],
      ],
      wrong('queries [2, 3, 4], keys [2, 5, 4] and values [2, 4, 4]'),
    ],
    [
      'groups that do not divide heads',
      [
        [3, 3, 4],
        [2, 5, 4],
        [2, 5, 4],
      ],
      wrong('queries [3, 3, 4], keys [2, 5, 4] and values [2, 5, 4]'),
    ],
  ])('refuses %s', (_, shapes, error) => {
    expect(() => attend(shapes.map((shape) => zeros(shape)))).toThrow(error);
  });

  test('refuses a mask that is no part of the scores', () => {
    expect(() => attend(drawn(2, 2, 3, 4), { mask: zeros([5, 2, 2, 3, 4], 'bool') })).toThrow(
      new ShapeError(
        'dotProductAttention: the mask is [5, 2, 2, 3, 4]; it must broadcast to the scores, [2, 2, 3, 4]',
      ),
    );
  });
});

describe('attention', () => {
  const x = randomTensor([2, 5, 8], 5);
  const layer = (outputs: number, seed: number, inputs = 8) => ({
    weight: mul(randomTensor([inputs, outputs], seed), 0.3),
  });

  test('takes layers without biases, and fewer heads of keys and values', () => {
    const whole = { query: layer(8, 1), key: layer(8, 2), value: layer(8, 3), output: layer(8, 4) };
    const zero = { bias: zeros([8], 'f64') };
    const { query, key, value, output } = whole;
    const biased = {
      query: { ...query, ...zero },
      key: { ...key, ...zero },
      value: { ...value, ...zero },
      output: { ...output, ...zero },
    };
    expectSame(attention(whole, x, 4), attention(biased, x, 4));
    // of four heads of depth 2, the first two share the first half of the columns
    const twice = ({ weight }: { weight: Tensor }) => ({
      weight: slice(weight, ':', tensor([0, 1, 0, 1, 2, 3, 2, 3], 'i32')),
    });
    const narrow = { query, key: layer(4, 6), value: layer(4, 7), output };
    const wide = { query, key: twice(narrow.key), value: twice(narrow.value), output };
    expectSame(attention(narrow, x, 4, { causal: true }), attention(wide, x, 4, { causal: true }), 1e-13);
  });

  test('that is causal gives a token the same whatever comes behind it', () => {
    const whole = { query: layer(8, 1), key: layer(8, 2), value: layer(8, 3), output: layer(8, 4) };
    const all = attention(whole, x, 2, { causal: true });
    expectSame(slice(all, ':', ':3'), attention(whole, slice(x, ':', ':3'), 2, { causal: true }), 1e-13);
  });
});
