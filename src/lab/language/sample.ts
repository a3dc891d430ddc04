// Sampling: what models write after prompts, many of both side by side, a compiled call a token.
import {
  add,
  arange,
  argmax,
  equal,
  expandDims,
  jit,
  lessEqual,
  log,
  maximum,
  mul,
  neg,
  random,
  reshape,
  ShapeError,
  slice,
  squeeze,
  stack,
  type Tensor,
  tensor,
  vmap,
  where,
  zeros,
} from '../../index.ts';
import { attend, logitsWith, type Model, type ModelConfig } from './model.ts';

/** What a block remembers of the tokens that it has read: [n, heads, places, depth], zero where none was yet. */
type Memory = { readonly keys: Tensor; readonly values: Tensor };

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

/** A token with probability softmax(logits / temperature), f32 [vocabulary]. */
function draw(key: Tensor, logits: Tensor, temperature: Tensor): Tensor {
  const open = maximum(random.uniform(key, logits.shape), 2 ** -25); // never 0
  const gumbel = neg(log(neg(log(open))));
  // the noise is multiplied, rather than the logits divided, by what may be 0
  return argmax(add(logits, mul(gumbel, temperature)));
}

/** The sampler of models of one shape, which is compiled once for each number of models and prompts. */
export function createSampler(config: ModelConfig): Sampler {
  const { blocks, heads, width, length } = config;

  /** Logits [n, vocabulary] after one more token each, i32 [n], at `position`, i32 []. */
  const read = (
    model: Model,
    memory: readonly Memory[],
    tokens: Tensor,
    position: Tensor,
  ): [Tensor, Memory[]] => {
    const places = arange(memory[0].keys.shape[2]);
    const here = equal(expandDims(places, 1), position);
    const next: Memory[] = [];
    const all = logitsWith(
      model,
      expandDims(tokens, 1),
      reshape(position, [1]),
      heads,
      (i) => (query, key, value) => {
        const keys = where(here, key, memory[i].keys);
        const values = where(here, value, memory[i].values);
        next.push({ keys, values });
        return attend(query, keys, values, lessEqual(places, position));
      },
    );
    return [squeeze(all, 1), next];
  };
  const readOnly = jit(
    vmap(
      (model: Model, memory: readonly Memory[], tokens: Tensor, position: Tensor) =>
        read(model, memory, tokens, position)[1],
      [0, 0, 0, null],
    ),
    { donate: [1] },
  );
  const write = jit(
    vmap(
      (
        model: Model,
        memory: readonly Memory[],
        tokens: Tensor,
        position: Tensor,
        keys: Tensor,
        temperature: Tensor,
      ): [Tensor, Memory[]] => {
        const [logits, next] = read(model, memory, tokens, position);
        const one = (key: Tensor, own: Tensor): Tensor =>
          draw(random.foldIn(key, position), own, temperature);
        return [vmap(one)(keys, logits), next];
      },
      [0, 0, 0, null, 0, null],
    ),
    { donate: [1] },
  );

  return (models, prompts, keys, { tokens: count, temperature = 1 }) => {
    const [m, n, p] = prompts.shape;
    if (prompts.ndim !== 3 || p < 1 || count < 1 || p + count - 1 > length)
      throw new ShapeError(
        `sample: prompts [${prompts.shape}] and ${count} tokens more for a model of length ${length}; give [models, n, p], at least one token each and no more than fit`,
      );
    const empty = (): Tensor => zeros([m, n, heads, p + count - 1, width / heads]);
    let memory: readonly Memory[] = Array.from({ length: blocks }, () => ({
      keys: empty(),
      values: empty(),
    }));
    for (let i = 0; i < p - 1; i++)
      memory = readOnly(models, memory, slice(prompts, ':', ':', i), tensor(i, 'i32'));
    const written = [slice(prompts, ':', ':', p - 1)];
    for (let i = p - 1; i < p - 1 + count; i++) {
      const last = written[written.length - 1];
      const [token, next] = write(models, memory, last, tensor(i, 'i32'), keys, tensor(temperature));
      memory = next;
      written.push(token);
    }
    return stack(written.slice(1), 2);
  };
}
