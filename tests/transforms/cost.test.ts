// What functions cost, counted from their graphs.
import { describe, expect, test } from 'vitest';
import {
  argsort,
  astype,
  cond,
  conv,
  cost,
  cumsum,
  exp,
  greater,
  jit,
  matmul,
  max,
  mul,
  nn,
  random,
  reshape,
  scan,
  slice,
  sum,
  type Tensor,
  transpose,
  useEngine,
  vmap,
  where,
  whileLoop,
  zeros,
} from '../../src/index.ts';
import { trainingArguments, trainingStep } from '../helpers/training.ts';

const product = (x: Tensor, y: Tensor): Tensor => matmul(x, y);

describe('cost counts', () => {
  test('a multiply-add of a product as two, and operands and result as bytes', () => {
    const [m, k, n] = [3, 5, 7];
    expect(cost(product)(zeros([m, k]), zeros([k, n]))).toEqual({
      flops: 2 * m * k * n,
      bytes: 4 * (m * k + k * n + m * n),
    });
  });

  test('a convolution by the windows that there are', () => {
    const f = (x: Tensor, w: Tensor): Tensor => nn.conv2d({ weight: w, bias: zeros([4]) }, x, { stride: 2 });
    const [places, window, bias] = [2 * 4 * 4 * 4, 3 * 3 * 3, 1];
    expect(cost(f)(zeros([2, 9, 9, 3]), zeros([3, 3, 3, 4])).flops).toBe(places * (2 * window + bias));
    const along = (x: Tensor, w: Tensor): Tensor => conv(x, w);
    expect(cost(along)(zeros([1, 10, 2]), zeros([4, 2, 3])).flops).toBe(2 * 7 * 3 * 4 * 2);
  });

  test('functions of elements, comparisons and choices as one, sums as what they add, movements as none', () => {
    const x = zeros([4, 64]);
    const flops = (f: (x: Tensor) => Tensor): number => cost(f)(x).flops;
    expect(cost((a: Tensor) => exp(a))(x)).toEqual({ flops: 256, bytes: 2 * 4 * 256 });
    expect(flops((a) => where(greater(a, 0), a, exp(a)))).toBe(3 * 256);
    expect(flops((a) => sum(a, 1))).toBe(256);
    expect(flops((a) => max(a))).toBe(256);
    expect(flops((a) => cumsum(a, 0))).toBe(256);
    expect(flops((a) => astype(transpose(slice(a, '1:')), 'f64'))).toBe(0);
    expect(flops((a) => argsort(reshape(a, [4, 64]), 1))).toBe(256 * 6);
  });

  test('what is computed twice alike once, and what no result needs not at all', () => {
    const f = (a: Tensor): Tensor => {
      matmul(reshape(a, [10, 1]), reshape(a, [1, 10]));
      return mul(exp(a), exp(a));
    };
    expect(cost(f)(zeros([10])).flops).toBe(2 * 10);
  });

  test('nothing of nothing, and a number as one', () => {
    expect(cost((a: Tensor) => exp(a))(zeros([]))).toEqual({ flops: 1, bytes: 8 });
    expect(cost((a: Tensor) => exp(a))(zeros([0, 3]))).toEqual({ flops: 0, bytes: 0 });
    expect(cost(product)(zeros([4, 0]), zeros([0, 2]))).toEqual({ flops: 0, bytes: 4 * 8 });
    expect(cost((a: Tensor) => argsort(a))(zeros([0])).flops).toBe(0);
    expect(cost((a: Tensor) => argsort(a))(zeros([1])).flops).toBe(0);
    expect(cost((a: Tensor) => a)(zeros([3]))).toEqual({ flops: 0, bytes: 0 });
  });

  test('a training step as three products a layer, but for the gradient of its images', () => {
    const [sizes, batch] = [[784, 256, 256, 13], 64];
    const layers = sizes.slice(1).map((outputs, i) => 2 * batch * sizes[i] * outputs);
    const products = 3 * layers.reduce((a, b) => a + b) - layers[0];
    const weights = sizes.slice(1).reduce((n, outputs, i) => n + (sizes[i] + 1) * outputs, 0);
    const { flops } = cost(trainingStep)(...trainingArguments(sizes, batch));
    // Adam takes 12 to 16 a weight; activations, their derivatives and the loss up to 20 a unit
    expect(flops).toBeGreaterThan(products + 12 * weights);
    expect(flops).toBeLessThan(products + 16 * weights + 20 * batch * (256 + 256 + 13));
  });

  test('a jitted function as its own, a mapped one as often as there are examples', () => {
    const args = [zeros([3, 5]), zeros([5, 7])] as const;
    expect(cost(jit(product))(...args)).toEqual(cost(product)(...args));
    expect(cost(vmap(product, [0, null]))(zeros([11, 3, 5]), args[1]).flops).toBe(11 * 2 * 3 * 5 * 7);
  });

  test('a loop as often as it goes round, the dearer of two branches, and one round of a loop that the data end', () => {
    const xs = zeros([5, 8]);
    const body = (carry: Tensor, x: Tensor): [Tensor, Tensor] => [mul(carry, x), exp(x)];
    expect(cost((c: Tensor, stack: Tensor) => scan(body, c, stack))(zeros([8]), xs).flops).toBe(5 * 16);
    expect(cost((c: Tensor) => scan(body, c, zeros([0, 8])))(zeros([8])).flops).toBe(0);
    const either = (p: Tensor, x: Tensor): Tensor =>
      cond(
        p,
        (y: Tensor) => exp(exp(y)),
        (y: Tensor) => y,
        x,
      );
    expect(cost(either)(zeros([], 'bool'), zeros([8])).flops).toBe(16);
    const until = (x: Tensor): Tensor =>
      whileLoop(
        (y: Tensor) => greater(sum(y), 1),
        (y: Tensor) => exp(y),
        x,
      );
    expect(cost(until)(zeros([8])).flops).toBe(8 + 1 + 8);
  });

  test('what a function closes over, and one static value or another', () => {
    const captured = zeros([8]);
    expect(cost((x: Tensor) => mul(x, captured))(zeros([8])).bytes).toBe(3 * 32);
    const power = cost(
      (x: Tensor, n: number): Tensor => Array.from({ length: n }).reduce((y: Tensor) => mul(y, x), x),
      { static: [1] },
    );
    expect([2, 5].map((n) => power(zeros([10]), n).flops)).toEqual([20, 50]);
  });
});

test('cost runs nothing and compiles nothing', () => {
  const engine = useEngine('reference');
  const { compile } = engine;
  const args = trainingArguments([4, 3, 10], 2);
  let compiled = 0;
  Object.assign(engine, {
    compile: (...given: Parameters<typeof compile>) => {
      compiled++;
      return compile(...given);
    },
  });
  try {
    cost(trainingStep)(...args);
    expect(compiled).toBe(0);
    exp(random.uniform(random.key(0), [7, 13])); // what would count
    expect(compiled).toBeGreaterThan(0);
  } finally {
    Object.assign(engine, { compile });
  }
});
