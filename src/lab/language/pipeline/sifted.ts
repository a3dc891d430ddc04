// What a filter keeps of samples and what it refuses, with the reasons: as a stage, so both can be looked at.
import { z } from 'zod';
import { jsonLines } from '../../core/stages/codec.ts';
import { type Made, stageOfMany } from '../../core/stages/stage.ts';
import type { Running } from '../../core/training/events.ts';
import type { Sample } from '../world/filters.ts';
import type { Sifted } from '../world/sift.ts';
import { textOf, tokensOf } from '../world/vocabulary.ts';

/** What tells a filter from all others, and what it does. */
export interface Filter {
  readonly filter: string;
  readonly sift: (samples: readonly Sample[]) => Sifted<Sample, string>;
}

export type Sorted = Pick<Sifted<Sample, string>, 'kept' | 'refused'>;

const lines = jsonLines(
  z.strictObject({ prompt: z.string(), answer: z.string(), refused: z.string().optional() }),
);
const written = ({ prompt, answer }: Sample) => ({ prompt: textOf(prompt), answer: textOf(answer) });
const read = (line: { prompt: string; answer: string }): Sample => ({
  prompt: tokensOf(line.prompt),
  answer: tokensOf(line.answer),
});

/** What `filter` makes of each of `samples`. */
export const sifted = (
  { filter, sift }: Filter,
  samples: readonly Made<readonly Sample[]>[],
): Running<Made<Sorted>[]> =>
  stageOfMany<Made<readonly Sample[]>, Sorted>({
    name: 'sifted',
    items: samples,
    inputs: ({ key }) => ({ samples: key, filter }),
    codec: {
      extension: lines.extension,
      encode: ({ kept, refused }) =>
        lines.encode([
          ...kept.map(written),
          ...refused.map(({ sample, reason }) => ({ ...written(sample), refused: reason })),
        ]),
      decode(bytes, source) {
        const all = lines.decode(bytes, source);
        return {
          kept: all.filter(({ refused }) => refused === undefined).map(read),
          refused: all.flatMap((line) =>
            line.refused === undefined ? [] : [{ sample: read(line), reason: line.refused }],
          ),
        };
      },
    },
    async *make(some) {
      return some.map(({ value }) => sift(value));
    },
  });
