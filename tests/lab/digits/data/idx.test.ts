import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gunzip, parseIdx } from '../../../../src/lab/digits/data/idx.ts';
import { FormatError } from '../../../../src/store/errors.ts';
import { damaged, parsesOrRefuses } from '../../../store/mutations.ts';

const valid = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6);

describe('parseIdx', () => {
  test('reads the shape and the elements', () => {
    const { shape, data } = parseIdx(valid, 'x');
    expect(shape).toEqual([2, 3]);
    expect([...data]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('reads a view that does not begin its buffer', () => {
    const shifted = Uint8Array.of(9, 9, 9, ...valid).subarray(3);
    expect(parseIdx(shifted, 'x').shape).toEqual([2, 3]);
  });

  test('reads empty sets', () => {
    expect(parseIdx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 0), 'x').shape).toEqual([0]);
  });

  const ff = new Array<number>(20).fill(0xff);
  const hostile: [string, Uint8Array, string][] = [
    ['an empty file', new Uint8Array(0), 'x: not an IDX file'],
    ['another magic number', Uint8Array.of(1, ...valid.subarray(1)), 'x: not an IDX file'],
    ['floats', Uint8Array.of(0, 0, 13, 1, 0, 0, 0, 0), 'x: an IDX file of type 0x0d, not of bytes (0x08)'],
    ['sizes cut short', valid.subarray(0, 9), 'x: 9 bytes are too few for the sizes of 2 dimensions'],
    ['elements cut short', valid.subarray(0, -1), 'x: 5 bytes of data do not fill shape [2, 3], which has 6'],
    [
      'trailing bytes',
      Uint8Array.of(...valid, 0),
      'x: 7 bytes of data do not fill shape [2, 3], which has 6',
    ],
    [
      'sizes that overflow',
      Uint8Array.of(0, 0, 8, 5, ...ff, 1),
      'x: 1 bytes of data do not fill shape [4294967295,',
    ],
  ];
  test.each(hostile)('refuses %s', (_, bytes, message) => {
    expect(() => parseIdx(bytes, 'x')).toThrow(FormatError);
    expect(() => parseIdx(bytes, 'x')).toThrow(message);
  });

  test('parses or refuses damaged files and arbitrary bytes (property)', () => {
    fc.assert(
      fc.property(damaged(valid), (bytes) => parsesOrRefuses(() => parseIdx(bytes, 'x'), 'x')),
      { numRuns: 2000 },
    );
  });
});

describe('gunzip', () => {
  const content = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);
  const packed = gzipSync(content);

  test('gives back what was compressed', () => {
    expect(new Uint8Array(gunzip(packed, 'x', 1000))).toEqual(content);
  });

  const flipped = Uint8Array.from(packed);
  flipped[flipped.length - 6] ^= 1; // in the CRC
  const hostile: [string, Uint8Array, string][] = [
    ['nothing', new Uint8Array(0), 'x: not whole gzip data (unexpected end of file); delete'],
    ['something else', new TextEncoder().encode('<html>'), 'x: not whole gzip data (incorrect header check)'],
    ['a file cut short', packed.subarray(0, -1), 'x: not whole gzip data (unexpected end of file)'],
    ['a wrong CRC', flipped, 'x: not whole gzip data (incorrect data check)'],
    ['trailing bytes', Buffer.concat([packed, Buffer.from('junk')]), 'x: not whole gzip data'],
    ['more than allowed', gzipSync(new Uint8Array(1001)), 'x: it decompresses to more than 1000 bytes'],
    [
      'far more than allowed',
      gzipSync(new Uint8Array(2 ** 24)),
      'x: it decompresses to more than 1000 bytes',
    ],
  ];
  test.each(hostile)('refuses %s', (_, bytes, message) => {
    expect(() => gunzip(bytes, 'x', 1000)).toThrow(FormatError);
    expect(() => gunzip(bytes, 'x', 1000)).toThrow(message);
  });

  test('lets a wrong limit through as what it is', () => {
    expect(() => gunzip(packed, 'x', -1)).toThrow(RangeError);
  });

  test('decompresses or refuses damaged files and arbitrary bytes (property)', () => {
    fc.assert(
      fc.property(damaged(packed), (bytes) => parsesOrRefuses(() => gunzip(bytes, 'x', 1000), 'x')),
      { numRuns: 1000 },
    );
  });
});
