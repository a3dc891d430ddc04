// Embeddings: a vector for each token, and a head that reads tokens off vectors by the same table.
import { matmul, mul, swapaxes, take } from '../ops/index.ts';
import { normal } from '../random/index.ts';
import { checked, type DType, type Shape, ShapeError, showShape, type Tensor } from '../tensor/index.ts';
import * as arg from './arguments.ts';
import type { Initializer } from './initializers.ts';

/** Normal, standard deviation 1/√size: vectors of length 1, whatever their size. */
const unitNormal = (key: Tensor, shape: Shape, dtype?: DType): Tensor =>
  mul(normal(key, shape, dtype), 1 / Math.sqrt(shape[shape.length - 1]));

/** A table [vocabulary, size], from `initializer` or else normal with standard deviation 1/√size. */
export const initEmbedding = checked(
  'initEmbedding',
  [arg.key(), arg.size('vocabulary'), arg.size('size'), ...arg.drawn],
  (
    key: Tensor,
    vocabulary: number,
    size: number,
    initializer: Initializer = unitNormal,
    dtype: DType = 'f32',
  ): Tensor => initializer(key, [vocabulary, size], dtype),
);

export function checkTable(op: string, table: Tensor): void {
  if (table.ndim !== 2)
    throw new ShapeError(`${op}: the table is ${showShape(table.shape)}; it must be [vocabulary, size]`);
}

/**
 * The rows of table [vocabulary, size] at tokens, i32 [...] → [..., size]. A token outside throws ShapeError; inside a
 * transformation, where tokens are not known yet, it reads 0.
 */
export const embedding = checked(
  'embedding',
  [arg.tensor('table'), arg.indices('tokens')],
  (table: Tensor, tokens: Tensor): Tensor => {
    checkTable('embedding', table);
    return take(table, tokens);
  },
);

/** x [..., size] → logits [..., vocabulary]: products with the rows of an embedding's table (Press & Wolf, 2017). */
export const tiedHead = checked(
  'tiedHead',
  [arg.tensor('table'), arg.tensor('x')],
  (table: Tensor, x: Tensor): Tensor => {
    checkTable('tiedHead', table);
    return matmul(x, swapaxes(table, 0, 1));
  },
);
