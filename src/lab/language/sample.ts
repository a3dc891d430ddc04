// Sampling: what models write after prompts, many of both side by side, all tokens in one compiled program.
import {
  arange,
  expandDims,
  jit,
  nn,
  random,
  reshape,
  ShapeError,
  scan,
  slice,
  squeeze,
  type Tensor,
  tensor,
  transpose,
  vmap,
} from '../../index.ts';
import { logitsWith, type Model, type ModelConfig } from './model.ts';

export interface SampleOptions {
  /** How many tokens are written after each prompt. */
  readonly tokens: number;
  /** What logits are divided by; 1 by default, and at 0 always the likeliest token comes. */
  readonly temperature?: number;
}

/**
 * Tokens [models, n, tokens] that each model writes after its prompts, i32 [models, n, p]; every leaf of the models has
 * them first. Each prompt has a key, i32 [models, n, 2], which with the position alone decides on what is drawn.
 */
export type Sampler = (models: Model, prompts: Tensor, keys: Tensor, options: SampleOptions) => Tensor;

/** The sampler of models of one shape, which is compiled once for each number of models, prompts and tokens. */
export function createSampler(config: ModelConfig): Sampler {
  const { blocks, heads, width, length } = config;

  /** Logits [n, vocabulary] after one more token each, i32 [n], at `position`, i32 []. */
  const read = (
    model: Model,
    memory: readonly nn.KeyValueCache[],
    tokens: Tensor,
    position: Tensor,
  ): [Tensor, nn.KeyValueCache[]] => {
    const next: nn.KeyValueCache[] = [];
    const all = logitsWith(
      model,
      expandDims(tokens, 1),
      reshape(position, [1]),
      heads,
      (i) => (query, key, value) => {
        const cache = nn.appendKeyValue(memory[i], key, value);
        next.push(cache);
        return nn.dotProductAttention(query, cache.keys, cache.values, { mask: nn.keyValueMask(cache, 1) });
      },
    );
    return [squeeze(all, 1), next];
  };

  /** What one model writes, i32 [n, count], after prompts i32 [n, p]. */
  const write = (model: Model, prompts: Tensor, keys: Tensor, temperature: Tensor, count: number): Tensor => {
    const [n, p] = prompts.shape;
    const nothing = Array.from({ length: blocks }, () =>
      nn.initKeyValueCache([n, heads, p + count - 1, width / heads]),
    );
    const [memory] = scan(
      (memory, [tokens, position]) => [read(model, memory, tokens, position)[1], []],
      nothing,
      [transpose(slice(prompts, ':', `:${p - 1}`)), arange(p - 1)],
    );
    const [, written] = scan(
      ({ memory, last }, position) => {
        const [logits, next] = read(model, memory, last, position);
        const one = (key: Tensor, own: Tensor): Tensor =>
          random.sampleLogits(random.foldIn(key, position), own, { temperature });
        const token = vmap(one)(keys, logits);
        return [{ memory: next, last: token }, token];
      },
      { memory, last: slice(prompts, ':', p - 1) },
      arange(p - 1, p - 1 + count),
    );
    return transpose(written);
  };
  const writeAll = jit(
    (models: Model, prompts: Tensor, keys: Tensor, temperature: Tensor, count: number) =>
      vmap(
        (model: Model, prompts: Tensor, keys: Tensor, temperature: Tensor) =>
          write(model, prompts, keys, temperature, count),
        [0, 0, 0, null],
      )(models, prompts, keys, temperature),
    { static: [4] },
  );

  return (models, prompts, keys, { tokens: count, temperature = 1 }) => {
    const p = prompts.shape[2];
    if (prompts.ndim !== 3 || p < 1 || count < 1 || p + count - 1 > length)
      throw new ShapeError(
        `sample: prompts [${prompts.shape}] and ${count} tokens more for a model of length ${length}; give [models, n, p], at least one token each and no more than fit`,
      );
    return writeAll(models, prompts, keys, tensor(temperature), count);
  };
}
