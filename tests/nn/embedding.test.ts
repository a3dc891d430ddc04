// Embeddings: rows of a table, the head that reads by it, and the gradient of both together.
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import { embedding, glorotUniform, initEmbedding, tiedHead } from '../../src/nn/index.ts';
import { sin, square, std, sum, tensor, zeros } from '../../src/ops/index.ts';
import { key } from '../../src/random/index.ts';
import { ShapeError, type Tensor } from '../../src/tensor/index.ts';
import { grad } from '../../src/transforms/index.ts';
import { randomTensor } from '../helpers/draws.ts';
import { expectNumbers } from '../helpers/grids.ts';
import { gradientOf } from '../helpers/numeric.ts';

beforeAll(() => {
  useEngine('reference');
});

describe('embedding', () => {
  test('gives each token its row, and the head its products with all rows', () => {
    const table = tensor(
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      'f64',
    );
    expect(embedding(table, [[2, 0]]).toArray()).toEqual([
      [
        [5, 6],
        [1, 2],
      ],
    ]);
    expect(tiedHead(table, tensor([[1, 10]], 'f64')).toArray()).toEqual([[21, 43, 65]]);
  });

  test('has with the head the derivative that finite differences have, also of a token twice', () => {
    const table = randomTensor([4, 3], 1);
    const f = (table: Tensor): Tensor => tiedHead(table, sin(embedding(table, [1, 3, 1])));
    const gradient = grad((table: Tensor) => sum(square(f(table))))(table);
    expectNumbers(
      gradient.data,
      gradientOf(
        f,
        [table],
        f(table).data.map((v) => 2 * v),
        0,
      ),
      1e-8,
    );
  });

  test('refuses tokens outside and what is no table', () => {
    expect(() => embedding(zeros([3, 2]), [3])).toThrow(
      new ShapeError('embedding: index 3 is outside an axis of size 3'),
    );
    for (const f of [() => embedding(zeros([3]), [0]), () => tiedHead(zeros([3]), zeros([3]))])
      expect(f).toThrow(/^(embedding|tiedHead): the table is \[3\]; it must be \[vocabulary, size\]$/);
  });
});

describe('initEmbedding', () => {
  test('draws rows of length about 1, or what an initializer draws', () => {
    const table = initEmbedding(key(1), 200, 50);
    expect([table.shape, table.dtype]).toEqual([[200, 50], 'f32']);
    expect(std(table).item()).toBeCloseTo(1 / Math.sqrt(50), 2);
    const other = initEmbedding(key(1), 3, 2, glorotUniform, 'f64');
    expectNumbers(other.data, glorotUniform(key(1), [3, 2], 'f64').data);
  });
});
