// What codecs write, they read; what others wrote is refused by name.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { random, useEngine } from '../../../../src/index.ts';
import { type Codec, json, jsonLines, trainedModel } from '../../../../src/lab/core/stages/codec.ts';
import { FormatError } from '../../../../src/store/index.ts';
import { runs } from '../../../helpers/long.ts';

useEngine('reference');

const line = z.strictObject({ text: z.string(), n: z.number() });
const lines = fc.array(
  fc.record({ text: fc.string({ unit: 'grapheme' }), n: fc.integer() }, { noNullPrototype: true }),
);
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

const refusal = (codec: Codec<unknown>, bytes: Uint8Array): string => {
  try {
    codec.decode(bytes, 'base-12345678');
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    return (error as FormatError).message;
  }
  return 'none';
};

test('JSON comes back as it was', () => {
  fc.assert(
    fc.property(lines, (value) => {
      const codec = json(z.array(line));
      expect(codec.decode(codec.encode(value), 'x')).toEqual(value);
    }),
    { numRuns: runs(200) },
  );
});

test('JSON lines come back as they were, a line each', () => {
  fc.assert(
    fc.property(lines, (value) => {
      const codec = jsonLines(line);
      const bytes = codec.encode(value);
      expect(bytes.filter((byte) => byte === 10)).toHaveLength(value.length);
      expect(codec.decode(bytes, 'x')).toEqual(value);
    }),
    { numRuns: runs(200) },
  );
});

test('a trained model comes back to the bit, in the structure of what they are like', () => {
  const like = {
    layers: [{ weight: random.normal(random.key(0), [2, 3]) }],
    count: random.bits(random.key(0), [2]),
  };
  const tree = {
    layers: [{ weight: random.normal(random.key(1), [2, 3]) }],
    count: random.bits(random.key(1), [2]),
  };
  const codec = trainedModel(like);
  const curves = { loss: [1, 0.1 + 0.2] };
  const { params: back, curves: found } = codec.decode(codec.encode({ params: tree, curves }), 'x');
  expect(found).toEqual(curves);
  expect([...back.layers[0].weight.data]).toEqual([...tree.layers[0].weight.data]);
  expect([...back.count.data]).toEqual([...tree.count.data]);
});

describe('a file is refused by name', () => {
  const good = bytesOf('{"text":"a","n":1}\n');

  test('that is not UTF-8', () => {
    const bad = Uint8Array.of(...good.slice(0, 9), 0xff, ...good.slice(10));
    for (const codec of [json(line), jsonLines(line)])
      expect(refusal(codec, bad)).toBe('base-12345678: it is not UTF-8; delete it to make it anew');
  });

  test('that is not whole', () => {
    expect(refusal(json(line), good.slice(0, 9))).toBe(
      'base-12345678: it is not whole JSON; delete it to make it anew',
    );
    for (const rest of [good.slice(0, 9), good.slice(0, -1)])
      expect(refusal(jsonLines(line), Uint8Array.of(...good, ...rest))).toBe(
        'base-12345678: line 2 is cut off; delete it to make it anew',
      );
  });

  test('that says something else', () => {
    expect(refusal(json(line), bytesOf('{"text":1,"n":1}'))).toMatch(/^base-12345678: .*expected string/);
    expect(refusal(jsonLines(line), bytesOf('{"text":"a","n":1}\n{"n":1}\n'))).toMatch(
      /^base-12345678: line 2: .*; delete it to make it anew$/,
    );
  });

  test('whose tensors have other shapes', () => {
    const codec = trainedModel({ weight: random.normal(random.key(0), [2]) });
    const other = trainedModel({ weight: random.normal(random.key(0), [3]) });
    expect(
      refusal(codec, other.encode({ params: { weight: random.normal(random.key(0), [3]) }, curves: {} })),
    ).toBe('base-12345678: its tensors are others; delete it to make it anew');
  });
});
