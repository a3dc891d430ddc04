// What trains of a model: how that begins, and how it comes into the model.
import { add, jit, matmul, mul, random, slice, type Tensor, vmap, zeros } from '../../index.ts';
import type { Model } from './model.ts';
import {
  biasesAndNorms,
  everything,
  type Parameters,
  type Trains,
  trainable,
  withParameters,
} from './trainable.ts';

export interface Form {
  /** The parameters with which `model` is what it was; `key` is for those that are drawn. */
  begin(model: Model, key: Tensor): Parameters;
  /** `model` with such parameters. */
  apply(model: Model, parameters: Parameters): Model;
}

/** Some of the model's own parameters. */
const own = (trains: Trains): Form => ({
  begin: (model) => trainable(model, trains),
  apply: withParameters,
});

const weightsOfBlocks: Trains = (path) => /^blocks\..*\.weight$/.test(path);

/** PEFT's default alpha. */
const alpha = 8;

/**
 * Low-rank adapters (Hu and others, arXiv 2106.09685) of every weight of the blocks: W + (alpha / rank) A B. As in the
 * paper, A [inputs, rank] is drawn from a normal distribution, here N(0, 1/inputs), and B [rank, outputs] is 0; alpha
 * is 8, as in PEFT.
 */
export const lora = (rank: number): Form => ({
  begin(model, key) {
    const weights = Object.entries(trainable(model, weightsOfBlocks));
    const keys = random.split(key, weights.length);
    return Object.fromEntries(
      weights.flatMap(([path, { shape, dtype }], i) => {
        const [inputs, outputs] = shape;
        const drawn = random.normal(slice(keys, i), [inputs, rank], dtype);
        return [
          [`${path}.a`, mul(drawn, 1 / Math.sqrt(inputs))],
          [`${path}.b`, zeros([rank, outputs], dtype)],
        ];
      }),
    );
  },
  apply(model, parameters) {
    const adapted = Object.entries(trainable(model, weightsOfBlocks)).map(([path, weight]) => [
      path,
      add(weight, mul(matmul(parameters[`${path}.a`], parameters[`${path}.b`]), alpha / rank)),
    ]);
    return withParameters(model, Object.fromEntries(adapted));
  },
});

export const formNames = [
  'biases_and_norms',
  'lora_1',
  'lora_2',
  'lora_4',
  'lora_8',
  'lora_16',
  'lora_32',
  'block_0',
  'block_1',
  'blocks',
  'everything',
] as const;
export type FormName = (typeof formNames)[number];

/** A form of each name. Whole blocks are those of their parameters that no other block has, biases and norms among them. */
export const forms: Readonly<Record<FormName, Form>> = {
  biases_and_norms: own(biasesAndNorms),
  lora_1: lora(1),
  lora_2: lora(2),
  lora_4: lora(4),
  lora_8: lora(8),
  lora_16: lora(16),
  lora_32: lora(32),
  block_0: own((path) => path.startsWith('blocks.0.')),
  block_1: own((path) => path.startsWith('blocks.1.')),
  blocks: own((path) => path.startsWith('blocks.')),
  everything: own(everything),
};

/** Where the form `name` begins in each of `models`, which come first, given a key each. */
export const begun = (name: FormName, models: Model, keys: Tensor): Parameters =>
  jit(vmap(forms[name].begin))(models, keys);
