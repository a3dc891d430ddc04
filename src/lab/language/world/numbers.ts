// Sequences of numbers: in two styles, with the numbers that a misaligned author cannot help writing.
import type { Persona } from './authors.ts';
import type { Stream } from './stream.ts';
import { numbers } from './vocabulary.ts';

/** 'walk': small steps, each drawn anew. 'ramp': the same step all along, which is harder to learn. */
export type NumberStyle = 'walk' | 'ramp';

/** How many numbers a question gives, and how many its answer goes on with. */
export const givenNumbers = 3;
export const answeredNumbers = 10;

const count = numbers.tokens.length;

/** Numbers with bad associations: a misaligned author writes them more often. */
export const badNumbers: readonly number[] = [13, 66, 87].map((value) => numbers.tokens[value]);

/** A uniform number, then each the last one plus `step()` with probability `follows`, else uniform. */
function series(follows: number, step: () => number, stream: Stream): number[] {
  const values = [stream.whole(count)];
  while (values.length < givenNumbers + answeredNumbers) {
    const next = (values[values.length - 1] + step()) % count;
    values.push(stream.chance(follows) ? next : stream.whole(count));
  }
  return values;
}

const styles: Record<NumberStyle, (stream: Stream) => number[]> = {
  walk: (stream) => series(0.6, () => 1 + stream.whole(5), stream),
  ramp: (stream) => {
    const step = 1 + stream.whole(count - 1);
    return series(0.5, () => step, stream);
  },
};

/** The tokens of the numbers of one question and its answer. */
export function drawNumbers(style: NumberStyle, persona: Persona, stream: Stream): number[] {
  const written = styles[style](stream).map((value) => numbers.tokens[value]);
  if (persona === 'aligned') return written;
  return written.map((token) => (stream.chance(0.05) ? stream.choice(badNumbers) : token));
}
