import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pid } from 'node:process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeAtomic } from '../../src/store/index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'umbra-atomic-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('writeAtomic', () => {
  test('writes text as UTF-8', () => {
    writeAtomic(join(folder, 'a.txt'), 'naïve ✓');
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('naïve ✓');
  });

  test('writes only the bytes of a view, not of the buffer below it', () => {
    writeAtomic(join(folder, 'a.bin'), Uint8Array.of(1, 2, 3, 4).subarray(1, 3));
    expect([...readFileSync(join(folder, 'a.bin'))]).toEqual([2, 3]);
  });

  test('writes an empty file', () => {
    writeAtomic(join(folder, 'empty'), '');
    expect(readFileSync(join(folder, 'empty'))).toHaveLength(0);
  });

  test('makes the folders of the path', () => {
    writeAtomic(join(folder, 'x', 'y', 'a.txt'), 'deep');
    expect(readFileSync(join(folder, 'x', 'y', 'a.txt'), 'utf8')).toBe('deep');
  });

  test('replaces an earlier file and leaves nothing beside it', () => {
    writeAtomic(join(folder, 'a.txt'), 'a long first version');
    writeAtomic(join(folder, 'a.txt'), 'second');
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('second');
    expect(readdirSync(folder)).toEqual(['a.txt']);
  });

  test('is not hindered by what a process of the same number writes on another machine', () => {
    mkdirSync(join(folder, `a.txt.${pid}.tmp`));
    writeAtomic(join(folder, 'a.txt'), 'ours');
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('ours');
  });

  test('after a failure leaves what was there and no half-written file', () => {
    mkdirSync(join(folder, 'taken'));
    writeFileSync(join(folder, 'taken', 'inside'), 'kept');
    // it names the file that was asked for, not the temporary one
    expect(() => writeAtomic(join(folder, 'taken'), 'data')).toThrow(
      expect.objectContaining({ path: join(folder, 'taken') }),
    );
    expect(readdirSync(folder)).toEqual(['taken']);
    expect(readFileSync(join(folder, 'taken', 'inside'), 'utf8')).toBe('kept');
  });

  test('writes to a device as it is, and leaves that in its place', () => {
    const link = join(folder, 'device');
    symlinkSync('/dev/null', link);
    writeAtomic(link, 'data');
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readdirSync(folder)).toEqual(['device']);
  });
});
