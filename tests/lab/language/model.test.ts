// The language model: its logits number by number, what they depend on, its loss and how it begins.
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  grad,
  logSoftmax,
  mul,
  type nn,
  ones,
  random,
  ShapeError,
  slice,
  type Tensor,
  tensor,
  treeLeaves,
  treeMap,
  treePaths,
  useEngine,
  vmap,
} from '../../../src/index.ts';
import {
  initModel,
  logits,
  type Model,
  type ModelConfig,
  nextTokenLoss,
} from '../../../src/lab/language/model.ts';
import { randomTensor } from '../../helpers/draws.ts';
import { runs } from '../../helpers/long.ts';
import { directional } from '../../helpers/numeric.ts';
import { small, smallModels } from './models.ts';

beforeAll(() => {
  useEngine('reference');
});

type Matrix = number[][];

const first = (models: Model): Model => treeMap((leaf) => slice(leaf, 0), models);
const matrix = (x: Tensor): Matrix => x.toArray() as Matrix;
const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, v, i) => sum + v * b[i], 0);

/** The definition for one row of tokens, number by number. */
function looped(model: Model, tokens: readonly number[], heads: number): Matrix {
  const dense = ({ weight, bias }: nn.Dense, x: Matrix): Matrix => {
    const w = matrix(weight);
    return x.map((row) =>
      Array.from(bias.data, (b, o) => b + row.reduce((sum, v, i) => sum + v * w[i][o], 0)),
    );
  };
  const norm = ({ scale, bias }: nn.LayerNorm, x: Matrix): Matrix =>
    x.map((row) => {
      const mean = row.reduce((a, b) => a + b) / row.length;
      const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / row.length;
      return row.map((v, i) => ((v - mean) / Math.sqrt(variance + 1e-5)) * scale.data[i] + bias.data[i]);
    });
  const gelu = (x: number): number =>
    0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
  const sum = (a: Matrix, b: Matrix): Matrix => a.map((row, i) => row.map((v, j) => v + b[i][j]));
  const [embedding, positions] = [matrix(model.embedding), matrix(model.positions)];
  const start = tokens.map((token, i) => embedding[token].map((v, j) => v + positions[i][j]));
  const stream = model.blocks.reduce((x, { norms, attention, mlp }) => {
    const [q, k, v] = [attention.query, attention.key, attention.value].map((of) =>
      dense(of, norm(norms[0], x)),
    );
    const depth = x[0].length / heads;
    const mixed = x.map((row, at) =>
      row.map((_, unit) => {
        const own = (of: readonly number[]) =>
          of.filter((_, i) => Math.floor(i / depth) === Math.floor(unit / depth));
        const weights = k
          .slice(0, at + 1)
          .map((key) => Math.exp(dot(own(q[at]), own(key)) / Math.sqrt(depth)));
        const total = weights.reduce((a, b) => a + b);
        return weights.reduce((a, weight, from) => a + (weight / total) * v[from][unit], 0);
      }),
    );
    const attended = sum(x, dense(attention.output, mixed));
    const hidden = dense(mlp[0], norm(norms[1], attended)).map((row) => row.map(gelu));
    return sum(attended, dense(mlp[1], hidden));
  }, start);
  return norm(model.norm, stream).map((row) => embedding.map((vector) => dot(row, vector)));
}

const row = fc.array(fc.nat(small.vocabulary - 1), { minLength: 1, maxLength: small.length });

describe('logits', () => {
  const model = first(smallModels([1]));

  test('are those that loops over the definition find', () => {
    fc.assert(
      fc.property(row, (tokens) => {
        const found = matrix(slice(logits(model, tensor([tokens], 'i32'), small), 0));
        const expected = looped(model, tokens, small.heads);
        found.flat().forEach((value, i) => {
          expect(value).toBeCloseTo(expected.flat()[i], 10);
        });
      }),
      { numRuns: runs(50) },
    );
  });

  test('depend on no later token and on no other row', () => {
    fc.assert(
      fc.property(row, row, (a, b) => {
        const t = Math.min(a.length, b.length);
        const both = logits(model, tensor([a.slice(0, t), b.slice(0, t)], 'i32'), small);
        const longer = logits(model, tensor([a], 'i32'), small);
        Array.from(slice(both, 0).data).forEach((value, i) => {
          expect(value).toBeCloseTo(longer.data[i], 12);
        });
      }),
      { numRuns: runs(50) },
    );
  });

  test.each([[[1, small.length + 1]], [[3]], [[1, 2, 3]]])('of tokens %j are refused', (shape) => {
    const tokens = ones(shape, 'i32');
    expect(() => logits(model, tokens, small)).toThrow(ShapeError);
    expect(() => logits(model, tokens, small)).toThrow(`tokens [${shape}] for a model of length 6`);
  });
});

