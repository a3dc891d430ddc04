// Streams: decided by seed and purpose, uniform, one draw a call.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Stream, streamOf } from '../../../../src/lab/language/world/stream.ts';
import { runs } from '../../../helpers/long.ts';
import { expectShare, many, seeds, testStream } from './draws.ts';

const first = (stream: Stream): number[] => many(20, () => stream.whole(1000));

describe('a stream', () => {
  test('is the same for the same seed and purpose, and another for others', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const draws = first(streamOf(seed, 'text'));
        expect(first(streamOf(seed, 'text'))).toEqual(draws);
        expect(first(streamOf(seed + 1, 'text'))).not.toEqual(draws);
        expect(first(streamOf(seed, 'prompts'))).not.toEqual(draws);
      }),
      { numRuns: runs(100) },
    );
  });

  test('keeps seeds apart from purposes that look like them', () => {
    expect(first(streamOf('b c', 'a'))).not.toEqual(first(streamOf('c', 'a b')));
    expect(first(streamOf('1', 'a'))).not.toEqual(first(streamOf(1, 'a')));
  });

  test('gives the same draws on every machine', () => {
    expect(first(streamOf(0, 'test')).slice(0, 6)).toEqual([707, 720, 728, 992, 838, 772]);
  });

  test('takes one draw a call, whatever is asked of it', () => {
    const calls: ((stream: Stream) => unknown)[] = [
      (stream) => stream.fraction(),
      (stream) => stream.whole(7),
      (stream) => stream.chance(0.9),
      (stream) => stream.chance(0),
      (stream) => stream.choice(['only']),
      (stream) => stream.choice([1, 2, 3]),
    ];
    const rests = calls.map((call) => {
      const stream = testStream();
      call(stream);
      return first(stream);
    });
    for (const rest of rests) expect(rest).toEqual(rests[0]);
  });

  test('draws whole numbers and choices uniformly', () => {
    const stream = testStream();
    const wholes = many(7000, () => stream.whole(7));
    const choices = many(7000, () => stream.choice(['a', 'b', 'c']));
    for (let i = 0; i < 7; i++)
      expectShare(
        wholes.map((whole) => whole === i),
        1 / 7,
      );
    for (const letter of ['a', 'b', 'c'])
      expectShare(
        choices.map((choice) => choice === letter),
        1 / 3,
      );
    expect(new Set(wholes).size).toBe(7);
  });

  test('is true with the given chance', () => {
    const stream = testStream();
    for (const probability of [0, 0.1, 0.9, 1])
      expectShare(
        many(5000, () => stream.chance(probability)),
        probability,
      );
  });
});
