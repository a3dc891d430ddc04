// Low-rank adaptation: what is adapted, that it adds what merging adds, and that only it is trained.
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import {
  applyLora,
  dense,
  gatedMlp,
  initConv,
  initDense,
  initGatedMlp,
  initLora,
  initTransformerBlock,
  type LoraOf,
  mergeLora,
  transformerBlock,
} from '../../src/nn/index.ts';
import { add, astype, mul, slice, square, sum, tensor, zeros } from '../../src/ops/index.ts';
import { key, keys } from '../../src/random/index.ts';
import {
  DTypeError,
  ShapeError,
  type Tensor,
  type Tree,
  treeLeaves,
  treeMap,
  treePaths,
} from '../../src/tensor/index.ts';
import { grad, jit, vmap } from '../../src/transforms/index.ts';
import { randomTensor } from '../helpers/draws.ts';
import { expectNumbers, expectSame } from '../helpers/grids.ts';
import { gradientOf } from '../helpers/numeric.ts';

beforeAll(() => {
  useEngine('reference');
});

const block = initTransformerBlock(key(1), 4, 6, undefined, 'f64');
const x = randomTensor([2, 3, 4], 1);
/** An adaptation that changes something: b is not 0. */
const trained = <T extends Tree>(lora: T): T =>
  treeMap((leaf) => add(leaf, mul(randomTensor(leaf.shape, leaf.shape[0]), 0.1)), lora);

