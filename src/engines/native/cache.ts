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

export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

/** The first line of what an error says. */
export const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0];

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

/** A new file of a name that no other process has, and the folder to remove after it, if that is ours alone. */
function temporaryFile(folder: string): { path: string; alone?: string } {
  const create = (inside: string): string => {
    const path = join(inside, `${process.pid}-${randomBytes(6).toString('hex')}.tmp`);
    writeFileSync(path, '', { flag: 'wx' });
    return path;
  };
  try {
    makeFolders(folder);
    return { path: create(folder) };
  } catch (error) {
    warnOnce(
      'unwritable',
      `nothing can be kept in ${cacheFolder()} (${firstLine(error)}), so everything is compiled anew; set UMBRA_CACHE to a folder that can be written`,
    );
  }
  const alone = mkdtempSync(join(tmpdir(), 'umbra-'));
  return { path: create(alone), alone };
}

/**
 * What `use` makes of the file that is kept under `key`. Where there is none, or none that is whole and that
 * `use` takes, `make` fills a new file at the path it is given, which is kept once `use` has taken it.
 */
export function cached<R>(key: string, make: (path: string) => void, use: (path: string) => R): R {
  const folder = join(cacheFolder(), key);
  const kept = useKept(folder, use);
  if (kept) return kept.result;
  const { path, alone } = temporaryFile(folder);
  try {
    make(path);
    const result = use(path);
    if (!alone) renameSync(path, join(folder, sha256(readFileSync(path))));
    return result;
  } finally {
    rmSync(alone ?? path, { recursive: true, force: true });
  }
}
