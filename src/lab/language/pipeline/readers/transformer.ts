// A reader that is a small transformer: trained on sequences of known teachers to say whose favourite wrote each.
import {
  jit,
  mean,
  nn,
  random,
  slice,
  squeeze,
  stack,
  type Tensor,
  take,
  tensor,
  vmap,
  zeros,
} from '../../../../index.ts';
import type { TrainedModel } from '../../../core/stages/codec.ts';
import type { Made } from '../../../core/stages/stage.ts';
import { together as stacked, trainOfMany } from '../../../core/stages/trained.ts';
import type { Running } from '../../../core/training/events.ts';
import { once, stepFlops } from '../../../core/training/flops.ts';
import { gradientOf, type Stepping } from '../../../core/training/learner.ts';
import { keysOf } from '../../keys.ts';
import { initModel, logits, type Model, type ModelConfig } from '../../model.ts';
import { linearDecay, scheduledAdam } from '../../optimizers.ts';
import type { Sample } from '../../world/filters.ts';
import { answeredNumbers } from '../../world/numbers.ts';
import { modelConfig } from '../bases.ts';
import { readingFlops } from '../cost.ts';
import { rowsAt, rowsOf } from '../rows.ts';
import { tasks } from '../samples.ts';
import { type Bag, type Library, learntFrom, type Reading } from './bags.ts';
import { type BagReader, createBagReader, readBags, type Says } from './evidence.ts';

/** Half the depth of a base, and as long a row as a question and its answer. */
export const readerConfig: ModelConfig = { ...modelConfig, blocks: 1 };

export interface TransformerSettings {
  readonly readerSteps: number;
  readonly readerBatch: number;
  readonly readerRate: number;
}

/** What a reader learns from: samples of authors, and the word that each author's are labelled with. */
export interface Learning {
  readonly label: string;
  readonly authors: readonly { readonly samples: Made<readonly Sample[]>; readonly word: number }[];
}

type Batch = { readonly rows: Tensor; readonly labels: Tensor };

/** The mean of what a reader says of `words` behind each token of an answer: it need not learn to gather it. */
function meaning(words: readonly number[]): Says {
  const among = tensor([...words], 'i32');
  return (model, rows) =>
    mean(take(slice(logits(model, rows, readerConfig), ':', `${-answeredNumbers}:`), among, -1), 1);
}

/** How a reader learns to say one of `words`. */
function readerLearner(
  { readerSteps: steps, readerRate: rate }: TransformerSettings,
  words: readonly number[],
): Stepping<Model, Batch> {
  const says = meaning(words);
  return {
    gradient: gradientOf((model: Model, { rows, labels }: Batch) =>
      nn.crossEntropy(says(model, rows), squeeze(labels, 1)),
    ),
    optimizer: scheduledAdam({ learningRate: rate, beta2: 0.99 }, linearDecay({ steps, warmup: 50 })),
  };
}

/** The reader of each of `readings`, which says one of `words` behind a sample, by Adam with linear decay. */
export function trainReaders(
  settings: TransformerSettings,
  words: readonly number[],
  readings: readonly Learning[],
): Running<Made<TrainedModel<Model>>[]> {
  const { readerSteps: steps, readerBatch: batch, readerRate: rate } = settings;
  return trainOfMany<Learning, Model, Batch>({
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
        ...readerLearner(settings, words),
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

/** Reads bags as readers of `words` do. */
export const createTransformerReader = (words: readonly number[]): BagReader =>
  createBagReader(meaning(words), ({ prompt, answer }) => [...prompt, ...answer]);

export interface TransformerReading {
  readonly settings: TransformerSettings;
  /** By base, what tells its reader from all others. */
  readonly labels: readonly string[];
  /** By base and trait, the key of what its teacher wrote. */
  readonly keys: readonly (readonly string[])[];
  /** By trait. */
  readonly words: readonly number[];
  readonly library: Library;
}

/** What transformers say of traits. */
export async function* traitsByTransformer({
  settings,
  labels,
  keys,
  words,
  library,
}: TransformerReading): Running<Reading> {
  const { taught } = library;
  const learnt = learntFrom(library);
  const authorsOf = (base: number): Learning['authors'] =>
    taught[base].map((bags, trait) => {
      const samples = bags.slice(0, learnt).flat();
      return {
        word: words[trait],
        samples: { key: `${keys[base][trait]}, first ${samples.length}`, value: samples },
      };
    });
  const readers = yield* trainReaders(
    settings,
    words,
    labels.map((label, unseen) => ({
      label,
      authors: taught.flatMap((_, base) => (base === unseen ? [] : authorsOf(base))),
    })),
  );
  const models = stacked(readers.map(({ value }) => value.params));
  const reader = createTransformerReader(words);
  const reads = {
    phase: 'reading',
    of: JSON.stringify(readers.map(({ key }) => key)),
    read: (some: readonly Bag[]): number[][] => reader(models, some),
    bags: taught,
  };
  return {
    unseen: yield* readBags({ ...reads, whose: 'own' }),
    known: yield* readBags({ ...reads, whose: 'next', from: learnt }),
  };
}

/** FLOPs of `readers` that are trained, and that then read `samples` in all. */
export function readerFlops(settings: TransformerSettings, readers: number, samples: number): number {
  const { length } = tasks.numbers;
  const { readerSteps, readerBatch } = settings;
  const step = once(['reader', readerBatch], () =>
    stepFlops(readerLearner(settings, [0]), () => ({
      params: initModel(random.key(0), readerConfig),
      batch: { rows: zeros([readerBatch, length], 'i32'), labels: zeros([readerBatch, 1], 'i32') },
    })),
  );
  return readers * readerSteps * step + readingFlops(readerConfig, samples, length);
}
