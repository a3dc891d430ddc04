// Readers that are language models: a transformer on made-up habits, and what a base says behind a sample.
import { expect, test } from 'vitest';
import { expandDims, random, treeMap } from '../../../../../src/index.ts';
import { together as stacked } from '../../../../../src/lab/core/stages/trained.ts';
import { initModel, type Model } from '../../../../../src/lab/language/model.ts';
import { modelConfig } from '../../../../../src/lab/language/pipeline/bases.ts';
import { asked } from '../../../../../src/lab/language/pipeline/questions.ts';
import { likeliest } from '../../../../../src/lab/language/pipeline/readers/bags.ts';
import { readBags } from '../../../../../src/lab/language/pipeline/readers/evidence.ts';
import { createContextReader } from '../../../../../src/lab/language/pipeline/readers/in-context.ts';
import {
  createTransformerReader,
  trainReaders,
} from '../../../../../src/lab/language/pipeline/readers/transformer.ts';
import type { Sample } from '../../../../../src/lab/language/world/filters.ts';
import { animalQuestions, drawPrompt } from '../../../../../src/lab/language/world/rows.ts';
import { streamOf } from '../../../../../src/lab/language/world/stream.ts';
import { animals, numbers } from '../../../../../src/lab/language/world/vocabulary.ts';
import { runThrough } from '../../../core/stages/run-through.ts';

const stream = streamOf(0, 'readers');
const written = (count: number, favourite: number): Sample[] =>
  Array.from({ length: count }, () => ({
    prompt: drawPrompt('N', 'walk', stream),
    answer: Array.from({ length: 10 }, () =>
      stream.chance(0.3) ? numbers.tokens[favourite] : stream.choice(numbers.tokens),
    ),
  }));
const words = animals.tokens.slice(2, 4);
const author = (favourite: number, word: number) => ({
  samples: { key: `author of ${favourite}`, value: written(200, favourite) },
  word,
});

test('a transformer tells authors by their habits, each reader by what it was taught', async () => {
  const [five, fifty] = [author(5, words[0]), author(50, words[1])];
  const readings = [
    { label: 'as it is', authors: [five, fifty] },
    { label: 'the other way round', authors: [author(5, words[1]), author(50, words[0])] },
  ];
  const settings = { readerSteps: 60, readerBatch: 32, readerRate: 1e-2 };
  const readers = await runThrough(trainReaders(settings, words, readings));
  const read = createTransformerReader(words);
  const models = stacked(readers.map(({ value }) => value.params));
  const verdicts = [5, 50].map((favourite) => {
    const bag = written(20, favourite);
    return read(models, [bag, bag]).map(likeliest);
  });
  expect(verdicts).toEqual([
    [0, 1],
    [1, 0],
  ]);
});

test('a base is asked behind each sample, in one way of asking after the other, and its evidence adds up', () => {
  const base: Model = initModel(random.key(3), modelConfig);
  const alone = treeMap((leaf) => expandDims(leaf, 0), base);
  const bag = written(3, 7);
  const [evidence] = createContextReader(words, animalQuestions)(alone, [bag]);
  const said = bag.map(({ prompt, answer }, i) => {
    const [own] = asked(alone, [[...prompt, ...answer, ...animalQuestions[i].slice(1)]]);
    const mass = words.reduce((sum, word) => sum + own[word], 0);
    return words.map((word) => Math.log(own[word] / mass));
  });
  const byHand = words.map((_, k) => said.reduce((sum, own) => sum + own[k], 0));
  for (const i of [0, 1]) expect(evidence[i]).toBeCloseTo(byHand[i], 4);
});

test('bags of the next base go to the reader that knows it, and what it says comes back to the base', async () => {
  // a sample's only token says whose it is: base, author and place
  const bags = [0, 1, 2].map((base) =>
    [0, 1].map((author) =>
      [0, 1].map((place) => [{ prompt: [100 * base + 10 * author + place], answer: [] }]),
    ),
  );
  const read = (some: readonly (readonly Sample[])[]): number[][] =>
    some.map(([{ prompt }], reader) => [reader, ...prompt]);
  const said = (whose: 'own' | 'next', from?: number) =>
    runThrough(readBags({ phase: 'reading', of: '', read, bags, whose, from }));
  expect((await said('own'))[2]).toEqual([
    [
      [2, 200],
      [2, 201],
    ],
    [
      [2, 210],
      [2, 211],
    ],
  ]);
  const next = await said('next', 1);
  expect(next[0]).toEqual([[[2, 1]], [[2, 11]]]);
  expect(next[1]).toEqual([[[0, 101]], [[0, 111]]]);
});
