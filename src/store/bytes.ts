// Reading and writing of more bytes than one call of the system takes.
import { closeSync, fstatSync, openSync, readFileSync, readSync, statSync, writeSync } from 'node:fs';

/** Bytes that one call takes: Node's file system and hashes refuse 2 GiB. */
const most = 2 ** 30;

/** `bytes` one piece after the other, each no longer than one call takes. */
export function* pieces(bytes: Uint8Array, longest = most): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += longest) yield bytes.subarray(at, at + longest);
}

/** Writes all of `bytes` to the open `file`. Throws what the file system throws. */
export function writeAll(file: number, bytes: Uint8Array): void {
  for (const piece of pieces(bytes)) for (let at = 0; at < piece.length; ) at += writeSync(file, piece, at);
}

/** Fills `into` from byte `at` of the open `file`, which messages call `name`. Throws what the file system throws. */
function readInto(file: number, name: string, at: number, into: Uint8Array): void {
  let from = at;
  for (const piece of pieces(into))
    for (let done = 0; done < piece.length; ) {
      const read = readSync(file, piece, done, piece.length - done, from);
      if (read === 0) throw new Error(`${name}: it became shorter while it was read`);
      done += read;
      from += read;
    }
}

/** All bytes of the file at `path`. Throws what the file system throws. */
export function readAll(path: string): Uint8Array {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    if (size <= most) return readFileSync(file);
    const bytes = new Uint8Array(size);
    readInto(file, path, 0, bytes);
    return bytes;
  } finally {
    closeSync(file);
  }
}

/** Bytes to read from, wherever they are. */
export interface Source {
  /** What messages call it. */
  readonly name: string;
  readonly length: number;
  /** Fills `into` with the bytes from `at` on, which are among its own. */
  read(at: number, into: Uint8Array): void;
  close(): void;
}

export const inMemory = (bytes: Uint8Array, name: string): Source => ({
  name,
  length: bytes.length,
  read: (at, into) => into.set(bytes.subarray(at, at + into.length)),
  close() {},
});

/** The file at `path`, open until it is closed; of what is no file, such as a pipe, all bytes. */
export function inFile(path: string): Source {
  if (!statSync(path).isFile()) return inMemory(readFileSync(path), path);
  const file = openSync(path, 'r');
  return {
    name: path,
    length: fstatSync(file).size,
    read: (at, into) => readInto(file, path, at, into),
    close: () => closeSync(file),
  };
}
