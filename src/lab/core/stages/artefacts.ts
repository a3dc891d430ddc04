// Outputs of stages on disk, each under the hash of all that it depends on. Any number of processes may share a folder:
// files appear whole, and what two write at once under one name is the same.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolders, writeAtomic } from '../../../store/atomic.ts';
import { pieces, readAll } from '../../../store/bytes.ts';
import { on } from '../runs/file-errors.ts';
import { type Lock, LockedError, lockFile } from '../runs/lock.ts';
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

  /** Whether there is an output called `name`, whole or not. */
  has(name: ArtefactName): boolean {
    return existsSync(this.path(name));
  }

  /**
   * The right to make the output called `name`, until it is released or this process ends; undefined while another
   * has it. Who makes it without that right does no harm, but the work is done twice. Throws RunError where the file
   * system refuses.
   */
  claim(name: ArtefactName): Lock | undefined {
    const path = this.path(name);
    on(this.directory, () => makeFolders(this.directory));
    try {
      return lockFile(`${path}.claim`, path);
    } catch (error) {
      if (error instanceof LockedError) return undefined;
      throw error;
    }
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
