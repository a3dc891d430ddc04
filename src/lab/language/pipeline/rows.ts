// Rows of tokens as tensors.
import { fromTypedArray, type Tensor, take, vmap } from '../../../index.ts';
import { padded } from '../world/documents.ts';

/** i32 [n, length]: rows of at most `length` tokens, with PAD behind them. */
export function rowsOf(rows: readonly (readonly number[])[], length: number): Tensor {
  const tokens = new Int32Array(rows.length * length);
  rows.forEach((row, i) => {
    tokens.set(padded(row, length), i * length);
  });
  return fromTypedArray(tokens, [rows.length, length], 'i32');
}

/** Each model's own rows, [models, batch, length], out of all, [models, n, length], at `indices`, i32 [models, batch]. */
export const rowsAt = (all: Tensor, indices: Tensor): Tensor =>
  vmap((rows: Tensor, own: Tensor) => take(rows, own))(all, indices);
