// Sampling of tokens: what top-k and top-p leave, against loops, and how often each token is drawn of it.
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import { argmax, astype, broadcastTo, slice, softmax, tensor, zeros } from '../../src/ops/index.ts';
import {
  categorical,
  key,
  keys,
  type SampleLogitsOptions,
  sampleLogits,
  topKLogits,
  topPLogits,
} from '../../src/random/index.ts';
import { ShapeError, type Tensor } from '../../src/tensor/index.ts';
import { jit, vmap } from '../../src/transforms/index.ts';
import { runs } from '../helpers/long.ts';

beforeAll(() => {
  useEngine('reference');
});

const logits = tensor([1, 3, 0, 2, 0.5], 'f64');
/** Where logits are left. */
const left = (x: Tensor): number[] => Array.from(x.data).flatMap((v, i) => (v === -Infinity ? [] : [i]));
const row = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 1, maxLength: 8 });

describe('topKLogits', () => {
  test('leaves the k greatest, and what equals the least of them', () => {
    expect(topKLogits(logits, 2).toArray()).toEqual([-Infinity, 3, -Infinity, 2, -Infinity]);
    expect(
      topKLogits(
        tensor([
          [1, 2, 2],
          [3, 2, 1],
        ]),
        1,
      ).toArray(),
    ).toEqual([
      [-Infinity, 2, 2],
      [3, -Infinity, -Infinity],
    ]);
    expect(topKLogits(logits, 9)).toBe(logits);
  });

  test('is its definition', () => {
    fc.assert(
      fc.property(row, fc.integer({ min: 1, max: 9 }), (values, k) => {
        const least = values.toSorted((a, b) => b - a)[Math.min(k, values.length) - 1];
        const expected = values.flatMap((v, i) => (v >= least ? [i] : []));
        expect(left(topKLogits(tensor(values, 'f64'), k))).toEqual(expected);
      }),
      { numRuns: runs(50) },
    );
  });
});

describe('topPLogits', () => {
  test('leaves the likeliest that make up the share', () => {
    // probabilities 0.1, 0.6, 0.3
    const x = tensor([0.1, 0.6, 0.3].map(Math.log), 'f64');
    const shares = [0.01, 0.59, 0.61, 0.89, 0.91, 1];
    expect(shares.map((p) => left(topPLogits(x, p)))).toEqual([
      [1],
      [1],
      [1, 2],
      [1, 2],
      [0, 1, 2],
      [0, 1, 2],
    ]);
  });

  test('is its definition', () => {
    fc.assert(
      fc.property(row, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (values, p) => {
        const probabilities = Array.from(softmax(tensor(values, 'f64')).data);
        let [total, least] = [0, 1];
        for (const q of probabilities.toSorted((a, b) => b - a)) {
          if (Math.abs(total - p) < 1e-9) return; // a matter of rounding
          if (total >= p) break;
          least = q;
          total += q;
        }
        const expected = probabilities.flatMap((q, i) => (q >= least ? [i] : []));
        expect(left(topPLogits(tensor(values, 'f64'), p))).toEqual(expected);
      }),
      { numRuns: runs(50) },
    );
  });

  test('takes a share a row, known or not, and always leaves the likeliest', () => {
    const x = broadcastTo(logits, [3, 5]);
    const shares = tensor([0.5, 1, 0], 'f32');
    for (const f of [topPLogits, jit((x: Tensor, p: Tensor) => topPLogits(x, p))])
      expect([0, 1, 2].map((i) => left(slice(f(x, shares), i)))).toEqual([[1], [0, 1, 2, 3, 4], [1]]);
    expect(() => topPLogits(x, zeros([2, 3]))).toThrow(
      new ShapeError(
        'topPLogits: p is [2, 3]; it must broadcast to [3], the axes of the logits before the last',
      ),
    );
  });
});

