// Tensors in several files with an index, and indices that lie.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  FormatError,
  openSafetensors,
  readSafetensors,
  writeSafetensors,
  writeShardedSafetensors,
} from '../../src/store/index.ts';
import { fromNested } from '../../src/tensor/index.ts';
import { damaged, parsesOrRefuses } from './mutations.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'umbra-shards-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const tensors = {
  'b.weight': fromNested([1, 2, 3, 4], 'bf16'),
  'a.weight': fromNested([1.5, 2.5], 'f32'),
  'c.weight': fromNested([1, 2, 3], 'i8'),
};
const index = (where: string): string => join(where, 'model.safetensors.index.json');

/** A folder of its own with the two shards of `tensors`. */
function shards(name: string): string {
  const where = join(folder, name);
  writeShardedSafetensors(where, tensors, { maxShardBytes: 11, metadata: { format: 'pt' } });
  return where;
}

describe('Sharded safetensors', () => {
  test('are the files and the index that others write', () => {
    const where = shards('written');
    const [first, second] = [1, 2].map((i) => `model-0000${i}-of-00002.safetensors`);
    expect(readdirSync(where).sort()).toEqual([first, second, 'model.safetensors.index.json']);
    expect(JSON.parse(readFileSync(index(where), 'utf8'))).toEqual({
      metadata: { total_size: 19 },
      weight_map: { 'a.weight': first, 'b.weight': second, 'c.weight': second },
    });
    expect(Object.keys(readSafetensors(join(where, second)).tensors).sort()).toEqual([
      'b.weight',
      'c.weight',
    ]);
  });

  test('are read whole, or a tensor at a time, by their index', () => {
    const where = shards('read');
    const content = readSafetensors(index(where));
    expect(content.metadata).toEqual({ format: 'pt' });
    for (const [name, x] of Object.entries(tensors)) {
      const read = content.tensors[name];
      expect([read.dtype, read.shape, read.data]).toEqual([x.dtype, x.shape, x.data]);
    }
    const opened = openSafetensors(index(where));
    expect(opened.avals['b.weight']).toEqual({ dtype: 'bf16', shape: [4] });
    expect(opened.tensor('c.weight').toArray()).toEqual([1, 2, 3]);
    opened.close();
  });

  test('take a shard for a tensor that is longer than they may be, and one for none', () => {
    const where = join(folder, 'long');
    writeShardedSafetensors(where, tensors, { maxShardBytes: 1 });
    expect(readdirSync(where)).toHaveLength(4);
    writeShardedSafetensors(join(folder, 'none'), {});
    expect(readSafetensors(index(join(folder, 'none')))).toEqual({ tensors: {}, metadata: {} });
  });

  test('write nothing where a name is not legal', () => {
    const where = join(folder, 'refused');
    expect(() => writeShardedSafetensors(where, { ...tensors, __metadata__: fromNested(1) })).toThrow(
      /^writeShardedSafetensors: tensor name "__metadata__" is kept for the metadata; rename it$/,
    );
    expect(() => readdirSync(where)).toThrow('ENOENT');
  });

  const lies: [string, unknown, string][] = [
    ['no weight_map', {}, 'weight_map is not a JSON object'],
    ['a weight_map that is a list', { weight_map: [] }, 'weight_map is not a JSON object'],
    ['metadata that is text', { metadata: 'x', weight_map: {} }, 'metadata is not a JSON object'],
    [
      'a size that is text',
      { metadata: { total_size: '9' }, weight_map: {} },
      'total_size is not a whole number',
    ],
    [
      'a shard that is a number',
      { weight_map: { a: 1 } },
      'the shard of "a" is no text, not a .safetensors file',
    ],
    [
      'a shard that is missing',
      { weight_map: { 'a.weight': 'model-00003-of-00003.safetensors' } },
      'the shard "model-00003-of-00003.safetensors", which holds "a.weight", is missing',
    ],
    [
      'a name that is in no shard',
      { weight_map: { 'd.weight': 'model-00001-of-00002.safetensors' } },
      'the shard "model-00001-of-00002.safetensors" holds no tensor "d.weight"',
    ],
    ...['../read/model-00001-of-00002.safetensors', '/etc/passwd', 'a\\b.safetensors', '..', ''].map(
      (shard): [string, unknown, string] => [
        `the shard ${JSON.stringify(shard)}`,
        { weight_map: { 'a.weight': shard } },
        `the shard of "a.weight" is ${JSON.stringify(shard)}, not a .safetensors file in its folder`,
      ],
    ),
  ];
  test.each(lies)('are refused with %s', (_, content, message) => {
    const where = shards('lies');
    writeFileSync(index(where), JSON.stringify(content));
    expect(() => readSafetensors(index(where))).toThrow(FormatError);
    expect(() => openSafetensors(index(where))).toThrow(`${index(where)}: ${message}`);
  });

  test('are refused with a key twice, and with a damaged shard by its own name', () => {
    const where = shards('damaged');
    writeFileSync(index(where), '{"weight_map":{"a":"x.safetensors","a":"y.safetensors"}}');
    expect(() => readSafetensors(index(where))).toThrow('the index has the key "a" twice');
    shards('damaged');
    const shard = join(where, 'model-00002-of-00002.safetensors');
    writeFileSync(shard, readFileSync(shard).subarray(0, -1));
    expect(() => readSafetensors(index(where))).toThrow(`${shard}: tensor `);
  });

  test('are parsed or refused by whatever index (property)', () => {
    const where = join(folder, 'arbitrary');
    writeSafetensors(join(where, 'x.safetensors'), tensors);
    const valid = { metadata: { total_size: 19 }, weight_map: { 'a.weight': 'x.safetensors' } };
    const bytes = new TextEncoder().encode(JSON.stringify(valid));
    fc.assert(
      fc.property(damaged(bytes), (content) => {
        writeFileSync(index(where), content);
        parsesOrRefuses(() => readSafetensors(index(where)), index(where));
      }),
      { numRuns: 300 },
    );
  });
});
