// Distributions: moments and goodness of fit under fixed keys, ranges, pinned draws, and jit and vmap.
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import { slice, softmax, tensor, zeros } from '../../src/ops/index.ts';
import {
  bernoulli,
  categorical,
  key,
  keys,
  normal,
  permutation,
  randint,
  split,
  uniform,
} from '../../src/random/index.ts';
import { DTypeError, ShapeError, type Tensor } from '../../src/tensor/index.ts';
import { jit, vmap } from '../../src/transforms/index.ts';
import { suites } from '../graph/primitives/suites.ts';

beforeAll(() => {
  useEngine('reference');
});

const n = 20_000;

const mean = (x: ArrayLike<number>): number => Array.from(x).reduce((a, b) => a + b, 0) / x.length;

/** The mean of ((x − centre) / scale)^power. */
const moment = (x: ArrayLike<number>, power: number, centre = 0, scale = 1): number =>
  mean(Array.from(x, (v) => ((v - centre) / scale) ** power));

/** √n times the greatest distance between the distribution of `x` and `cdf` (Kolmogorov). */
function kolmogorov(x: ArrayLike<number>, cdf: (x: number) => number): number {
  const sorted = Float64Array.from(x).sort();
  const distances = Array.from(sorted, (v, i) =>
    Math.max(Math.abs(cdf(v) - i / sorted.length), Math.abs(cdf(v) - (i + 1) / sorted.length)),
  );
  return Math.sqrt(sorted.length) * Math.max(...distances);
}

/** Σ (observed − expected)² / expected over the categories. */
function chiSquared(x: ArrayLike<number>, probabilities: readonly number[]): number {
  const counts = probabilities.map(() => 0);
  for (const i of Array.from(x)) counts[i]++;
  return counts.reduce(
    (sum, c, i) => sum + (c - x.length * probabilities[i]) ** 2 / (x.length * probabilities[i]),
    0,
  );
}

const erf = (x: number): number => suites.erf.oracle([{ dtype: 'f64', shape: [], data: [x] }], {}).data[0];
const normalCdf = (x: number): number => (1 + erf(Math.round(x * 2 ** 40) / 2 ** 40 / Math.SQRT2)) / 2;

/** Kolmogorov's statistic exceeds this once in a thousand. */
const rare = 1.95;

describe('uniform', () => {
  test.each(['f32', 'f64'] as const)('fits its distribution in %s', (dtype) => {
    const { data } = uniform(key('uniform'), [n], 0, 1, dtype);
    expect(kolmogorov(data, (x) => x)).toBeLessThan(rare);
    expect(Math.abs(mean(data) - 0.5)).toBeLessThan(4 / Math.sqrt(12 * n));
    expect(Math.min(...data)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...data)).toBeLessThan(1);
  });

  test('takes any bounds', () => {
    const x = uniform(key(3), [100, 50], -1, 1);
    expect(x.shape).toEqual([100, 50]);
    expect(x.dtype).toBe('f32');
    expect(kolmogorov(x.data, (v) => (v + 1) / 2)).toBeLessThan(rare);
    expect(Math.min(...x.data)).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...x.data)).toBeLessThan(1);
  });

  test('has no correlation between neighbours', () => {
    const { data } = uniform(key(11), [n], -1, 1, 'f64');
    const products = Array.from(data.subarray(1), (v, i) => 3 * v * data[i]);
    expect(Math.abs(mean(products))).toBeLessThan(4 / Math.sqrt(n));
  });

  test('has every bit of its precision', () => {
    const spread = (dtype: 'f32' | 'f64', bitsOf: number): number =>
      new Set(Array.from(uniform(key(5), [2000], 0, 1, dtype).data, (x) => (x * 2 ** bitsOf) % 1024)).size;
    expect(spread('f32', 24)).toBeGreaterThan(800);
    expect(spread('f64', 53)).toBeGreaterThan(800);
    for (const x of uniform(key(5), [100]).data) expect(Number.isInteger(x * 2 ** 24)).toBe(true);
  });

  test('refuses dtypes that are not floats', () => {
    expect(() => uniform(key(1), [2], 0, 1, 'i32')).toThrow(
      new DTypeError('uniform: i32 is not a float dtype; take f32 or f64'),
    );
  });
});

