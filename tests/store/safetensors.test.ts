import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  decodeSafetensors,
  encodeSafetensors,
  FormatError,
  openSafetensors,
  readSafetensors,
  writeSafetensors,
} from '../../src/store/index.ts';
import {
  allocate,
  type DType,
  dtypes,
  fromNested,
  fromTypedArray,
  sizeOf,
  type Tensor,
} from '../../src/tensor/index.ts';
import { long } from '../helpers/long.ts';
import { damaged, parsesOrRefuses } from './mutations.ts';

/** A file with `header` (an object or its text) and `data`, its header length right unless given. */
function file(header: unknown, data: ArrayLike<number> = [], headerLength?: bigint): Uint8Array {
  const text =
    header instanceof Uint8Array
      ? header
      : new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, headerLength ?? BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(Array.from(data), 8 + text.length);
  return bytes;
}

const zeros = (n: number): number[] => new Array<number>(n).fill(0);
const f32 = (shape: unknown, begin: unknown, end: unknown): object => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
});
const decode = (bytes: Uint8Array) => decodeSafetensors(bytes, 'some.safetensors');

/** The bits of each tensor, so that NaN, −0 and 0 are told apart. */
const bits = (tensors: Record<string, Tensor>) =>
  Object.entries(tensors)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { dtype, shape, data }]) => {
      const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      return [name, dtype, shape, bytes.toString('hex')];
    });

const sample = {
  weights: fromNested([
    [1.5, -0, Number.NaN],
    [Number.POSITIVE_INFINITY, 1e-45, 3],
  ]),
  exact: fromNested([Math.PI, -1 / 3], 'f64'),
  counts: fromNested([-(2 ** 31), 2 ** 31 - 1, 7], 'i32'),
  mask: fromNested([true, false, true]),
  scalar: fromNested(42, 'f32'),
  brain: fromNested(
    [
      [1.5, -0],
      [Number.NaN, 1e39],
    ],
    'bf16',
  ),
  half: fromNested([65504, 1e-7, -2], 'f16'),
  bytes: fromNested([0, 128, 255], 'u8'),
  signed: fromNested([-128, 127], 'i8'),
  empty: fromTypedArray(new Float32Array(0), [0, 3], 'f32'),
};

const names = fc.string({ unit: 'grapheme', maxLength: 8 }).filter((name) => !name.startsWith('__'));

const tensor: fc.Arbitrary<Tensor> = fc
  .record({ dtype: fc.constantFrom(...dtypes), shape: fc.array(fc.nat(4), { maxLength: 4 }) })
  .chain(({ dtype, shape }) => {
    const size = sizeOf(shape);
    const element: Record<DType, fc.Arbitrary<number>> = {
      bool: fc.nat(1),
      u8: fc.nat(255),
      i8: fc.integer({ min: -128, max: 127 }),
      bf16: fc.nat(65535),
      f16: fc.nat(65535),
      i32: fc.integer(),
      f32: fc.float(),
      f64: fc.double(),
    };
    return fc.array(element[dtype], { minLength: size, maxLength: size }).map((values) => {
      const array = allocate(dtype, size);
      array.set(values);
      return fromTypedArray(array, shape, dtype);
    });
  });

