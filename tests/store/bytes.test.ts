// Files longer than one call of the system reads or writes.
import { mkdtempSync, openSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pieces, readAll, writeAll } from '../../src/store/bytes.ts';
import { long } from '../helpers/long.ts';

test('Pieces are all of the bytes in order, none of them too long', () => {
  const bytes = Uint8Array.from({ length: 10 }, (_, i) => i);
  expect([...pieces(bytes, 4)].map((piece) => [...piece])).toEqual([
    [0, 1, 2, 3],
    [4, 5, 6, 7],
    [8, 9],
  ]);
  expect([...pieces(bytes, 5)]).toHaveLength(2);
  expect([...pieces(new Uint8Array(0), 5)]).toEqual([]);
});

test('A file of more than 2 GiB is written and read whole', { timeout: 300_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'umbra-bytes-'));
  try {
    const path = join(folder, 'long');
    const size = long ? 2 ** 31 + 12_345 : 2 ** 20;
    if (long) {
      const bytes = new Uint8Array(size);
      bytes[size - 1] = 7;
      writeAll(openSync(path, 'w'), bytes);
    } else {
      writeFileSync(path, Uint8Array.of(1));
      truncateSync(path, size - 1);
      writeAll(openSync(path, 'a'), Uint8Array.of(7));
    }
    const read = readAll(path);
    expect(read.length).toBe(size);
    expect(read[size - 1]).toBe(7);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
