// Files that appear whole or not at all.
import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { arg, checked } from '../tensor/index.ts';
import { writeAll } from './bytes.ts';

/**
 * Makes the folder `path` and those above it. Throws what the file system throws, about the folder that it
 * refused: Node's own recursive mkdir takes a read-only disk for a missing file.
 */
export const makeFolders = checked('makeFolders', [arg.path()], (path: string): void => {
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeFolders(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    const made = statSync(path, { throwIfNoEntry: false })?.isDirectory();
    if (!made) throw error; // else another process was quicker
  }
});

const data = arg.value(
  'data',
  'a string or bytes',
  (given): given is string | Uint8Array => typeof given === 'string' || given instanceof Uint8Array,
);

/** `writeAtomic` of `pieces` one after the other. */
export function writePieces(path: string, pieces: Iterable<Uint8Array>): void {
  makeFolders(dirname(path));
  const there = statSync(path, { throwIfNoEntry: false });
  const special = there !== undefined && !there.isFile() && !there.isDirectory();
  // no two writers share it: on machines that share a disk, processes have equal numbers
  const temporary = special ? path : `${path}.${randomUUID()}.tmp`; // a device or a pipe is not to be replaced
  try {
    const file = openSync(temporary, 'w');
    try {
      for (const piece of pieces) writeAll(file, piece);
      if (!special) fsyncSync(file);
    } finally {
      closeSync(file);
    }
    if (!special) renameSync(temporary, path);
  } catch (error) {
    if (!special) rmSync(temporary, { force: true });
    // a write that fails does not say where, and nobody knows the temporary file
    throw error instanceof Error ? Object.assign(error, { path }) : error;
  }
}

/**
 * Writes `data` to `path`, making its folders. Until the last byte is on disk an earlier file of that
 * name stays as it was; after a failure the half-written one is gone. What is no file, such as /dev/stdout, is
 * written to as it is. Throws what the file system throws.
 */
export const writeAtomic = checked(
  'writeAtomic',
  [arg.path(), data],
  (path: string, data: string | Uint8Array): void =>
    writePieces(path, [typeof data === 'string' ? new TextEncoder().encode(data) : data]),
);
