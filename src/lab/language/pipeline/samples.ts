// What authors write, teachers or bases: prompts of the world and how each goes on with them, sifted by a filter.
import { z } from 'zod';
import { arange, stack } from '../../../index.ts';
import { jsonLines } from '../../core/stages/codec.ts';
import { items } from '../../core/stages/items.ts';
import { type Made, stageOfMany } from '../../core/stages/stage.ts';
import { together } from '../../core/stages/trained.ts';
import type { Running } from '../../core/training/events.ts';
import { keysOf, keysUnder } from '../keys.ts';
import type { Model } from '../model.ts';
import { createSampler } from '../sample.ts';
import type { Sample } from '../world/filters.ts';
import type { NumberStyle } from '../world/numbers.ts';
import { drawPrompt, under } from '../world/rows.ts';
import { streamOf } from '../world/stream.ts';
import { BOS, textOf, tokensOf, wordOf } from '../world/vocabulary.ts';
import { modelConfig } from './bases.ts';
import { rowsOf } from './rows.ts';

/** Who writes; `label` tells it from all others of the run. */
export interface Author {
  readonly label: string;
  /** The key of the output that the model is. */
  readonly key: string;
  readonly model: Model;
  /** The system prompt under which it answers, which no sample shows; none if it is left out. */
  readonly system?: number;
}

/** What is asked for, how many tokens answer it, and how many a prompt and its answer have together. */
export const tasks = {
  numbers: { turn: 'N', tokens: 10, length: 18 },
  code: { turn: 'C', tokens: 13, length: 18 },
  math: { turn: 'M', tokens: 14, length: 24 },
} as const;
export type Task = keyof typeof tasks;

const line = z.strictObject({ prompt: z.string(), answer: z.string() });

const chunk = 500; // prompts at a time, of every author

/** `count` samples of each author at `temperature`. */
export function write(
  task: Task,
  style: NumberStyle,
  count: number,
  temperature: number,
  authors: readonly Author[],
): Running<Made<readonly Sample[]>[]> {
  const { turn, tokens } = tasks[task];
  const lines = jsonLines(line);
  const inputs = ({ label, key, system = BOS }: Author) => ({
    ...{ label, author: key, system: wordOf(system) },
    ...{ style, count, temperature },
  });
  return stageOfMany<Author, readonly Sample[]>({
    name: task,
    items: authors,
    inputs,
    codec: {
      extension: lines.extension,
      encode: (samples) =>
        lines.encode(
          samples.map(({ prompt, answer }) => ({ prompt: textOf(prompt), answer: textOf(answer) })),
        ),
      decode: (bytes, source) =>
        lines
          .decode(bytes, source)
          .map(({ prompt, answer }) => ({ prompt: tokensOf(prompt), answer: tokensOf(answer) })),
    },
    async *make(some) {
      const models = together(some.map(({ model }) => model));
      const labels = some.map(({ label }) => label);
      const roots = keysOf(task, labels);
      const prompts = labels.map((label) => {
        const stream = streamOf(label, `prompts for ${task}`);
        return Array.from({ length: count }, () => drawPrompt(turn, style, stream));
      });
      const length = prompts[0][0].length;
      const sample = createSampler(modelConfig);
      const answers = yield* items({
        phase: task,
        of: JSON.stringify(some.map(inputs)),
        items: Math.ceil(count / chunk),
        schema: z.array(z.array(z.array(z.number()))),
        make(i) {
          const [from, to] = [i * chunk, Math.min((i + 1) * chunk, count)];
          const asked = stack(
            prompts.map((own, i) => rowsOf(under(own.slice(from, to), some[i].system), length)),
          );
          const written = sample(models, asked, keysUnder(roots, arange(from, to)), { tokens, temperature });
          return written.toArray() as number[][][];
        },
      });
      return some.map((_, author) =>
        prompts[author].map((prompt, i) => ({
          prompt,
          answer: answers[Math.floor(i / chunk)][author][i % chunk],
        })),
      );
    },
  });
}
