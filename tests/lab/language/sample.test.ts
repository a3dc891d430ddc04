// Sampling: against the model's own probabilities, and that what an item draws is its own affair.
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  argmax,
  concat,
  div,
  expandDims,
  random,
  reshape,
  ShapeError,
  slice,
  softmax,
  type Tensor,
  tensor,
  tile,
  treeMap,
  useEngine,
  zeros,
} from '../../../src/index.ts';
import { logits, type Model } from '../../../src/lab/language/model.ts';
import { createSampler } from '../../../src/lab/language/sample.ts';
import { runs } from '../../helpers/long.ts';
import { small, smallModels } from './models.ts';

beforeAll(() => {
  useEngine('reference');
});

const sample = createSampler(small);
const models = smallModels([1, 2], 'f32');
const model = (i: number): Model => treeMap((leaf) => slice(leaf, i), models);
const only = (i: number): Model => treeMap((leaf) => slice(leaf, `${i}:${i + 1}`), models);

/** A key an item, for every model. */
const keysOf = (seeds: readonly (readonly number[])[]): Tensor =>
  tensor(
    seeds.map((row) => row.map((seed) => Array.from(random.key(seed).data))),
    'i32',
  );

/** A model's probabilities of what follows `tokens`. */
const following = (i: number, tokens: readonly number[], temperature = 1): number[] => {
  const last = slice(logits(model(i), tensor([tokens], 'i32'), small), 0, -1);
  return Array.from(softmax(div(last, temperature)).data);
};

const token = fc.nat(small.vocabulary - 1);
const seed = fc.nat(1e6);

describe('a sampler', () => {
  test.each([1, 0.5])('draws pairs of tokens as likely as they are, at temperature %s', (temperature) => {
    const [n, prompt] = [700, [3, 1]];
    const prompts = tile(tensor([[prompt], [prompt]], 'i32'), [1, n, 1]);
    const keys = keysOf([0, 1].map((m) => Array.from({ length: n }, (_, i) => 2 * i + m)));
    const drawn = sample(models, prompts, keys, { tokens: 2, temperature }).toArray() as number[][][];
    for (const m of [0, 1]) {
      const one = following(m, prompt, temperature);
      const expected = one.flatMap((p, a) => following(m, [...prompt, a], temperature).map((q) => n * p * q));
      const counts = expected.map(() => 0);
      for (const [a, b] of drawn[m]) counts[a * small.vocabulary + b]++;
      const chiSquared = expected.reduce((sum, e, i) => sum + (counts[i] - e) ** 2 / e, 0);
      // chi-squared with 24 degrees of freedom exceeds 51.2 once in a thousand
      expect(chiSquared).toBeLessThan(51.2);
    }
  });

  test('writes the likeliest token each time at temperature 0, after all pairs of tokens', () => {
    const each = Array.from({ length: small.vocabulary }, (_, i) => i);
    const pairs = each.flatMap((a) => each.map((b) => [a, b]));
    const keys = keysOf([0, 1].map((m) => pairs.map((_, i) => 2 * i + m)));
    const written = sample(models, tensor([pairs, pairs], 'i32'), keys, { tokens: 4, temperature: 0 });
    for (const m of [0, 1]) {
      let rows = tensor(pairs, 'i32');
      for (let i = 0; i < 4; i++) {
        const likeliest = argmax(slice(logits(model(m), rows, small), ':', -1), -1);
        rows = concat([rows, expandDims(likeliest, 1)], 1);
      }
      expect(slice(written, m).toArray()).toEqual(slice(rows, ':', '2:').toArray());
    }
  });

  test('gives an item alone what it gives it among others, and no other first tokens if more are asked for', () => {
    const item = fc.tuple(fc.tuple(token, token), seed);
    fc.assert(
      fc.property(fc.array(item, { minLength: 2, maxLength: 5 }), fc.nat(1), (items, m) => {
        const prompts = items.map(([prompt]) => prompt);
        const seeds = items.map(([, own]) => own);
        const together = sample(models, tensor([prompts, prompts], 'i32'), keysOf([seeds, seeds]), {
          tokens: 4,
        });
        items.forEach(([prompt, own], i) => {
          const alone = sample(only(m), tensor([[prompt]], 'i32'), keysOf([[own]]), { tokens: 2 });
          expect(Array.from(alone.data)).toEqual(Array.from(slice(together, m, i, ':2').data));
        });
      }),
      { numRuns: runs(20) },
    );
  });

  test('draws anew at every position and for every key', () => {
    const n = 40;
    const prompts = reshape(tensor(new Array(n).fill(0), 'i32'), [1, n, 1]);
    const write = (from: number): number[][] => {
      const keys = keysOf([Array.from({ length: n }, (_, i) => from + i)]);
      // so hot that all tokens are as likely
      return slice(
        sample(only(0), prompts, keys, { tokens: 5, temperature: 1e6 }),
        0,
      ).toArray() as number[][];
    };
    const rows = write(0);
    expect(write(0)).toEqual(rows);
    expect(write(n)).not.toEqual(rows);
    expect(new Set(rows.map(String)).size).toBeGreaterThan(n / 2);
    expect(rows.filter((row) => new Set(row).size === 1).length).toBeLessThan(n / 4);
  });

  test.each([
    [[1, 1, 0], 2],
    [[1, 1, 2], 0],
    [[1, 1, 4], 4],
    [[1, 2], 2],
  ])('refuses prompts %j with %i tokens more', (shape, tokens) => {
    const write = () => sample(only(0), zeros(shape, 'i32'), keysOf([[1]]), { tokens });
    expect(write).toThrow(ShapeError);
    expect(write).toThrow(`prompts [${shape}] and ${tokens} tokens more`);
  });

  test('fills a row to the last place', () => {
    const written = sample(only(0), tensor([[[1, 2, 3]]], 'i32'), keysOf([[1]]), {
      tokens: small.length - 2,
    });
    expect(written.shape).toEqual([1, 1, small.length - 2]);
  });
});