describe('encodeSafetensors and decodeSafetensors', () => {
  test('keep names, dtypes, shapes, metadata and every bit', () => {
    const content = decode(encodeSafetensors(sample, { step: '12', naïve: '✓\n"' }));
    expect(bits(content.tensors)).toEqual(bits(sample));
    expect(content.metadata).toEqual({ step: '12', naïve: '✓\n"' });
  });

  test('keep any tensors of any dtype and shape (property)', () => {
    fc.assert(
      fc.property(fc.dictionary(names, tensor), fc.dictionary(names, names), (tensors, metadata) => {
        const content = decode(encodeSafetensors(tensors, metadata));
        expect(bits(content.tensors)).toEqual(bits(tensors));
        expect(Object.entries(content.metadata).sort()).toEqual(Object.entries(metadata).sort());
      }),
      { numRuns: 200 },
    );
  });

  test('keep the payload of a NaN', () => {
    const odd = new Float32Array(Uint32Array.of(0x7fa00001).buffer);
    const { tensors } = decode(encodeSafetensors({ odd: fromTypedArray(odd, [], 'f32') }));
    expect(new Uint32Array(tensors.odd.data.buffer)[0]).toBe(0x7fa00001);
  });

  test('take a tensor whose array is a view into a larger buffer', () => {
    const view = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
    const { tensors } = decode(encodeSafetensors({ view: fromTypedArray(view, [2], 'f32') }));
    expect(tensors.view.toArray()).toEqual([1, 2]);
  });

  test('keep names that objects inherit', () => {
    const tensors = {
      constructor: fromNested(1),
      toString: fromNested(2),
      '10': fromNested(3),
      '9': fromNested(4),
    };
    expect(bits(decode(encodeSafetensors(tensors)).tensors)).toEqual(bits(tensors));
  });

  test('hold nothing at all', () => {
    expect(decode(encodeSafetensors({}))).toEqual({ tensors: {}, metadata: {} });
  });
});

describe('encodeSafetensors', () => {
  test('gives the same bytes whatever the order of insertion', () => {
    const reversed = Object.fromEntries(Object.entries(sample).reverse());
    expect(encodeSafetensors(reversed, { b: '2', a: '1' })).toEqual(
      encodeSafetensors(sample, { a: '1', b: '2' }),
    );
  });

  test('writes exactly these bytes', () => {
    const bytes = encodeSafetensors({ m: fromNested([true]), x: fromNested(1, 'f32') }, { k: 'v' });
    const header =
      '{"__metadata__":{"k":"v"},"x":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"m":{"dtype":"BOOL","shape":[1],"data_offsets":[4,5]}}';
    expect(bytes).toEqual(file(header.padEnd(136), [0, 0, 0x80, 0x3f, 1]));
  });

  test('puts wider dtypes first, then as the reference implementation has them, then by name', () => {
    const one = (dtype: DType): Tensor => fromNested([1], dtype);
    const tensors = Object.fromEntries(
      dtypes.flatMap((dtype) => [[`b${dtype}`, one(dtype)] as const, [`a${dtype}`, one(dtype)] as const]),
    );
    const bytes = encodeSafetensors(tensors);
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const header: object = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    expect(Object.keys(header).filter((name) => name.startsWith('a'))).toEqual(
      ['f64', 'f32', 'i32', 'bf16', 'f16', 'i8', 'u8', 'bool'].map((dtype) => `a${dtype}`),
    );
    expect(Object.keys(header).indexOf('bf32')).toBe(Object.keys(header).indexOf('af32') + 1);
  });

  test('aligns every tensor to its element size', () => {
    const bytes = encodeSafetensors({ a: fromNested([true]), b: fromNested([1], 'f64'), c: fromNested([1]) });
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    expect(length % 8).toBe(0);
    expect(header.b.data_offsets[0] % 8).toBe(0);
    expect(header.c.data_offsets[0] % 4).toBe(0);
  });

  test.each([['__proto__'], ['__metadata__'], ['half \ud800']])('refuses the tensor name %j', (name) => {
    const tensors = Object.fromEntries([[name, fromNested(1)]]);
    expect(() => encodeSafetensors(tensors)).toThrow(/^encodeSafetensors: tensor name .*; rename it$/);
  });

  test('refuses metadata that is not text', () => {
    const metadata = JSON.parse('{"step": 12}');
    expect(() => encodeSafetensors({}, metadata)).toThrow(
      'metadata "step" is not a string; pass JSON.stringify',
    );
    expect(() => encodeSafetensors({}, JSON.parse('{"__proto__": "x"}'))).toThrow(
      'metadata name "__proto__"',
    );
  });
});

