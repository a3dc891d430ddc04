// Says in one line what went wrong with a file, and the way out; other errors are not its business.
import { LabError } from '../errors.ts';

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space, or choose a folder on another disk',
  EDQUOT: 'your share of the disk is used up; free some space, or choose a folder on another disk',
  EACCES: 'you have no permission; choose another place, or change who may use this one',
  EPERM: 'it is not permitted; choose another place, or change who may use this one',
  EROFS: 'it lies on a read-only disk; choose a folder elsewhere',
  ENOENT: 'there is no such file or folder; check the path',
  ENOTDIR: 'a part of this path is a file, not a folder; check the path',
  EEXIST: 'a file or a broken link is in its place; check the path',
  EISDIR: 'this is a folder, not a file; check the path',
  ENAMETOOLONG: 'the path is too long; choose a shorter one',
  ELOOP: 'its links lead round in a circle; check the path',
  EFBIG: 'the file grew beyond what the disk or your limits allow; choose a folder on another disk',
  EIO: 'the disk failed; choose a folder on another one',
  EMFILE: 'too many files are open; close some, or raise the limit (ulimit -n)',
  ENFILE: 'the system has too many files open; close some',
};

const isFileError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'code' in error && typeof error.code === 'string';

/**
 * One line with path, reason and way out for a failure of the file system that a user can mend; undefined
 * for any other error. `path` says which file it was about where the error itself does not know.
 */
export function describeFileError(error: unknown, path?: string): string | undefined {
  if (!isFileError(error) || error.code === undefined || !Object.hasOwn(reasons, error.code))
    return undefined;
  const where = path ?? error.path ?? 'a file';
  return `${where}: ${reasons[error.code]}`;
}

/** A run folder that cannot be used; the message is one line with the path and the way out. */
export class RunError extends LabError {
  override name = 'RunError';
}

/** `work`, with what the file system throws told as a RunError about `path`. */
export function on<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const line = describeFileError(error, path);
    throw line === undefined ? error : new RunError(line, { cause: error });
  }
}
