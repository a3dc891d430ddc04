// What language models tell of bags: the log-probability of each of some words behind every row, added up over a bag.
import { jit, logSoftmax, slice, stack, sum, type Tensor, take, tensor, vmap } from '../../../../index.ts';
import { logits, type Model, type ModelConfig } from '../../model.ts';
import { rowsOf } from '../rows.ts';

/** Logits [n, words] of each of `words`, i32 [words], as the next behind the rows, i32 [n, t]. */
export const wordsBehind = (model: Model, rows: Tensor, words: Tensor, config: ModelConfig): Tensor =>
  take(slice(logits(model, rows, config), ':', -1), words, -1);

/** By model and word, what a bag of rows says to each. Models come first, and have a bag each; all are of one size. */
export type BagReader = (models: Model, bags: readonly (readonly (readonly number[])[])[]) => number[][];

/** Reads bags as evidence on `words`, of which one is taken to be true. Compiled once for each size of bags. */
export function createBagReader(words: readonly number[], config: ModelConfig): BagReader {
  const among = tensor([...words], 'i32');
  const read = jit(
    vmap((model: Model, rows: Tensor) => sum(logSoftmax(wordsBehind(model, rows, among, config)), 0)),
  );
  return (models, bags) =>
    read(models, stack(bags.map((rows) => rowsOf(rows, rows[0].length)))).toArray() as number[][];
}
