// Distributions: moments and goodness of fit under fixed keys, ranges, pinned draws, and jit and vmap.
import { beforeAll, describe, expect, test } from 'vitest';
import { engineNames, useEngine } from '../../src/engines/index.ts';
import { arange, reshape, slice, softmax, take, tensor, transpose, zeros } from '../../src/ops/index.ts';
import {
  bernoulli,
  type ChoiceOptions,
  categorical,
  choice,
  exponential,
  gumbel,
  key,
  keys,
  normal,
  permutation,
  randint,
  split,
  truncatedNormal,
  uniform,
} from '../../src/random/index.ts';
import { DTypeError, ShapeError, type Tensor } from '../../src/tensor/index.ts';
import { jit, vmap } from '../../src/transforms/index.ts';
import { suites } from '../graph/primitives/suites.ts';
import { expectSame } from '../helpers/grids.ts';

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
      new DTypeError("uniform: i32 is no dtype to draw in; take f32 or f64, and astype(x, 'i32') of it"),
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

describe('gumbel and exponential', () => {
  test.each(['f32', 'f64'] as const)('fit their distributions in %s', (dtype) => {
    const [noise, waits] = [gumbel, exponential].map((draw) => draw(key('tails'), [n], dtype));
    expect([noise.dtype, waits.dtype]).toEqual([dtype, dtype]);
    expect(kolmogorov(noise.data, (x) => Math.exp(-Math.exp(-x)))).toBeLessThan(rare);
    expect(kolmogorov(waits.data, (x) => 1 - Math.exp(-x))).toBeLessThan(rare);
    expect(Math.abs(mean(waits.data) - 1)).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.min(...waits.data)).toBeGreaterThanOrEqual(0);
    expect(noise.data.every(Number.isFinite) && waits.data.every(Number.isFinite)).toBe(true);
  });
});

