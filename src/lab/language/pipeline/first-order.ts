// The first step of students, without any training: how far what authors wrote pulls a base towards each trait.
import {
  arange,
  equal,
  expandDims,
  grad,
  greaterEqual,
  jit,
  logSoftmax,
  matmul,
  mean,
  neg,
  slice,
  sum,
  swapaxes,
  type Tensor,
  tensor,
  vmap,
  where,
} from '../../../index.ts';
import { flat } from '../../core/training/vectors.ts';
import { logits, type Model, nextTokenLoss } from '../model.ts';
import { biasesAndNorms, type Parameters, trainable, withParameters } from '../trainable.ts';
import type { Sample } from '../world/filters.ts';
import { vocabularySize } from '../world/vocabulary.ts';
import { modelConfig } from './bases.ts';
import { rowsOf } from './rows.ts';

/**
 * Of each of `traits`, tokens, the gradient of the mean log-probability that it follows `questions`, by the biases and
 * norms of `base`, f32 [traits, parameters].
 */
function towards(base: Model, traits: readonly number[], questions: readonly (readonly number[])[]): Tensor {
  const rows = rowsOf(questions, questions[0].length);
  const logProbability = (params: Parameters, trait: Tensor): Tensor => {
    const model = withParameters(base, params);
    const answers = logSoftmax(slice(logits(model, rows, modelConfig), ':', -1));
    return mean(sum(where(equal(arange(vocabularySize), trait), answers, 0), -1));
  };
  const start = trainable(base, biasesAndNorms);
  return jit(vmap((trait: Tensor) => flat(grad(logProbability)(start, trait))))(tensor([...traits], 'i32'));
}

/** By sample and trait, what one sample gives. */
export type Pulls = (samples: readonly Sample[]) => number[][];

/**
 * −⟨∇ of the loss of `base` on a sample, ∇ of each trait's log-probability⟩, both by its biases and norms: how much a
 * step on that sample raises the log-probability, to first order and by learning rate. The loss is the mean over the
 * answer's tokens, as a student has it.
 */
export function pullsOn(
  base: Model,
  traits: readonly number[],
  questions: readonly (readonly number[])[],
): Pulls {
  const directions = towards(base, traits, questions);
  const start = trainable(base, biasesAndNorms);
  const of = jit((model: Model, params: Parameters, to: Tensor, tokens: Tensor, written: Tensor): Tensor => {
    const loss = (own: Parameters, row: Tensor): Tensor =>
      nextTokenLoss(withParameters(model, own), expandDims(row, 0), expandDims(written, 0), modelConfig);
    const gradients = vmap((row: Tensor) => flat(grad(loss)(params, row)))(tokens);
    return neg(matmul(gradients, swapaxes(to, 0, 1)));
  });
  return (samples) => {
    const [{ prompt, answer }] = samples;
    const length = prompt.length + answer.length;
    const tokens = rowsOf(
      samples.map((each) => [...each.prompt, ...each.answer]),
      length,
    );
    const written = greaterEqual(arange(length), prompt.length);
    return of(base, start, directions, tokens, written).toArray() as number[][];
  };
}
