// Threefry-2x32 with 20 rounds: the known answers of Random123, and an independent version of it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomBits, threefry2x32 } from '../../src/engines/host/threefry.ts';
import { threefry } from '../graph/primitives/creation.ts';

const encrypt = (key: readonly [number, number], counter: readonly [number, number]): number[] => {
  const out = new Int32Array(2);
  threefry2x32(key[0] | 0, key[1] | 0, counter[0] | 0, counter[1] | 0, out, 0);
  return Array.from(out, (word) => word >>> 0);
};

describe('threefry2x32', () => {
  test.each([
    [
      [0, 0],
      [0, 0],
      [0x6b200159, 0x99ba4efe],
    ],
    [
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x1cb996fc, 0xbb002be7],
    ],
    [
      [0x13198a2e, 0x03707344],
      [0x243f6a88, 0x85a308d3],
      [0xc4923a9c, 0x483df7a0],
    ],
  ] as [[number, number], [number, number], [number, number]][])(
    'of key %j and counter %j is the known answer',
    (key, counter, answer) => {
      expect(encrypt(key, counter)).toEqual(answer);
      expect(threefry(key, counter)).toEqual(answer);
    },
  );

  test('is the independent version for any key and counter (property)', () => {
    const pair = fc.tuple(fc.integer(), fc.integer());
    fc.assert(
      fc.property(pair, pair, (key, counter) => {
        expect(encrypt(key, counter)).toEqual(threefry(key, counter));
      }),
    );
  });
});

describe('randomBits', () => {
  test('takes both words of each block in turn', () => {
    const words = Array.from(randomBits(Int32Array.of(7, 9), 5, 32), (w) => w >>> 0);
    expect(words).toEqual([0, 1, 2].flatMap((block) => threefry([7, 9], [block, 0])).slice(0, 5));
  });
});