describe('truncatedNormal', () => {
  const draws = 2000;

  test.each<[number | undefined, number | undefined]>([
    [undefined, undefined],
    [-1, 0.5],
    [0.5, Infinity],
    [-Infinity, -2],
    [-0.1, 3],
    [-Infinity, Infinity],
  ])('from %s to %s fits its distribution, and keeps to its range', (low, high) => {
    const [a, b] = [low ?? -2, high ?? 2];
    const [below, above] = [a, b].map((x) => (Number.isFinite(x) ? normalCdf(x) : Number(x > 0)));
    for (const dtype of ['f32', 'f64'] as const) {
      const { data } = truncatedNormal(key('cut'), [draws], low, high, dtype);
      expect(kolmogorov(data, (x) => (normalCdf(x) - below) / (above - below))).toBeLessThan(rare);
      expect(Math.min(...data)).toBeGreaterThanOrEqual(Math.fround(a));
      expect(Math.max(...data)).toBeLessThanOrEqual(Math.fround(b));
    }
  });

  test.each([1, -1])('has its resolution far out on either side', (side) => {
    const [low, high] = [10, Infinity].map((x) => x * side).sort((x, y) => x - y);
    const { data } = truncatedNormal(key(1), [draws], low, high);
    expect(new Set(data).size).toBeGreaterThan(draws / 2);
    // beyond 10, a normal number is 10 + 1/10 but for terms of 10⁻³
    expect(side * mean(data)).toBeCloseTo(10.098, 2);
  });

  test.each([
    [1, 1],
    [2, -2],
    [Number.NaN, 1],
    [13, 14],
  ])('refuses the range from %s to %s', (low, high) => {
    expect(() => truncatedNormal(key(1), [2], low, high)).toThrow(
      new RangeError(
        `truncatedNormal: [${low}, ${high}] is no range to draw from; give low < high, with part of it between -12 and 12`,
      ),
    );
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

  /** The index of the greatest of logit − log(−log u), for u as `uniform` draws them. */
  const byHand = (k: Tensor, lines: readonly (readonly number[])[], count: number): number[] => {
    const size = lines[0].length;
    const u = uniform(k, [count * size]).data;
    return Array.from({ length: count }, (_, i) => {
      const noisy = lines[i % lines.length].map(
        (logit, j) => logit - Math.log(-Math.log(Math.max(u[i * size + j], 2 ** -25))),
      );
      return noisy.indexOf(Math.max(...noisy));
    });
  };
  const rows = [
    [0, 1, -1],
    [2, 0, 0],
    [-Infinity, 0, 1],
    [3, 3, -3],
  ];
  const batch = tensor([rows.slice(0, 2), rows.slice(2)]);

  test.each(engineNames())('draws from each line of a batch on %s', (name) => {
    useEngine(name);
    const f = (k: Tensor, logits: Tensor) => [
      categorical(k, logits),
      categorical(k, logits, undefined, 2),
      categorical(k, transpose(logits), undefined, 0),
      categorical(k, logits, [50, 2, 2]),
      categorical(k, slice(logits, 0), [30, 2]),
      categorical(k, slice(logits, ':', ':1'), [2, 2]),
    ];
    for (const [one, last, first, many, some, spread] of [f(key(5), batch), jit(f)(key(5), batch)]) {
      expect([one.dtype, one.shape]).toEqual(['i32', [2, 2]]);
      expect(Array.from(one.data)).toEqual(byHand(key(5), rows, 4));
      expect(Array.from(last.data)).toEqual(Array.from(one.data));
      const turned = [rows[0], rows[2], rows[1], rows[3]]; // transpose reverses all axes
      expect(Array.from(first.data)).toEqual(byHand(key(5), turned, 4));
      expect(Array.from(many.data)).toEqual(byHand(key(5), rows, 200));
      expect(Array.from(some.data)).toEqual(byHand(key(5), rows.slice(0, 2), 60));
      expect(Array.from(spread.data)).toEqual(byHand(key(5), [rows[0], rows[0], rows[2], rows[2]], 4));
    }
    useEngine('reference');
  });

  test('draws each line with its own probabilities', () => {
    const x = categorical(key(21), batch, [5000, 2, 2]);
    rows.forEach((row, i) => {
      const drawn = Array.from(x.data).filter((_, j) => j % 4 === i);
      const possible = row.flatMap((logit, j) => (logit > -Infinity ? [j] : []));
      const probabilities = Array.from(
        softmax(
          tensor(
            possible.map((j) => row[j]),
            'f64',
          ),
        ).data,
      );
      // chi-squared with 2 degrees of freedom exceeds 13.8 once in a thousand
      expect(
        chiSquared(
          drawn.map((j) => possible.indexOf(j)),
          probabilities,
        ),
      ).toBeLessThan(13.8);
    });
  });

  test('takes logits of any dtype as the floats that they are', () => {
    for (const dtype of ['i32', 'bf16', 'i8'] as const)
      expect(categorical(key(4), tensor([1, 2, 0], dtype), [50]).toArray()).toEqual(
        categorical(key(4), tensor([1, 2, 0], 'f32'), [50]).toArray(),
      );
  });

  test('refuses shapes that the logits do not fit', () => {
    expect(() => categorical(key(1), zeros([]))).toThrow(
      'categorical: axis -1 is outside a tensor of 0 dimensions',
    );
    expect(() => categorical(key(1), zeros([2, 3]), [])).toThrow(
      new ShapeError('categorical: shape [] is none that [2], the other axes of the logits, broadcasts to'),
    );
    expect(() => categorical(key(1), zeros([2, 3]), [2, 5])).toThrow(
      'shapes [2] and [2, 5] do not broadcast',
    );
  });
});

describe('choice', () => {
  test('draws numbers below n, each equally often', () => {
    const x = choice(key(1), 5, [n]);
    expect([x.dtype, x.shape]).toEqual(['i32', [n]]);
    // chi-squared with 4 degrees of freedom exceeds 18.5 once in a thousand
    expect(chiSquared(x.data, new Array(5).fill(0.2))).toBeLessThan(18.5);
    expect(choice(key(1), 3).shape).toEqual([]);
  });

  test('draws with probabilities in proportion to p', () => {
    for (const p of [[1, 0, 3, 4], tensor([0.125, 0, 0.375, 0.5], 'f64'), tensor([1, 0, 3, 4], 'i32')]) {
      const x = choice(key(2), 4, [n], { p });
      expect(new Set(x.data)).toEqual(new Set([0, 2, 3]));
      // chi-squared with 2 degrees of freedom exceeds 13.8 once in a thousand
      const drawn = Array.from(x.data, (i) => Math.max(0, i - 1));
      expect(chiSquared(drawn, [0.125, 0.375, 0.5])).toBeLessThan(13.8);
    }
  });

  const orders = ['0,1', '0,2', '1,0', '1,2', '2,0', '2,1'];
  test.each<[string, readonly number[] | undefined, readonly number[]]>([
    ['alike', undefined, [1, 1, 1]],
    ['by p', [0.2, 0.3, 0.5], [0.2, 0.3, 0.5]],
  ])('draws without replacement, %s, one after the other', (_, p, weights) => {
    const drawn = vmap((k: Tensor) => choice(k, 3, [2], { replace: false, p }))(split(key(2), 6000));
    const found = Array.from({ length: 6000 }, (__, i) =>
      orders.indexOf(String(drawn.data.slice(2 * i, 2 * i + 2))),
    );
    const total = weights.reduce((a, b) => a + b);
    const probabilities = orders.map((order) => {
      const [i, j] = order.split(',').map(Number);
      return (weights[i] / total) * (weights[j] / (total - weights[i]));
    });
    // chi-squared with 5 degrees of freedom exceeds 20.5 once in a thousand
    expect(chiSquared(found, probabilities)).toBeLessThan(20.5);
  });

  test('without replacement gives all entries once, the impossible ones never', () => {
    const all = Array.from(choice(key(3), 100, [10, 10], { replace: false }).data);
    expect(all.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    const p = Array.from({ length: 50 }, (_, i) => i % 2);
    const odd = Array.from(choice(key(3), 50, [25], { replace: false, p }).data);
    expect(odd.sort((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, i) => 2 * i + 1));
  });

  test.each(engineNames())('draws the entries of a tensor along any axis on %s', (name) => {
    useEngine('reference');
    const x = reshape(arange(24), [2, 3, 4]);
    const f = (k: Tensor, y: Tensor) => [
      choice(k, y),
      choice(k, y, [2, 5], { axis: 1 }),
      choice(k, y, [3], { axis: -1, replace: false }),
      choice(k, y, [6], { axis: 2, p: [0, 1, 0, 1] }),
      choice(k, y, [2], { axis: 2, p: [0, 1, 0, 1], replace: false }),
      choice(k, y, [0]),
    ];
    const right = f(key(9), x);
    expect(right.map(({ shape }) => shape)).toEqual([
      [3, 4],
      [2, 2, 5, 4],
      [2, 3, 3],
      [2, 3, 6],
      [2, 3, 2],
      [0, 3, 4],
    ]);
    const picked = (options: ChoiceOptions, shape: number[], along: number) =>
      choice(key(9), along, shape, { ...options, axis: 0 });
    expectSame(right[1], take(x, picked({}, [2, 5], 3), 1));
    expectSame(right[2], take(x, picked({ replace: false }, [3], 4), 2));
    expectSame(right[3], take(x, picked({ p: [0, 1, 0, 1] }, [6], 4), 2));
    useEngine(name);
    for (const results of [f(key(9), x), jit(f)(key(9), x)])
      results.forEach((result, i) => {
        expectSame(result, right[i]);
      });
    useEngine('reference');
  });

  test.each<[number | Tensor, number[], ChoiceOptions, Error]>([
    [0, [1], {}, new RangeError('choice: 1 entries out of 0; draw fewer, or replace them')],
    [
      3,
      [2, 2],
      { replace: false },
      new RangeError('choice: 4 entries out of 3 without replacement; draw fewer, or replace them'),
    ],
    [2.5, [], {}, new ShapeError('choice: shape [2.5] has size 2.5; sizes are whole numbers ≥ 0')],
    [3, [], { p: [1, 2] }, new ShapeError('choice: p is [2] for 3 entries; it must be [3]')],
    [2, [], { p: [1, -1] }, new RangeError('choice: p holds -1; probabilities are numbers ≥ 0')],
    [2, [], { p: [1, NaN] }, new RangeError('choice: p holds NaN; probabilities are numbers ≥ 0')],
    [2, [1], { p: [0, 0] }, new RangeError('choice: 1 different entries asked for, but p is above 0 for 0')],
    [
      3,
      [2],
      { p: [0, 1, 0], replace: false },
      new RangeError('choice: 2 different entries asked for, but p is above 0 for 1'),
    ],
  ])('refuses %s, %j, %j', (from, shape, options, error) => {
    expect(() => choice(key(1), from, shape, options)).toThrow(error);
  });
});

describe('Every distribution', () => {
  const draws: Record<string, (k: Tensor) => Tensor> = {
    uniform: (k) => uniform(k, [5], -2, 3),
    'uniform in f64': (k) => uniform(k, [5], 0, 1, 'f64'),
    normal: (k) => normal(k, [2, 3]),
    'normal in f64': (k) => normal(k, [3], 'f64'),
    gumbel: (k) => gumbel(k, [5]),
    exponential: (k) => exponential(k, [5]),
    truncatedNormal: (k) => truncatedNormal(k, [5], -1, 3),
    bernoulli: (k) => bernoulli(k, 0.3, [6]),
    randint: (k) => randint(k, [4], 0, 100),
    permutation: (k) => permutation(k, 7),
    categorical: (k) => categorical(k, tensor([0.1, 0.2, 0.3]), [5]),
    'categorical of a batch': (k) =>
      categorical(
        k,
        tensor([
          [0.1, 0.2],
          [1, 2],
        ]),
        [4, 2],
      ),
    choice: (k) => choice(k, 100, [4]),
    'choice by p': (k) => choice(k, 10, [6], { p: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] }),
    'choice without replacement': (k) => choice(k, 20, [6], { replace: false }),
    'choice by p without replacement': (k) =>
      choice(k, 10, [5], { replace: false, p: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] }),
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
