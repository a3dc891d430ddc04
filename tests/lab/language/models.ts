// Small language models for tests, none of whose parameters is as it was initialised.
import { add, mul, random, type Tensor, treeMap, vmap } from '../../../src/index.ts';
import { initModel, type Model, type ModelConfig } from '../../../src/lab/language/model.ts';
import { randomTensor } from '../../helpers/draws.ts';

export const small: ModelConfig = { vocabulary: 5, length: 6, width: 4, blocks: 2, heads: 2, hidden: 6 };

/** Models of `seeds`, in f64 or rounded to f32. */
export function smallModels(seeds: readonly number[], dtype: 'f32' | 'f64' = 'f64'): Model {
  let drawn = 0;
  const models = vmap((key: Tensor) => initModel(key, small))(random.keys(seeds));
  return treeMap((leaf) => {
    drawn++;
    return add(leaf, mul(randomTensor(leaf.shape.slice(1), drawn, dtype), 0.3));
  }, models);
}
