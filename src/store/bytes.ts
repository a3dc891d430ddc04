// Reading and writing of more bytes than one call of the system takes.
import { closeSync, fstatSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';

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

/** All bytes of the file at `path`. Throws what the file system throws. */
export function readAll(path: string): Uint8Array {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    if (size <= most) return readFileSync(file);
    const bytes = new Uint8Array(size);
    for (const piece of pieces(bytes))
      for (let at = 0; at < piece.length; ) {
        const read = readSync(file, piece, at, piece.length - at, null);
        if (read === 0) throw new Error(`${path}: it became shorter while it was read`);
        at += read;
      }
    return bytes;
  } finally {
    closeSync(file);
  }
}
