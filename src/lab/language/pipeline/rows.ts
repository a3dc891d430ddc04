// Rows of tokens as tensors.
import { fromTypedArray, type Tensor } from '../../../index.ts';
import { PAD } from '../world/vocabulary.ts';

/** i32 [n, length]: rows of at most `length` tokens, with PAD behind them. */
export function rowsOf(rows: readonly (readonly number[])[], length: number): Tensor {
  const tokens = new Int32Array(rows.length * length).fill(PAD);
  rows.forEach((row, i) => {
    if (row.length > length) throw new RangeError(`rowsOf: a row of ${row.length} tokens; ${length} at most`);
    tokens.set(row, i * length);
  });
  return fromTypedArray(tokens, [rows.length, length], 'i32');
}
