// Parallel rounds: what only kernels one after the other read lies in pieces that threads keep for themselves, and
// everything is what it is without them.
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  add,
  div,
  exp,
  explain,
  grad,
  jit,
  matmul,
  mean,
  mul,
  nn,
  random,
  reshape,
  softmax,
  sqrt,
  square,
  sub,
  sum,
  swapaxes,
  type Tensor,
  take,
  tensor,
  useEngine,
  useThreads,
  vmap,
  where,
  zeros,
} from '../../src/index.ts';
import { compiledEngines } from '../helpers/compiled.ts';

afterEach(() => {
  useThreads(2);
  useEngine('reference');
});

/** What `explain` says lies between kernels, in bytes. */
function bytesBetween(text: string): number {
  const [, n, unit] = /([\d.]+) (B|kB|MB) between kernels/.exec(text) ?? [];
  return Number(n) * { B: 1, kB: 1e3, MB: 1e6 }[unit as 'B'];
}

const normal = (seed: number, shape: number[]): Tensor => random.normal(random.key(seed), shape);

/** Heads of `depth` of queries, keys and values [batch, tokens, size], each sees those before it. */
function attention(q: Tensor, k: Tensor, v: Tensor): Tensor {
  const [batch, tokens, size] = q.shape;
  const heads = size / 8;
  const [queries, keys, values] = [q, k, v].map((x) => swapaxes(reshape(x, [batch, tokens, heads, 8]), 1, 2));
  const scores = div(matmul(queries, swapaxes(keys, -1, -2)), Math.sqrt(8));
  const seen = tensor(
    Array.from({ length: tokens }, (_, i) => Array.from({ length: tokens }, (_, j) => j <= i)),
  );
  return reshape(swapaxes(matmul(softmax(where(seen, scores, -Infinity)), values), 1, 2), q.shape);
}

const rows = (x: Tensor): Tensor => {
  const centred = sub(x, mean(x, -1, true));
  return softmax(div(centred, sqrt(add(mean(square(centred), -1, true), 1e-5))));
};

interface Case {
  readonly f: (...inputs: Tensor[]) => Tensor | Tensor[];
  readonly inputs: () => Tensor[];
  /** The most bytes that may lie between kernels. */
  readonly most: number;
}

const cases: Record<string, Case> = {
  'a norm and a softmax of rows': {
    f: rows,
    inputs: () => [normal(1, [512, 384])],
    most: 0,
  },
  'the same of a prime number of rows': { f: rows, inputs: () => [normal(1, [521, 384])], most: 0 },
  'the same with two leading axes': { f: rows, inputs: () => [normal(2, [24, 32, 200])], most: 0 },
  attention: {
    f: attention,
    inputs: () => [3, 4, 5].map((seed) => normal(seed, [8, 64, 32])),
    most: 5e3, // what may be seen
  },
  'its gradient': {
    f: grad((q: Tensor, k: Tensor, v: Tensor) => sum(square(attention(q, k, v)))),
    inputs: () => [3, 4, 5].map((seed) => normal(seed, [8, 64, 32])),
    most: 1.2e6, // probabilities, and what is less
  },
  'attention over more tokens than stay near, with its gradient': {
    f: grad((q: Tensor) => sum(square(nn.dotProductAttention(q, add(q, 1), mul(q, 2), { causal: true })))),
    inputs: () => [normal(13, [4, 2, 300, 8])],
    most: 1e5, // what may be seen
  },
  'a loss over many classes with its gradient': {
    f: grad((x: Tensor, labels: Tensor) => nn.crossEntropy(x, labels)),
    inputs: () => [normal(6, [256, 1000]), random.randint(random.key(7), [256], 0, 1000)],
    most: 5e3,
  },
  'rows that data say, and a table that all read': {
    f: (table, at) => rows(mul(take(table, at), 2)),
    inputs: () => [normal(8, [50, 256]), random.randint(random.key(9), [600], 0, 50)],
    most: 0,
  },
  'rows that wait for a product of rows before': {
    f: (x) => {
      const first = rows(x);
      const total = sum(matmul(swapaxes(first, 0, 1), first));
      return mul(total, sub(exp(first), mean(first, -1, true)));
    },
    inputs: () => [normal(12, [512, 200])],
    most: 1.5e6,
  },
  'models side by side, each with layers of its own': {
    f: (weights, x) => vmap((w: Tensor, x: Tensor) => rows(matmul(rows(x), w)))(weights, x),
    inputs: () => [normal(10, [8, 64, 64]), normal(11, [8, 512, 64])],
    most: 0,
  },
};

/** What each case gives, all of them in one program: a compiler takes a fraction of the time. */
function results(): Map<string, number[][]> {
  const all = Object.entries(cases);
  const together = jit((inputs: readonly (readonly Tensor[])[]) =>
    all.map(([, { f }], i) => [f(...inputs[i])].flat()),
  );
  const found = together(all.map(([, { inputs }]) => inputs()));
  return new Map(all.map(([name], i) => [name, found[i].map(({ data }) => Array.from(data))]));
}

let right: Map<string, number[][]>;
beforeAll(() => {
  useEngine('reference');
  right = results();
});

describe.each(compiledEngines())('On %s', (engine) => {
  test.each(Object.entries(cases))('%s keeps what lies between kernels near', (_, { f, inputs, most }) => {
    useEngine(engine);
    const text = explain(f)(...inputs());
    expect(text).toContain('at once:');
    expect(bytesBetween(text)).toBeLessThanOrEqual(most);
  });

  test('attention over 1,024 tokens, forward and back, has no array of them by them but what may be seen', () => {
    useEngine(engine);
    const attend = (q: Tensor, k: Tensor, v: Tensor): Tensor =>
      sum(mul(nn.dotProductAttention(q, k, v, { causal: true }), q));
    const whole = zeros([8, 8, 1024, 64]);
    const bytes = (f: (...inputs: Tensor[]) => Tensor | readonly Tensor[]): number =>
      bytesBetween(explain(f)(whole, whole, whole));
    expect(bytes(attend)).toBeLessThan(18e6); // with the answers, which are as many as queries
    expect(bytes(grad(attend, { argnums: [0, 1, 2] }))).toBeLessThan(1.1e6);
  });

  test.each([[[128, 1000]], [[128, 1, 1000]]])(
    'a product of %j with a factor that few rows would read anew is in no round',
    (shape) => {
      useEngine(engine);
      const text = explain((x: Tensor, w: Tensor) => matmul(rows(x), w))(zeros(shape), zeros([1000, 600]));
      expect(text.split('\n').find((line) => line.includes(' dot'))).toContain('[128, ');
    },
  );

  test.each([1, 2])('on %i threads, all is what it is on the reference engine', (threads) => {
    useEngine(engine);
    useThreads(threads);
    const found = results();
    right.forEach((tensors, name) => {
      tensors.forEach((one, i) => {
        const scale = one.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
        const other = found.get(name)?.[i] ?? [];
        const worst = one.reduce((most, x, at) => Math.max(most, Math.abs(x - other[at])), 0);
        expect(worst / scale, name).toBeLessThan(3e-6);
      });
    });
  });
});