describe('decodeSafetensors', () => {
  test('reads data that is not aligned', () => {
    const header = { a: { dtype: 'BOOL', shape: [1], data_offsets: [0, 1] }, b: f32([1], 1, 5) };
    const bytes = file(header, [1, 0, 0, 0x80, 0x3f]);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(decode(shifted.subarray(3)).tensors.b.toArray()).toEqual([1]);
  });

  test('copies, so that the bytes may be reused', () => {
    const bytes = encodeSafetensors({ x: fromNested([1, 2]) });
    const { tensors } = decode(bytes);
    bytes.fill(0xff);
    expect(tensors.x.toArray()).toEqual([1, 2]);
  });

  test('takes tensors in any order, and empty ones anywhere', () => {
    const header = { z: f32([0], 4, 4), a: f32([1], 4, 8), y: f32([0, 5], 8, 8), b: f32([1], 0, 4) };
    expect(Object.keys(decode(file(header, zeros(8))).tensors).sort()).toEqual(['a', 'b', 'y', 'z']);
  });

  test('takes names that only look like duplicates or like structure', () => {
    const header =
      '{"a\\"{":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"dtype":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}';
    expect(Object.keys(decode(file(header)).tensors)).toEqual(['a"{', 'a', 'dtype']);
  });

  const entry = '{"dtype":"F32","shape":[0],"data_offsets":[0,0]}';
  const big = Number.MAX_SAFE_INTEGER;
  const hostile: [string, Uint8Array, string][] = [
    ['an empty file', new Uint8Array(0), '0 bytes are too few for a header'],
    ['a file shorter than a header length', Uint8Array.of(1, 2, 3), '3 bytes are too few'],
    ['a header longer than the file', file('{}', [], 3n), 'a header of 3 bytes does not fit a file of 10'],
    ['a header above 100 MB', file('{}', [], 100_000_001n), 'above the format’s limit of 100000000'],
    ['a header length above 2^53', file('{}', [], 2n ** 64n - 1n), 'above the format’s limit'],
    ['a header of no bytes', file('', [0x7b]), 'the header does not begin with {'],
    ['something else altogether', file('<!DOCTYPE html>'), 'the header does not begin with {'],
    ['a header that begins with a space', file(' {}'), 'the header does not begin with {'],
    [
      'a header that is not UTF-8',
      file(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)),
      'the header is not UTF-8',
    ],
    ['a header that is not JSON', file('{"a":\n}'), 'the header is not JSON'],
    ['a NaN in the header', file('{"a":NaN}'), 'the header is not JSON (which has no NaN'],
    ['a key twice', file(`{"a":${entry},"\\u0061":${entry}}`), 'the header has the key "a" twice'],
    ['a key twice in a tensor', file(`{"a":{"shape":[],${entry.slice(1)}}`), 'the key "shape" twice'],
    ['a key twice in the metadata', file('{"__metadata__":{"k":"1", "k" :"2"}}'), 'the key "k" twice'],
    ['a tensor named __proto__', file(`{"__proto__":${entry}}`), 'tensor "__proto__" would change an object'],
    ['metadata named __proto__', file('{"__metadata__":{"__proto__":"x"}}'), 'metadata name "__proto__"'],
    ['a name that is no Unicode text', file(`{"\\ud800":${entry}}`), 'holds half a surrogate pair'],
    ['metadata that is not an object', file('{"__metadata__":["x"]}'), '__metadata__ is not a JSON object'],
    ['metadata that is null', file('{"__metadata__":null}'), '__metadata__ is not a JSON object'],
    ['metadata that is not text', file('{"__metadata__":{"step":3}}'), 'metadata "step" is not a string'],
    ['a tensor that is a number', file('{"a":3}'), 'tensor "a" is not described by a JSON object'],
    [
      'no dtype',
      file('{"a":{}}'),
      'tensor "a": dtype missing or not a string; supported are BOOL, U8, I8, I32, F16, BF16, F32, F64',
    ],
    [
      'an unknown dtype',
      file({ a: { ...f32([0], 0, 0), dtype: 'I64' } }),
      'F32, F64, so convert it to I32 first',
    ],
    [
      'a float of eight bits',
      file({ a: { ...f32([0], 0, 0), dtype: 'F8_E4M3' } }),
      'dtype "F8_E4M3"; supported are BOOL, U8, I8, I32, F16, BF16, F32, F64, so convert it to BF16 first',
    ],
    [
      'a BF16 that is cut short',
      file({ a: { dtype: 'BF16', shape: [3], data_offsets: [0, 6] } }, zeros(5)),
      'tensor "a" at 0 to 6 ends outside the 5 bytes of data',
    ],
    [
      'a BF16 with the bytes of an F32',
      file({ a: { dtype: 'BF16', shape: [2], data_offsets: [0, 8] } }, zeros(8)),
      'offsets 0 to 8 do not hold the 4 bytes of BF16 [2]',
    ],
    [
      'an inherited name as dtype',
      file({ a: { ...f32([0], 0, 0), dtype: 'constructor' } }),
      'dtype "constructor"',
    ],
    [
      'a shape that is a number',
      file({ a: f32(3, 0, 12) }, zeros(12)),
      'the shape is not a list of whole numbers',
    ],
    ['a size below 0', file({ a: f32([-1], 0, 4) }, zeros(4)), 'the shape is not a list of whole numbers'],
    [
      'a size of -0',
      file('{"a":{"dtype":"F32","shape":[-0],"data_offsets":[0,0]}}'),
      'the shape is not a list',
    ],
    [
      'a fractional size',
      file({ a: f32([0.5, 2], 0, 4) }, zeros(4)),
      'the shape is not a list of whole numbers',
    ],
    [
      'a size given as text',
      file({ a: f32(['1'], 0, 4) }, zeros(4)),
      'the shape is not a list of whole numbers',
    ],
    ['a size above 2^31', file({ a: f32([2 ** 31, 0], 0, 0) }), 'whole numbers from 0 to 2147483647'],
    [
      'sizes that overflow',
      file({ a: f32([65536, 65536], 0, 0) }),
      'shape [65536, 65536] has more than 2147483647',
    ],
    [
      'endless dimensions',
      file({ a: f32([...zeros(40).map(() => 2 ** 31 - 1), 0], 0, 0) }),
      '41 dimensions are more than 32',
    ],
    ['no offsets', file({ a: { dtype: 'F32', shape: [] } }), 'data_offsets is not two whole numbers'],
    [
      'one offset',
      file({ a: { dtype: 'F32', shape: [], data_offsets: [0] } }),
      'data_offsets is not two whole',
    ],
    ['an offset below 0', file({ a: f32([1], -4, 0) }), 'data_offsets is not two whole numbers'],
    ['an unsafe offset', file({ a: f32([0], 2 ** 60, 2 ** 60) }), 'data_offsets is not two whole numbers'],
    [
      'offsets in the wrong order',
      file({ a: f32([1], 4, 0) }, zeros(4)),
      'offsets 4 to 0 do not hold the 4 bytes',
    ],
    [
      'offsets that do not fit the shape',
      file({ a: f32([2], 0, 4) }, zeros(4)),
      'do not hold the 8 bytes of F32 [2]',
    ],
    [
      'more bytes than the shape has',
      file({ a: f32([1], 0, 8) }, zeros(8)),
      'do not hold the 4 bytes of F32 [1]',
    ],
    ['offsets outside the file', file({ a: f32([2], 0, 8) }, zeros(4)), 'ends outside the 4 bytes of data'],
    ['offsets far outside the file', file({ a: f32([0], big, big) }), 'ends outside the 0 bytes of data'],
    [
      'tensors that overlap',
      file({ a: f32([2], 0, 8), b: f32([1], 4, 8) }, zeros(8)),
      'overlaps the tensor that ends at 8',
    ],
    ['tensors that share their data', file({ a: f32([1], 0, 4), b: f32([1], 0, 4) }, zeros(4)), 'overlaps'],
    ['a hole before the first tensor', file({ a: f32([1], 4, 8) }, zeros(8)), 'leaves a hole from 0'],
    [
      'a hole between tensors',
      file({ a: f32([1], 0, 4), b: f32([1], 5, 9) }, zeros(9)),
      'leaves a hole from 4',
    ],
    ['trailing bytes', file({ a: f32([1], 0, 4) }, zeros(7)), '3 bytes after the last tensor belong to none'],
    ['data without tensors', file({}, zeros(1)), '1 bytes after the last tensor belong to none'],
    [
      'a BOOL that is neither',
      file({ a: { dtype: 'BOOL', shape: [2], data_offsets: [0, 2] } }, [1, 2]),
      'a byte other than 0 and 1',
    ],
  ];
  test.each(hostile)('refuses %s', (_, bytes, message) => {
    expect(() => decode(bytes)).toThrow(FormatError);
    expect(() => decode(bytes)).toThrow(message.replace('’', "'"));
    parsesOrRefuses(() => decode(bytes), 'some.safetensors');
  });

  test('keeps its message short and on one line whatever the names in the file', () => {
    const bytes = file({ [`a\n${'b'.repeat(10_000)}`]: 3 });
    expect(() => decode(bytes)).toThrow(/^some\.safetensors: tensor "a\\nb{58}…" is not described.{1,120}$/);
  });

  test('refuses deep nesting without running out of stack', () => {
    const deep = `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    expect(() => decode(file(deep))).toThrow('tensor "a" is not described by a JSON object');
  });

  test('parses or refuses damaged files and arbitrary bytes (property)', () => {
    const valid = encodeSafetensors(
      {
        a: fromNested([1, 2], 'f32'),
        m: fromNested([true]),
        s: fromNested(3, 'f64'),
        h: fromNested([1, 2, 3], 'bf16'),
        q: fromNested([1, 2, 3], 'i8'),
      },
      { k: 'v' },
    );
    fc.assert(
      fc.property(damaged(valid), (bytes) => parsesOrRefuses(() => decode(bytes), 'some.safetensors')),
      { numRuns: 2000 },
    );
  });

  test('parses or refuses headers that lie (property)', () => {
    const number = fc.oneof(fc.nat(16), fc.integer(), fc.double(), fc.maxSafeInteger());
    const lie = fc.oneof(number, fc.constant(null), fc.string(), fc.array(number, { maxLength: 3 }));
    const header = fc.dictionary(
      fc.oneof(fc.constantFrom('a', '__metadata__', '__proto__'), fc.string({ unit: 'binary' })),
      fc.oneof(
        lie,
        fc.record(
          {
            dtype: fc.oneof(
              { weight: 4, arbitrary: fc.constantFrom('F32', 'F64', 'BOOL', 'BF16', 'U8', 'I64') },
              lie,
            ),
            shape: fc.oneof(fc.array(fc.oneof(fc.nat(3), number), { maxLength: 3 }), lie),
            data_offsets: fc.oneof(fc.tuple(fc.nat(16), fc.nat(16)), fc.array(number, { maxLength: 3 }), lie),
          },
          { requiredKeys: [] },
        ),
      ),
      { maxKeys: 4 },
    );
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 32 }), (fields, data) =>
        parsesOrRefuses(() => decode(file(fields, data)), 'some.safetensors'),
      ),
      { numRuns: 2000 },
    );
  });
});

describe('safetensors files', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'umbra-safetensors-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('are written and read by path', () => {
    const path = join(folder, 'new', 'sample.safetensors');
    writeSafetensors(path, sample, { step: '12' });
    const content = readSafetensors(path);
    expect(bits(content.tensors)).toEqual(bits(sample));
    expect(content.metadata).toEqual({ step: '12' });
  });

  test('that are damaged are named in the message', () => {
    const path = join(folder, 'damaged.safetensors');
    writeFileSync(path, 'not tensors');
    expect(() => readSafetensors(path)).toThrow(`${path}: a header of`);
  });

  test('that are not there say so in one line', () => {
    expect(() => readSafetensors(join(folder, 'none'))).toThrow(/^ENOENT[^\n]*none'$/);
  });

  test('are read a tensor at a time, each from its place', () => {
    const path = join(folder, 'opened.safetensors');
    writeSafetensors(path, sample, { step: '12' });
    const opened = openSafetensors(path);
    expect(opened.metadata).toEqual({ step: '12' });
    expect(opened.avals).toEqual(
      Object.fromEntries(Object.entries(sample).map(([name, { dtype, shape }]) => [name, { dtype, shape }])),
    );
    // what is written over after the file was opened is read only where a tensor lies
    const text = readFileSync(path);
    const place = text.lastIndexOf(Buffer.from(sample.brain.data.buffer));
    const file = openSync(path, 'r+');
    writeSync(file, Uint8Array.of(0x80, 0x3f), 0, 2, place);
    closeSync(file);
    expect(opened.tensor('brain').toArray()).toEqual([
      [1, -0],
      [Number.NaN, Infinity],
    ]);
    expect(bits({ half: opened.tensor('half') })).toEqual(bits({ half: sample.half }));
    expect(() => opened.tensor('none')).toThrow(/there is no tensor "none"; avals names those there are$/);
    opened.close();
    opened[Symbol.dispose]();
    expect(() => opened.tensor('half')).toThrow(/it was closed; read tensors before$/);
  });

  test('are written a tensor at a time, and not at all where one cannot be read', () => {
    const path = join(folder, 'unwritten.safetensors');
    const gone = fromNested([1, 2], 'f32');
    gone.storage.giveUp();
    expect(() => writeSafetensors(path, { a: fromNested([1.5], 'f64'), gone })).toThrow(
      'this tensor was given up',
    );
    expect(readdirSync(folder).filter((name) => name.startsWith('unwritten'))).toEqual([]);
  });

  test('that end before their data does while they are read say so', () => {
    const path = join(folder, 'shrinking.safetensors');
    writeSafetensors(path, { a: fromNested([1, 2, 3], 'f32') });
    const opened = openSafetensors(path);
    truncateSync(path, 60);
    expect(() => opened.tensor('a')).toThrow(/it became shorter while it was read$/);
    opened.close();
  });

  test.runIf(long)('of more than 2 GiB are read a tensor at a time', { timeout: 300_000 }, () => {
    const path = join(folder, 'long.safetensors');
    const size = 2 ** 31 - 1;
    const header = {
      a: { dtype: 'U8', shape: [size], data_offsets: [0, size] },
      b: { dtype: 'U8', shape: [size], data_offsets: [size, 2 * size] },
    };
    writeFileSync(path, file(header));
    truncateSync(path, file(header).length + 2 * size);
    const opened = openSafetensors(path);
    expect(opened.tensor('b').size).toBe(size);
    opened.close();
    rmSync(path);
  });

  const python = spawnSync('python3', ['-c', 'import safetensors, numpy']);
  test.runIf(python.status === 0)('are the same, byte for byte, as those of the Python package', () => {
    const ours = join(folder, 'ours.safetensors');
    const theirs = join(folder, 'theirs.safetensors');
    const { brain: _, ...known } = sample; // NumPy has no bf16
    writeSafetensors(ours, known, { step: '12' });
    const script = `
import sys, numpy
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
tensors = load_file(sys.argv[1])
assert tensors["counts"].tolist() == [-2**31, 2**31 - 1, 7] and tensors["empty"].shape == (0, 3)
assert tensors["weights"].dtype == numpy.float32 and numpy.isnan(tensors["weights"][0, 2])
assert tensors["mask"].dtype == numpy.bool_ and tensors["scalar"].shape == ()
save_file(tensors, sys.argv[2], metadata=safe_open(sys.argv[1], "np").metadata())
`;
    execFileSync('python3', ['-c', script, ours, theirs]);
    expect(bits(readSafetensors(theirs).tensors)).toEqual(bits(known));
    expect(readFileSync(theirs).equals(readFileSync(ours))).toBe(true);
  });
});
