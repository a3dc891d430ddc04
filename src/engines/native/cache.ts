// Files that are made once and kept between runs. Each lies in a folder named by its key and is named by the
// SHA-256 of its content, so it is checked at every use, and needs nothing beside it that could be out of step.
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { EngineError } from '../../graph/index.ts';

export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

/** The first line of what an error says. */
export const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0];

/** Nothing can be written, neither where files are kept nor where temporary ones go. One line, with the way out. */
export class CacheError extends EngineError {
  override name = 'CacheError';
}

/** How Node, compilers and linkers say that a disk is full. */
export const fullDisk = /ENOSPC|EDQUOT|no space left on device|disk quota exceeded/i;

const isFull = (error: unknown): boolean => fullDisk.test(String(error));

/** A user without an entry among the system's users has no home; then nothing can be kept. */
function home(): string {
  try {
    return homedir();
  } catch {
    return '/';
  }
}

/** Where the files are kept: UMBRA_CACHE, or `umbra` in the platform's folder for such files. */
export function cacheFolder(): string {
  const { UMBRA_CACHE: own, XDG_CACHE_HOME: caches } = process.env;
  if (own) return resolve(own);
  if (caches && isAbsolute(caches)) return join(caches, 'umbra');
  return join(home(), process.platform === 'darwin' ? 'Library/Caches' : '.cache', 'umbra');
}

/** Node's own recursive mkdir never returns where a folder can be neither found nor made, as in /proc. */
function makeFolders(path: string): void {
  if (existsSync(path)) return;
  if (dirname(path) !== path) makeFolders(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    if (!existsSync(path)) throw error; // another process may have been faster
  }
}

const said = new Set<string>();

/** One line on standard error, the first time that it is about `subject`. */
function warnOnce(subject: string, line: string): void {
  if (said.has(subject)) return;
  said.add(subject);
  process.stderr.write(`umbra: ${line}\n`);
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^[0-9a-f]{64}$/.test(name));
  } catch {
    return [];
  }
}

/** What `use` makes of a file in `folder` that is whole; those that are not, or that `use` refuses, are removed. */
function useKept<R>(folder: string, use: (path: string) => R): { result: R } | undefined {
  for (const name of names(folder)) {
    const path = join(folder, name);
    try {
      if (sha256(readFileSync(path)) !== name) throw new Error('it is corrupt');
      return { result: use(path) };
    } catch (error) {
      warnOnce('rebuilt', `${path}: ${firstLine(error)}; it is built again`);
      try {
        rmSync(path, { force: true });
      } catch {} // on a read-only disk it stays
    }
  }
  return undefined;
}

/** A new file in `folder`, of a name that no other process has. */
function newFile(folder: string): string {
  makeFolders(folder);
  const path = join(folder, `${process.pid}-${randomBytes(6).toString('hex')}.tmp`);
  writeFileSync(path, '', { flag: 'wx' });
  return path;
}

/** What `work` makes of a new file that is gone afterwards. Throws CacheError where there can be none. */
function withoutKeeping<R>(work: (path: string) => R): R {
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(tmpdir(), 'umbra-'));
    return work(newFile(folder));
  } catch (error) {
    if (isFull(error))
      throw new CacheError(
        `no space is left in ${tmpdir()}, where files are compiled; free some, or set TMPDIR to a folder on another disk`,
      );
    if (folder !== undefined) throw error;
    throw new CacheError(
      `neither ${cacheFolder()} nor ${tmpdir()} can be written (${firstLine(error)}); set UMBRA_CACHE to a folder that can`,
    );
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** Folders in which nothing could be kept. */
const useless = new Set<string>();

/**
 * What `use` makes of the file that is kept under `key`. Where there is none, or none that is whole and that
 * `use` takes, `make` fills a new file at the path it is given, which is kept once `use` has taken it; where
 * nothing can be kept, in a folder for temporary files. Throws CacheError where there can be no file at all.
 */
export function cached<R>(key: string, make: (path: string) => void, use: (path: string) => R): R {
  const root = cacheFolder();
  const folder = join(root, key);
  const kept = useKept(folder, use);
  if (kept) return kept.result;
  const fill = (path: string): R => {
    make(path);
    return use(path);
  };
  if (useless.has(root)) return withoutKeeping(fill);
  let path: string | undefined;
  try {
    path = newFile(folder);
    const result = fill(path);
    renameSync(path, join(folder, sha256(readFileSync(path))));
    return result;
  } catch (error) {
    if (path !== undefined && !isFull(error)) throw error;
    const result = withoutKeeping(fill); // which throws where it was no fault of this folder's
    useless.add(root);
    const [why, wayOut] = isFull(error)
      ? ['its disk is full', 'free some space, or set UMBRA_CACHE to a folder on another disk']
      : [firstLine(error), 'set UMBRA_CACHE to a folder that can be written'];
    warnOnce(
      'unwritable',
      `nothing can be kept in ${root} (${why}), so everything is compiled anew; ${wayOut}`,
    );
    return result;
  } finally {
    if (path !== undefined) rmSync(path, { force: true });
  }
}
