// Files that appear whole or not at all.
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { arg, checked } from '../tensor/index.ts';

/**
 * Makes the folder `path` and those above it. Throws what the file system throws, about the folder that it
 * refused: Node's own recursive mkdir takes a read-only disk for a missing file.
 */
export const makeFolders = checked('makeFolders', [arg.path()], (path: string): void => {
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeFolders(parent);
  mkdirSync(path);
});

const data = arg.value(
  'data',
  'a string or bytes',
  (given): given is string | Uint8Array => typeof given === 'string' || given instanceof Uint8Array,
);

/**
 * Writes `data` to `path`, making its folders. Until the last byte is on disk an earlier file of that
 * name stays as it was; after a failure the half-written one is gone. Throws what the file system throws.
 */
export const writeAtomic = checked(
  'writeAtomic',
  [arg.path(), data],
  (path: string, data: string | Uint8Array): void => {
    makeFolders(dirname(path));
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
    const temporary = `${path}.${process.pid}.tmp`;
    try {
      const file = openSync(temporary, 'w');
      try {
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      // a write that fails does not say where, and nobody knows the temporary file
      throw error instanceof Error ? Object.assign(error, { path }) : error;
    }
  },
);
