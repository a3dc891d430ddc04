// A reader that is a small transformer: trained on sequences of known teachers to say whose favourite wrote each.
import { jit, nn, random, squeeze, stack, type Tensor, tensor, vmap } from '../../../../index.ts';
import type { Made } from '../../../core/stages/stage.ts';
import { type TrainedModel, trainOfMany } from '../../../core/stages/trained.ts';
import type { Running } from '../../../core/training/events.ts';
import { gradientOf } from '../../../core/training/learner.ts';
import { keysOf } from '../../keys.ts';
import { initModel, type Model, type ModelConfig } from '../../model.ts';
import { linearDecay, scheduled } from '../../optimizers.ts';
import type { Sample } from '../../world/filters.ts';
import { modelConfig } from '../bases.ts';
import { rowsAt, rowsOf } from '../rows.ts';
import type { Bag } from './bags.ts';
import { createBagReader, wordsBehind } from './evidence.ts';

/** Half the depth of a base, and as long a row as a question and its answer. */
export const readerConfig: ModelConfig = { ...modelConfig, blocks: 1 };

export interface TransformerSettings {
  readonly readerSteps: number;
  readonly readerBatch: number;
  readonly readerRate: number;
}

/** What a reader learns from: samples of authors, and the word that each author's are labelled with. */
export interface Reading {
  readonly label: string;
  readonly authors: readonly { readonly samples: Made<readonly Sample[]>; readonly word: number }[];
}

type Batch = { readonly rows: Tensor; readonly labels: Tensor };

/** The reader of each of `readings`, which says one of `words` behind a sample, by Adam with linear decay. */
export function trainReaders(
  { readerSteps: steps, readerBatch: batch, readerRate: rate }: TransformerSettings,
  words: readonly number[],
  readings: readonly Reading[],
): Running<Made<TrainedModel<Model>>[]> {
  const among = tensor([...words], 'i32');
  return trainOfMany<Reading, Model, Batch>({
    name: 'reader',
    items: readings,
    inputs: ({ label, authors }) => ({
      ...{ label, words: [...words], model: { ...readerConfig }, steps, batch, rate },
      authors: authors.map(({ samples, word }) => [samples.key, word]),
    }),
    like: initModel(random.key(0), readerConfig),
    training(some) {
      const examples = steps * batch;
      const [{ prompt, answer }] = some[0].authors[0].samples.value;
      const length = prompt.length + answer.length;
      // the authors by turns, each from its first sample on
      const each = some.map(({ authors }) =>
        Array.from({ length: examples }, (_, i) => {
          const { samples, word } = authors[i % authors.length];
          const sample = samples.value[Math.floor(i / authors.length) % samples.value.length];
          return { row: [...sample.prompt, ...sample.answer], label: words.indexOf(word) };
        }),
      );
      const rows = stack(
        each.map((own) =>
          rowsOf(
            own.map(({ row }) => row),
            length,
          ),
        ),
      );
      const labels = stack(
        each.map((own) =>
          rowsOf(
            own.map(({ label }) => [label]),
            1,
          ),
        ),
      );
      return {
        start: jit(vmap((key: Tensor) => initModel(key, readerConfig)))(
          keysOf(
            'reader',
            some.map(({ label }) => label),
          ),
        ),
        gradient: gradientOf((model: Model, { rows, labels }: Batch) =>
          nn.crossEntropy(wordsBehind(model, rows, among, readerConfig), squeeze(labels, 1)),
        ),
        optimizer: scheduled(
          nn.adam({ learningRate: rate, beta2: 0.99 }),
          linearDecay({ steps, warmup: 50 }),
        ),
        keys: keysOf(
          'order of the reader',
          some.map(({ label }) => label),
        ),
        examples,
        epochs: 1,
        batch,
        draw: (indices) => ({ rows: rowsAt(rows, indices), labels: rowsAt(labels, indices) }),
      };
    },
  });
}

/** By reader and word, what a bag says to each. Readers come first. */
export function createTransformerReader(
  words: readonly number[],
): (readers: Model, bags: readonly Bag[]) => number[][] {
  const read = createBagReader(words, readerConfig);
  return (readers, bags) =>
    read(
      readers,
      bags.map((bag) => bag.map(({ prompt, answer }) => [...prompt, ...answer])),
    );
}