describe('sampleLogits', () => {
  const n = 4000;
  const drawn = (options: SampleLogitsOptions): number[] =>
    Array.from(sampleLogits(key(7), broadcastTo(logits, [n, 5]), options).data);

  test.each<[SampleLogitsOptions, number[], number]>([
    [{}, [0, 1, 2, 3, 4], 1],
    [{ temperature: 0.5 }, [0, 1, 2, 3, 4], 0.5],
    [{ temperature: tensor(3, 'f32') }, [0, 1, 2, 3, 4], 3],
    [{ topK: 3, temperature: 2 }, [0, 1, 3], 2],
    [{ topP: 0.9 }, [0, 1, 3], 1], // 0.61, 0.22, 0.08
    [{ topP: 0.9, temperature: 0.3 }, [1], 0.3],
    [{ topK: 2, topP: 0.6 }, [1], 1], // of the two, the first has 0.73
  ])('with %o draws each token as often as it should', (options, from, temperature) => {
    const weights = from.map((i) => Math.exp(logits.data[i] / temperature));
    const total = weights.reduce((a, b) => a + b);
    const counts = [0, 1, 2, 3, 4].map(() => 0);
    for (const i of drawn(options)) counts[i]++;
    const expected = counts.map((_, i) => (from.includes(i) ? (n * weights[from.indexOf(i)]) / total : 0));
    expected.forEach((e, i) => {
      if (e === 0) expect(counts[i]).toBe(0);
    });
    const chiSquared = from.reduce((sum, i) => sum + (counts[i] - expected[i]) ** 2 / expected[i], 0);
    // chi-squared with 4 degrees of freedom exceeds 18.5 once in a thousand
    expect(chiSquared).toBeLessThan(18.5);
  });

  test('takes the likeliest at temperature 0, whatever else is asked for', () => {
    for (const options of [{}, { topK: 2 }, { topP: 0.5 }, { topK: 4, topP: 0.99 }])
      expect(new Set(drawn({ ...options, temperature: 0 }))).toEqual(new Set([1]));
  });

  test('is categorical where nothing else is asked for', () => {
    const x = broadcastTo(astype(logits, 'f32'), [50, 5]);
    expect(sampleLogits(key(1), x).toArray()).toEqual(categorical(key(1), x).toArray());
    expect(sampleLogits(key(1), astype(x, 'bf16')).shape).toEqual([50]);
  });

  test('takes a temperature a row, and is the same compiled and mapped', () => {
    const x = broadcastTo(logits, [6, 5]);
    const heats = tensor([0, 1, 1, 1, 1, 0], 'f32');
    const f = (k: Tensor, x: Tensor, temperature: Tensor): Tensor =>
      sampleLogits(k, x, { temperature, topK: 4, topP: 0.95 });
    const plain = f(key(3), x, heats).toArray() as number[];
    expect([plain[0], plain[5]]).toEqual([1, 1]);
    expect(jit(f)(key(3), x, heats).toArray()).toEqual(plain);
    const mapped = vmap(f, [0, null, null])(keys([3, 4]), x, heats);
    expect(slice(mapped, 0).toArray()).toEqual(plain);
    expect(argmax(logits).item()).toBe(1);
  });

  test.each<[Tensor, SampleLogitsOptions, Error]>([
    [
      zeros([2, 0]),
      {},
      new ShapeError('sampleLogits: logits are [2, 0]; they must be [..., n], of at least one token'),
    ],
    [
      zeros([2]),
      { temperature: -1 },
      new RangeError('sampleLogits: temperature is -1; it must be a number ≥ 0, or a tensor of such'),
    ],
    [
      zeros([2]),
      { topP: 0 },
      new RangeError('sampleLogits: topP is 0; it must be a number > 0 and ≤ 1, or a tensor of such'),
    ],
    [zeros([2]), { topK: 0 }, new RangeError('sampleLogits: topK is 0; it must be a whole number ≥ 1')],
  ])('refuses %o with %o', (x, options, error) => {
    expect(() => sampleLogits(key(1), x, options)).toThrow(error);
  });
});