describe('normal', () => {
  test.each(['f32', 'f64'] as const)('fits its distribution in %s', (dtype) => {
    const { data } = normal(key('normal'), [n], dtype);
    expect(kolmogorov(data.subarray(0, 2000), normalCdf)).toBeLessThan(rare);
    const tolerance = (variance: number): number => 4 * Math.sqrt(variance / n);
    expect(Math.abs(moment(data, 1))).toBeLessThan(tolerance(1));
    expect(Math.abs(moment(data, 2) - 1)).toBeLessThan(tolerance(2));
    expect(Math.abs(moment(data, 3))).toBeLessThan(tolerance(15));
    expect(Math.abs(moment(data, 4) - 3)).toBeLessThan(tolerance(96));
    expect(data.every(Number.isFinite)).toBe(true);
  });

  test('draws from split keys do not correlate', () => {
    const two = split(key(6));
    const [a, b] = [0, 1].map((i) => normal(slice(two, i), [n], 'f64').data);
    expect(Math.abs(mean(Array.from(a, (v, i) => v * b[i])))).toBeLessThan(4 / Math.sqrt(n));
  });
});

describe('bernoulli', () => {
  test('is true as often as p says', () => {
    for (const p of [0.1, 0.5, 0.9]) {
      const x = bernoulli(key(4), p, [n]);
      expect(x.dtype).toBe('bool');
      expect(Math.abs(mean(x.data) - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / n));
    }
    expect(mean(bernoulli(key(4), 0, [1000]).data)).toBe(0);
    expect(mean(bernoulli(key(4), 1, [1000]).data)).toBe(1);
  });
});

describe('randint', () => {
  test('is uniform on its range, ends included and excluded', () => {
    const { data, dtype } = randint(key(9), [n], -3, 7);
    expect(dtype).toBe('i32');
    const counted = Array.from(data, (x) => x + 3);
    expect(new Set(data)).toEqual(new Set([-3, -2, -1, 0, 1, 2, 3, 4, 5, 6]));
    // chi-squared with 9 degrees of freedom exceeds 27.9 once in a thousand
    expect(chiSquared(counted, new Array(10).fill(0.1))).toBeLessThan(27.9);
  });

  test('takes a range of one, and the widest', () => {
    expect(Array.from(randint(key(1), [5], 4, 5).data)).toEqual([4, 4, 4, 4, 4]);
    const wide = randint(key(1), [1000], 0, 2 ** 24).data;
    expect(Math.min(...wide)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...wide)).toBeLessThan(2 ** 24);
    expect(Math.max(...wide)).toBeGreaterThan(2 ** 23);
  });

  test.each([
    [0, 0],
    [5, 4],
    [0, 2 ** 24 + 1],
    [0.5, 3],
    [0, NaN],
  ])('refuses [%s, %s)', (low, high) => {
    expect(() => randint(key(1), [2], low, high)).toThrow(
      new RangeError(`randint: [${low}, ${high}) is not a range of 1 to 2^24 whole numbers`),
    );
  });
});

describe('permutation', () => {
  test('holds every number once', () => {
    for (const size of [0, 1, 2, 1000]) {
      const x = permutation(key(size), size);
      expect(x.dtype).toBe('i32');
      expect(Array.from(x.data).sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i));
    }
  });

  test('takes every order equally often', () => {
    const drawn = vmap((k: Tensor) => permutation(k, 3))(split(key(2), 6000));
    const orders = ['0,1,2', '0,2,1', '1,0,2', '1,2,0', '2,0,1', '2,1,0'];
    const found = Array.from({ length: 6000 }, (_, i) =>
      orders.indexOf(String(drawn.data.slice(3 * i, 3 * i + 3))),
    );
    // chi-squared with 5 degrees of freedom exceeds 20.5 once in a thousand
    expect(chiSquared(found, new Array(6).fill(1 / 6))).toBeLessThan(20.5);
  });
});

