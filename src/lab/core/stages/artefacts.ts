// Outputs of stages on disk, each under the hash of all that it depends on. Any number of processes may share a folder:
// files appear whole, and what two write at once under one name is the same.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomic } from '../../../store/atomic.ts';
import { pieces, readAll } from '../../../store/bytes.ts';
import { on } from '../runs/file-errors.ts';
import type { ArtefactName } from '../training/events.ts';

function sha256(bytes: Uint8Array): string {
  const hash = createHash('sha256');
  for (const piece of pieces(bytes)) hash.update(piece);
  return hash.digest('hex');
}

export class Artefacts {
  /**
   * What was made at another `origin`, such as by other code or on another engine, is not taken. `warn` is told, in a
   * line, what could not be used.
   */
  constructor(
    readonly directory: string,
    readonly origin: string,
    readonly warn: (line: string) => void,
  ) {}

  path({ stage, key, extension }: ArtefactName): string {
    const hash = createHash('sha256')
      .update(JSON.stringify([this.origin, key]))
      .digest('hex');
    return join(this.directory, `${stage.replace(/[^\w.=,-]+/g, '_')}-${hash.slice(0, 32)}.${extension}`);
  }

  /** The output called `name`, if it is there and whole. Throws RunError where the file system refuses. */
  load(name: ArtefactName): Uint8Array | undefined {
    const path = this.path(name);
    return on(path, () => {
      if (!existsSync(path)) return undefined;
      const bytes = readAll(path);
      const digest = `${path}.sha256`;
      if (existsSync(digest) && readFileSync(digest, 'utf8').trim() === sha256(bytes)) return bytes;
      this.warn(`${path}: its content is damaged (the SHA-256 differs); it is made anew`);
      return undefined;
    });
  }

  /** Keeps `bytes` as the output called `name`. Throws RunError where the file system refuses. */
  save(name: ArtefactName, bytes: Uint8Array): void {
    const path = this.path(name);
    on(path, () => {
      writeAtomic(`${path}.sha256`, `${sha256(bytes)}\n`); // first: an output without it would count as damaged
      writeAtomic(path, bytes);
    });
  }
}
