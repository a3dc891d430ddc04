// One run a folder: a lock that the system takes back when its process ends, however it ends.
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type koffi from 'koffi';
import { on, RunError } from './file-errors.ts';

/** The file that is locked. */
export const lockName = 'lock';

/** A process: folders may be shared by several machines. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
}

/** Another process has the lock; `holder` tells which, where that is known. */
export class LockedError extends RunError {
  override name = 'LockedError';
  constructor(
    message: string,
    readonly holder?: Holder,
  ) {
    super(message);
  }
}

/** What no other process may use until it is released. */
export interface Lock {
  /** Gives it free, once; what further calls do is nothing. Never throws. */
  release(): void;
}

const LOCK_EX = 2;
const LOCK_NB = 4;
/** libuv's flag for a file that nobody else may open; Windows alone has it, and has no flock. */
const UV_FS_O_EXLOCK = 0x10000000;
const windows = process.platform === 'win32';

interface System {
  readonly ffi: typeof koffi;
  readonly flock: (file: number, operation: number) => number;
}

let system: System | undefined;

function loadSystem(directory: string): System {
  try {
    const ffi: typeof koffi = createRequire(import.meta.url)('koffi');
    return { ffi, flock: ffi.load(null).func('flock', 'int', ['int', 'int']) };
  } catch (error) {
    const [reason] = String(error).split('\n');
    throw new RunError(
      `${directory}: it cannot be locked against a second run, since koffi does not load (${reason}); npm ci installs it`,
      { cause: error },
    );
  }
}

/** Why the open file `file` cannot be locked: the name of an errno; undefined once it is locked. */
function flock(file: number, { ffi, flock: call }: System): string | undefined {
  if (call(file, LOCK_EX | LOCK_NB) === 0) return undefined;
  const number = ffi.errno();
  const { errno: names } = ffi.os;
  if (number === names.EWOULDBLOCK) return 'EWOULDBLOCK';
  return Object.keys(names).find((name) => names[name] === number) ?? `error ${number}`;
}

/** The error of a folder whose lock another process holds; that process has written into `text` which it is. */
function taken(directory: string, text = ''): LockedError {
  const [, pid, host] = /^(\d{1,10})@([\w.-]{1,253})\n$/.exec(text) ?? [];
  const holder = pid === undefined ? undefined : { pid: Number(pid), host };
  const who = holder && ` (process ${pid}${host === hostname() ? '' : ` on ${host}`})`;
  return new LockedError(
    `${directory}: another run is going on in this folder${who ?? ''}; wait for it, or choose another folder`,
    holder,
  );
}

/** `path` opened and locked; undefined if it was removed or replaced in between. */
function tryLock(directory: string, path: string): number | undefined {
  system ??= loadSystem(directory);
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT);
  try {
    const reason = flock(file, system);
    if (reason === 'EWOULDBLOCK') throw taken(directory, readFileSync(file, 'utf8'));
    if (reason !== undefined)
      throw new RunError(
        `${directory}: it cannot be locked against a second run (${reason}); choose a folder on another disk`,
      );
    const [ours, there] = [
      fstatSync(file, { bigint: true }),
      statSync(path, { bigint: true, throwIfNoEntry: false }),
    ];
    if (there?.ino === ours.ino && there.dev === ours.dev) {
      ftruncateSync(file);
      writeSync(file, `${process.pid}@${hostname()}\n`);
      return file;
    }
  } catch (error) {
    closeSync(file);
    throw error;
  }
  closeSync(file);
  return undefined;
}

/** The file at `path`, opened so that nobody else can open or remove it. */
function openAlone(directory: string, path: string): number {
  try {
    return openSync(path, constants.O_RDWR | constants.O_CREAT | UV_FS_O_EXLOCK);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EBUSY') throw taken(directory);
    throw error;
  }
}

/**
 * Locks the file `path` for this process: until it releases the lock or ends, even by `kill -9`, no other gets it. The
 * lock is on the file, not the file itself: one that was left behind hinders nobody. Processes started by this one do
 * not hold it. Throws LockedError, about `what`, at once if another process has it, and RunError if the file system
 * refuses.
 */
export function lockFile(path: string, what: string): Lock {
  const file = on(path, () => {
    if (windows) return openAlone(what, path);
    for (;;) {
      const locked = tryLock(what, path);
      if (locked !== undefined) return locked;
    }
  });
  let held = true;
  const remove = (): void => {
    try {
      rmSync(path, { force: true });
    } catch {} // left behind, it hinders nobody
  };
  return {
    release() {
      if (!held) return;
      held = false;
      if (!windows) remove(); // while it is ours: later the name may be another's
      closeSync(file);
      if (windows) remove(); // an open file cannot be removed, so another's stays
    },
  };
}

/** Locks the folder `directory`, by the file `lock` in it, as lockFile does. */
export const lockFolder = (directory: string): Lock => lockFile(join(directory, lockName), directory);

/** Who holds the lock of the folder `directory`: a process, or 'somebody' if it is not told; undefined if nobody does. */
export function holderOf(directory: string): Holder | 'somebody' | undefined {
  if (!existsSync(join(directory, lockName))) return undefined;
  try {
    lockFolder(directory).release();
    return undefined;
  } catch (error) {
    if (error instanceof LockedError) return error.holder ?? 'somebody';
    throw error;
  }
}