describe('categorical', () => {
  const logits = tensor([0, 1, -1, 2], 'f64');

  test.each(['f32', 'f64'] as const)('draws with the probabilities of softmax in %s', (dtype) => {
    const given = tensor(Array.from(logits.data), dtype);
    const x = categorical(key(12), given, [n]);
    expect([x.dtype, x.shape]).toEqual(['i32', [n]]);
    // chi-squared with 3 degrees of freedom exceeds 16.3 once in a thousand
    expect(chiSquared(x.data, Array.from(softmax(logits).data))).toBeLessThan(16.3);
  });

  test('never draws what has no probability', () => {
    const x = categorical(key(3), tensor([-Infinity, 0, -Infinity, 0]), [2000]);
    expect(new Set(x.data)).toEqual(new Set([1, 3]));
    expect(categorical(key(3), tensor([5])).item()).toBe(0);
  });

  test('never draws what has no probability, whatever the bits', () => {
    // the first 24 bits under this key are all ones: the uniform number is as near to 1 as it comes
    const x = categorical(key(seedOfOnes), tensor([-Infinity, 0]));
    expect(x.item()).toBe(1);
  });

  test('refuses logits that are not a float vector', () => {
    expect(() => categorical(key(1), zeros([2, 3]))).toThrow(
      new ShapeError('categorical: logits f32[2, 3] are not a float vector'),
    );
    expect(() => categorical(key(1), zeros([2], 'i32'))).toThrow('logits i32[2] are not a float vector');
  });
});

describe('Every distribution', () => {
  const draws: Record<string, (k: Tensor) => Tensor> = {
    uniform: (k) => uniform(k, [5], -2, 3),
    'uniform in f64': (k) => uniform(k, [5], 0, 1, 'f64'),
    normal: (k) => normal(k, [2, 3]),
    'normal in f64': (k) => normal(k, [3], 'f64'),
    bernoulli: (k) => bernoulli(k, 0.3, [6]),
    randint: (k) => randint(k, [4], 0, 100),
    permutation: (k) => permutation(k, 7),
    categorical: (k) => categorical(k, tensor([0.1, 0.2, 0.3]), [5]),
  };

  test.each(Object.entries(draws))('%s is the same under jit and vmap', (_, draw) => {
    const seeds = ['a', 'b', 'c'];
    const mapped = jit(vmap(draw))(keys(seeds));
    seeds.forEach((seed, i) => {
      const one = draw(key(seed));
      expect(Array.from(slice(mapped, i).data)).toEqual(Array.from(one.data));
      expect(Array.from(jit(draw)(key(seed)).data)).toEqual(Array.from(one.data));
    });
  });

  test('draws the same from the same key, and other numbers from another', () => {
    for (const draw of Object.values(draws)) {
      const [a, again, b] = [key(1), key(1), key(2)].map((k) => Array.from(draw(k).data));
      expect(a).toEqual(again);
      expect(a).not.toEqual(b);
    }
  });

  test('is pinned at key 42', () => {
    const k = key(42);
    expect(Array.from(uniform(k, [3]).data)).toEqual(pinned.uniform);
    expect(Array.from(uniform(k, [3], 0, 1, 'f64').data)).toEqual(pinned.uniform64);
    expect(Array.from(normal(k, [3], 'f64').data, (x) => x.toFixed(12))).toEqual(pinned.normal64);
    expect(Array.from(randint(k, [5], 0, 10).data)).toEqual(pinned.randint);
    expect(Array.from(permutation(k, 8).data)).toEqual(pinned.permutation);
    expect(Array.from(categorical(k, zeros([4]), [6]).data)).toEqual(pinned.categorical);
    expect(Array.from(bernoulli(k, 0.5, [6]).data)).toEqual(pinned.bernoulli);
  });
});

const seedOfOnes = 10082300;

const pinned = {
  uniform: [0.4267275333404541, 0.06302016973495483, 0.1001582145690918],
  uniform64: [0.2356699379624595, 0.7340688766746577, 0.6122563934463684],
  normal64: ['0.300184235270', '-0.682674834836', '-0.627932083099'],
  randint: [2, 7, 6, 9, 9],
  permutation: [3, 1, 5, 2, 4, 6, 0, 7],
  categorical: [3, 3, 0, 1, 0, 3],
  bernoulli: [1, 1, 1, 0, 1, 1],
};