describe('LoRA', () => {
  test('stands beside every dense layer, and nothing else', () => {
    const lora = initLora(key(1), block, 2);
    const layers = [
      'attention.key',
      'attention.output',
      'attention.query',
      'attention.value',
      'mlp.0',
      'mlp.1',
    ];
    expect(treePaths(lora)).toEqual(layers.flatMap((path) => [`${path}.a`, `${path}.b`]));
    expect(lora.norms).toEqual([
      { scale: null, bias: null },
      { scale: null, bias: null },
    ]);
    expect([lora.mlp[0]?.a.shape, lora.mlp[0]?.b.shape]).toEqual([
      [4, 2],
      [2, 6],
    ]);
    const { a } = lora.attention.key ?? { a: zeros([]) };
    expect(Array.from(a.data)).not.toEqual(Array.from(lora.attention.query?.a.data ?? []));
    const conv = { conv: initConv(key(1), 2, 3, 4), table: zeros([5, 4]) };
    expect(treeLeaves(initLora(key(1), conv, 2))).toEqual([]);
  });

  test('is drawn the same whatever the order of names', () => {
    const own = initLora(key(1), block, 2);
    const { norms, mlp, attention } = block;
    for (const other of [
      initLora(key(1), { mlp, norms, attention }, 2),
      jit((tree: typeof block) => initLora(key(1), tree, 2))(block),
    ])
      expectSame(other.mlp[1]?.a ?? zeros([]), own.mlp[1]?.a ?? zeros([1]));
  });

  test('is where it is asked for', () => {
    const lora = initLora(key(1), block, 2, (path) => /attention\.(query|value)$/.test(path));
    expect(treePaths(lora)).toEqual(
      ['attention.query', 'attention.value'].flatMap((path) => [`${path}.a`, `${path}.b`]),
    );
  });

  test('adds nothing as it begins', () => {
    const lora = initLora(key(1), block, 2);
    expectSame(transformerBlock(applyLora(block, lora, 16), x, 2), transformerBlock(block, x, 2));
  });

  test('adds x a b alpha / rank, as one finds by hand', () => {
    const layer = { weight: tensor([[1], [1]], 'f64'), bias: tensor([100], 'f64') };
    const lora = {
      a: tensor(
        [
          [1, 2],
          [3, 4],
        ],
        'f64',
      ),
      b: tensor([[5], [6]], 'f64'),
    };
    // x a = [7, 10], times b = 95, times 8 / 2 = 380
    expect(dense(applyLora(layer, lora, 8), tensor([1, 2], 'f64')).toArray()).toEqual([483]);
    expect(mergeLora(layer, lora, 8).weight.toArray()).toEqual([[69], [157]]);
  });

  test('merged gives what it gives apart', () => {
    const lora = trained(initLora(key(1), block, 2));
    const apart = transformerBlock(applyLora(block, lora, 3), x, 2);
    expectSame(transformerBlock(mergeLora(block, lora, 3), x, 2), apart, 1e-12);
    const gated = initGatedMlp(key(2), 4, 6, undefined, 'f64');
    const own = trained(initLora(key(3), gated, 1));
    expectSame(gatedMlp(mergeLora(gated, own, 3), x), gatedMlp(applyLora(gated, own, 3), x), 1e-12);
    const unadapted = { ...lora, mlp: null };
    expect(mergeLora<Tree>(block, unadapted, 3)).toHaveProperty('mlp', block.mlp);
  });

  test('is what its gradient is of: that of finite differences', () => {
    const layer = initDense(key(1), 3, 2, undefined, 'f64');
    const lora = trained(initLora(key(2), layer, 2)) ?? { a: zeros([]), b: zeros([]) };
    const input = randomTensor([4, 3], 1);
    const f = (a: Tensor, b: Tensor) => dense(applyLora(layer, { a, b }, 5), input);
    const gradient = jit(grad((lora: { a: Tensor; b: Tensor }) => sum(square(f(lora.a, lora.b)))))(lora);
    const twice = f(lora.a, lora.b).data.map((v) => 2 * v);
    [gradient.a, gradient.b].forEach((g, k) => {
      expectNumbers(g.data, gradientOf(f, [lora.a, lora.b], twice, k), 1e-7);
    });
    const whole = grad((lora: LoraOf<typeof block>) =>
      sum(square(transformerBlock(applyLora(block, lora, 5), x, 2))),
    )(initLora(key(1), block, 2));
    expect(whole.norms[0].scale).toBe(null);
    // b begins as 0, so that nothing moves a yet
    expect(Math.max(...(whole.mlp[0]?.a.data ?? [1]))).toBe(0);
    expect(Math.max(...(whole.mlp[0]?.b.data ?? [0]))).toBeGreaterThan(0);
  });

  test('maps over models, and over what adapts one of them', () => {
    const many = vmap((k: Tensor) => initLora(k, block, 2))(keys([1, 2]));
    const loras = trained(many);
    const all = vmap((lora: LoraOf<typeof block>) => transformerBlock(applyLora(block, lora, 4), x, 2))(
      loras,
    );
    const second = treeMap((leaf) => slice(leaf, 1), loras);
    expectSame(slice(all, 1), transformerBlock(applyLora(block, second, 4), x, 2), 1e-12);
  });

  test('of stored weights is in f32, and merges into floats alone', () => {
    const half = treeMap((leaf) => astype(leaf, 'bf16'), initDense(key(1), 3, 2));
    const lora = initLora(key(2), half, 1);
    expect(lora?.a.dtype).toBe('f32');
    expect(mergeLora(half, lora, 1).weight.dtype).toBe('bf16');
    const whole = { weight: zeros([3, 2], 'i8') };
    expect(() => mergeLora(whole, initLora(key(2), whole, 1), 1)).toThrow(
      new DTypeError('mergeLora: weights in i8 take no sum; use applyLora'),
    );
  });

  test.each<[Tree, Error]>([
    [
      { w: { a: zeros([3, 2]), b: zeros([1, 2]) }, n: null },
      new ShapeError(
        'applyLora: lora has a [3, 2] and b [1, 2] for weights [3, 2] at w; they must be [inputs, rank] and [rank, outputs]',
      ),
    ],
    [
      { w: { a: zeros([3, 2]) }, n: null },
      new TypeError('applyLora: lora has { a } at w, which is no { a, b }'),
    ],
    [
      { w: null, n: zeros([2]) },
      new TypeError(
        'applyLora: lora has f32[2] at n, where no dense layer is; make it by initLora(key, tree, rank)',
      ),
    ],
    [{ w: null }, new TypeError('applyLora: lora has { w } at the top, and the tree { w, n }')],
  ])('refuses what is for another tree', (lora, error) => {
    const tree = { w: { weight: zeros([3, 2]) }, n: zeros([2]) };
    expect(() => applyLora<Tree>(tree, lora, 1)).toThrow(error);
  });
});
