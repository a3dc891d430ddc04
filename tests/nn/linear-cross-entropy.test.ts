// The loss of a head in chunks of rows, against that of all logits at once.
import { beforeEach, describe, expect, test } from 'vitest';
import {
  astype,
  explain,
  grad,
  hvp,
  jit,
  nn,
  random,
  type Tensor,
  tensor,
  useEngine,
  valueAndGrad,
  vmap,
  zeros,
} from '../../src/index.ts';
import { expectGrid, toGrid } from '../helpers/grids.ts';

beforeEach(() => {
  useEngine('reference');
});

const [words, size] = [7, 3];
const normal = (seed: number, ...shape: number[]): Tensor => random.normal(random.key(seed), shape, 'f64');
const table = normal(1, words, size);
const x = normal(2, 2, 5, size);
const labels = random.randint(random.key(3), [2, 5], 0, words);

type Loss = (table: Tensor, x: Tensor) => Tensor;
const whole =
  (labels: Tensor, options: nn.CrossEntropyOptions = {}): Loss =>
  (table, x) =>
    nn.crossEntropy(nn.tiedHead(table, x), labels, options);
const chunked =
  (labels: Tensor, options: nn.LinearCrossEntropyOptions): Loss =>
  (table, x) =>
    nn.linearCrossEntropy(table, x, labels, options);

/** Every number of `actual` near that of `expected`. */
function expectNear(actual: readonly Tensor[], expected: readonly Tensor[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((it, i) => {
    expect(it.shape).toEqual(expected[i].shape);
    Array.from(it.data).forEach((value, j) => {
      expect(value).toBeCloseTo(Number(expected[i].data[j]), 12);
    });
  });
}
const both = (f: Loss): Tensor[] => {
  const [value, slopes] = valueAndGrad(f, { argnums: [0, 1] })(table, x);
  return [value, ...slopes];
};

describe('linearCrossEntropy', () => {
  const ignoring = tensor([
    [-100, 1, -100, -100, -100],
    [-100, 3, 6, 0, -100],
  ]);
  test.each<[string, Tensor, nn.CrossEntropyOptions]>([
    ['labels', labels, {}],
    ['labels that are smoothed', labels, { labelSmoothing: 0.2 }],
    ['labels of which chunks have none', astype(ignoring, 'i32'), { ignoreIndex: -100 }],
  ])('is the loss of all logits, with its gradient, of %s', (_, labels, options) => {
    const expected = both(whole(labels, options));
    for (const chunk of [1, 3, 5, 10, 1000])
      expectNear(both(chunked(labels, { ...options, chunk })), expected);
  });

  test('has second derivatives, in batches too', () => {
    const direction = normal(4, 2, 5, size);
    const curved = (f: Loss) => hvp((x: Tensor) => f(table, x), x, direction);
    const tables = normal(5, 2, words, size);
    const slopes = (f: Loss) => vmap((table: Tensor) => grad(f)(table, x))(tables);
    const [f, g] = [chunked(labels, { chunk: 3 }), whole(labels)];
    expectNear([curved(f)].flat(), [curved(g)].flat());
    expectNear([slopes(f)], [slopes(g)]);
  });

  test('takes a table of bf16 that stays as it is', () => {
    const half = astype(table, 'bf16');
    const single = astype(x, 'f32');
    const slope = (f: Loss) => jit(grad((x: Tensor) => f(half, x)))(single);
    const [mine, right] = [chunked(labels, { chunk: 4 }), whole(labels)].map(slope);
    expectGrid(mine, toGrid(right), 1e3);
  });

  test('computes no gradient of the table where nobody asks for it', () => {
    useEngine('wasm');
    const products = (argnums: readonly number[]): number =>
      explain(grad(chunked(labels, { chunk: 5 }), { argnums }))(table, x).match(/\bdot\b/g)?.length ?? 0;
    expect(products([1])).toBeLessThan(products([0, 1]));
  });

  test('of 50,257 words and 8,192 rows takes a sixth of what all logits do between kernels', () => {
    useEngine('native');
    const [table, x, labels] = [zeros([50_257, 384]), zeros([8192, 384]), zeros([8192], 'i32')];
    const text = explain(
      grad((table: Tensor, x: Tensor) => nn.linearCrossEntropy(table, x, labels), { argnums: [0, 1] }),
    )(table, x);
    const [, megabytes] = /(\d+) MB between kernels/.exec(text) ?? [];
    expect(Number(megabytes)).toBeLessThan(4940 / 6);
  });

  test.each<[string, () => unknown, string]>([
    [
      'labels of another shape',
      () => nn.linearCrossEntropy(table, x, tensor([0], 'i32')),
      'x [2, 5, 3] with labels [1]',
    ],
    [
      'a label that is no word',
      () =>
        nn.linearCrossEntropy(
          table,
          x,
          tensor(
            [
              [0, 0, 0, 0, 9],
              [0, 0, 0, 0, 0],
            ],
            'i32',
          ),
        ),
      'label 9 is none of the 7 classes',
    ],
    ['a table that is none', () => nn.linearCrossEntropy(x, x, labels), 'linearCrossEntropy: '],
    ['no rows at a time', () => nn.linearCrossEntropy(table, x, labels, { chunk: 0 }), 'chunk'],
  ])('refuses %s in one line', (_, f, text) => {
    expect(f).toThrow(text);
  });
});
