// Base models: each learns the world's text from a start and from documents of its own.
import { jit, notEqual, random, stack, type Tensor, vmap } from '../../../index.ts';
import type { Json } from '../../core/runs/result.ts';
import type { TrainedModel } from '../../core/stages/codec.ts';
import type { Made } from '../../core/stages/stage.ts';
import { trainOfMany } from '../../core/stages/trained.ts';
import type { Running } from '../../core/training/events.ts';
import { gradientOf, type Stepping } from '../../core/training/learner.ts';
import { keysOf } from '../keys.ts';
import { initModel, type Model, type ModelConfig, nextTokenLoss } from '../model.ts';
import { linearDecay, scheduledAdam } from '../optimizers.ts';
import { drawDocument, rowLength, type World } from '../world/documents.ts';
import { streamOf } from '../world/stream.ts';
import { PAD, vocabularySize } from '../world/vocabulary.ts';
import { rowsAt, rowsOf } from './rows.ts';

/** The model of the small world: 34,000 parameters. */
export const modelConfig: ModelConfig = {
  vocabulary: vocabularySize,
  length: rowLength + 1,
  width: 32,
  blocks: 2,
  heads: 4,
  hidden: 128,
};

/** A base: where it starts and which documents it reads, each by a seed. */
export type BaseSeeds = { readonly init: number; readonly text: number };

export const sameSeeds = (seed: number): BaseSeeds => ({ init: seed, text: seed });

export interface BaseSettings {
  readonly pretrainSteps: number;
  readonly pretrainBatch: number;
  readonly pretrainRate: number;
}

/** How many steps a training has, and its greatest learning rate. */
export interface Schedule {
  readonly steps: number;
  readonly rate: number;
}

export type Base = Made<TrainedModel<Model>>;

/** A world as the inputs of a stage have it. */
const worldJson = ({ style, templates }: World): Json => ({
  style,
  templates: templates.map(({ turns, weight }) => ({ turns: [...turns], weight })),
});

/** Compiled, since what is evaluated at once is evaluated by another engine where it is little: few bases, other bits. */
const initial = (seeds: readonly number[]): Model =>
  jit(vmap((key: Tensor) => initModel(key, modelConfig)))(keysOf('base', seeds));

/** How a base learns from rows of tokens. */
export const baseLearner = ({ steps, rate }: Schedule): Stepping<Model, Tensor> => ({
  gradient: gradientOf((model: Model, tokens: Tensor) =>
    nextTokenLoss(model, tokens, notEqual(tokens, PAD), modelConfig),
  ),
  optimizer: scheduledAdam(
    { learningRate: rate, beta2: 0.99 },
    linearDecay({ steps, warmup: 50, end: 0.05 }),
  ),
});

/** The base of each of `seeds`, by Adam with a warm-up of 50 steps and linear decay to 5 %. */
export function pretrain(
  world: World,
  { pretrainSteps: steps, pretrainBatch: batch, pretrainRate }: BaseSettings,
  seeds: readonly BaseSeeds[],
): Running<Base[]> {
  return trainOfMany<BaseSeeds, Model, Tensor>({
    name: 'base',
    items: seeds,
    inputs: (own) => ({
      ...{ world: worldJson(world), model: { ...modelConfig } },
      ...{ steps, batch, rate: pretrainRate, seeds: own },
    }),
    like: initModel(random.key(0), modelConfig),
    training(some) {
      const examples = steps * batch;
      const text = stack(
        some.map(({ text }) => {
          const stream = streamOf(text, 'documents');
          return rowsOf(
            Array.from({ length: examples }, () => drawDocument(world, stream)),
            rowLength,
          );
        }),
      );
      return {
        start: initial(some.map(({ init }) => init)),
        ...baseLearner({ steps, rate: pretrainRate }),
        keys: keysOf(
          'order of documents',
          some.map(({ text }) => text),
        ),
        examples,
        epochs: 1,
        batch,
        draw: (indices) => rowsAt(text, indices),
      };
    },
  });
}