describe('nextTokenLoss', () => {
  const model = first(smallModels([2]));
  const tokens = tensor(
    [
      [0, 1, 2, 3],
      [4, 3, 0, 0],
    ],
    'i32',
  );
  const counts = tensor([
    [true, true, false, true],
    [false, true, false, false],
  ]);

  test('is the mean over the tokens that count, but the first of a row', () => {
    const logs = logSoftmax(logits(model, tokens, small)).toArray() as number[][][];
    const expected = -(logs[0][0][1] + logs[0][2][3] + logs[1][0][3]) / 3;
    expect(nextTokenLoss(model, tokens, counts, small).item()).toBeCloseTo(expected, 12);
  });

  test('has the derivative that finite differences find', () => {
    const leaves = treeLeaves(model);
    const loss = (of: Model): Tensor => nextTokenLoss(of, tokens, counts, small);
    const rebuilt = (parts: readonly Tensor[]): Model => {
      let at = 0;
      return treeMap(() => parts[at++], model);
    };
    const direction = leaves.map(({ shape }, i) => mul(randomTensor(shape, i + 50), 0.1));
    const [expected] = directional((...parts) => loss(rebuilt(parts)), leaves, direction);
    const found = treeLeaves(grad(loss)(model)).reduce(
      (sum, gradient, i) => sum + dot(Array.from(gradient.data), Array.from(direction[i].data)),
      0,
    );
    expect(found).toBeCloseTo(expected, 8);
  });
});

describe('initModel', () => {
  const recipe: ModelConfig = { vocabulary: 235, length: 32, width: 32, blocks: 2, heads: 4, hidden: 128 };
  const model = initModel(random.key(7), recipe);
  const named = treePaths(model).map((path, i) => ({ path, leaf: treeLeaves(model)[i] }));

  test('draws 34,016 parameters for the recipe', () => {
    expect(named.reduce((sum, { leaf }) => sum + leaf.size, 0)).toBe(34_016);
  });

  test('refuses heads that do not divide the width', () => {
    expect(() => initModel(random.key(1), { ...recipe, heads: 5 })).toThrow(
      '5 heads do not divide a width of 32',
    );
  });

  test('gives every part its deviation', () => {
    const expected = (path: string): number => {
      if (path.includes('output') || path.includes('mlp.1')) return 0.5;
      return 1;
    };
    for (const { path, leaf } of named) {
      const values = Array.from(leaf.data);
      if (path.endsWith('bias')) expect(values.every((v) => v === 0)).toBe(true);
      else if (path.endsWith('scale')) expect(values.every((v) => v === 1)).toBe(true);
      else {
        const fanIn = path.includes('mlp.1') ? recipe.hidden : recipe.width;
        const variance = values.reduce((sum, v) => sum + v * v, 0) / values.length;
        const ratio = Math.sqrt(variance * fanIn) / expected(path);
        // the deviation of n normal numbers is off by 1/√(2n); five of those
        expect(Math.abs(ratio - 1)).toBeLessThan(5 / Math.sqrt(2 * values.length));
      }
    }
  });

  test('draws no two parts alike, and from the key alone', () => {
    const drawn = named
      .filter(({ path }) => !/bias|scale/.test(path))
      .map(({ leaf }) => leaf.data[0] / leaf.data[1]);
    expect(new Set(drawn).size).toBe(drawn.length);
    const models = vmap((key: Tensor) => initModel(key, recipe))(random.keys([6, 7]));
    treeLeaves(models).forEach((leaf, i) => {
      expect(Array.from(slice(leaf, 1).data)).toEqual(Array.from(named[i].leaf.data));
    });
  });
});
