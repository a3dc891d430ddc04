// The folder that a run leaves behind: its config, its metrics as they come, its models and its result.
import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { makeFolders, writeAtomic } from '../../store/atomic.ts';
import { describeFileError } from './file-errors.ts';
import { type Json, type Result, writeResult } from './result.ts';

export { describeFileError } from './file-errors.ts';

/** A run folder that cannot be used; the message is one line with the path and the way out. */
export class RunError extends Error {
  override name = 'RunError';
}

const files = { config: 'config.json', metrics: 'metrics.jsonl', result: 'result.json' } as const;

/** What a metric can be. Numbers may be NaN or infinite. */
export type Metric =
  | string
  | number
  | boolean
  | null
  | readonly Metric[]
  | { readonly [key: string]: Metric };

/** The file of a run folder that lockFolder locks. */
export const lockName = 'lock';

/** `work`, with what the file system throws told as a RunError about `path`. */
export function on<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const line = describeFileError(error, path);
    throw line === undefined ? error : new RunError(line, { cause: error });
  }
}

/** Adds `text` to the end of the file: all of it, or after a failure nothing. */
function append(path: string, text: string): void {
  const file = openSync(path, 'a');
  try {
    const before = fstatSync(file).size;
    const bytes = new TextEncoder().encode(text);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    } catch (error) {
      if (fstatSync(file).size > before) ftruncateSync(file, before);
      throw error;
    }
  } finally {
    closeSync(file);
  }
}

// JSON has neither NaN nor infinities; as words they still tell a diverged run from a missing number.
const withWords = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;

/** A run's folder. Every method throws RunError where the file system refuses. */
export class RunFolder {
  constructor(readonly directory: string) {}

  /** The path of a file of this run, such as 'teacher.safetensors'. */
  path(name: string): string {
    return join(this.directory, name);
  }

  /** Writes config.json and begins metrics.jsonl afresh; what else an earlier run left stays until replaced. */
  start(config: Readonly<Record<string, Json>>): void {
    const path = this.path(files.config);
    on(path, () => writeAtomic(path, `${JSON.stringify(config, null, 2)}\n`));
    const metrics = this.path(files.metrics);
    on(metrics, () => writeAtomic(metrics, ''));
  }

  /**
   * Adds one line to metrics.jsonl, never a part of one. NaN and infinities become the strings "NaN",
   * "Infinity" and "-Infinity".
   */
  metric(values: { readonly [key: string]: Metric }): void {
    const path = this.path(files.metrics);
    on(path, () => append(path, `${JSON.stringify(values, withWords)}\n`));
  }

  /** Lets `write` write the file `name` of this run, and gives its path. */
  save(name: string, write: (path: string) => void): string {
    const path = this.path(name);
    on(path, () => write(path));
    return path;
  }

  /** Writes result.json. Throws ResultError if `result` is no legal one. */
  finish(result: Result): void {
    const path = this.path(files.result);
    on(path, () => writeResult(path, result));
  }
}

/**
 * The run folder at `path`, made if missing. Throws RunError if a file is in its place, if it holds other
 * things than a run, or if that run is finished; one that was cut short (it has a config.json and no
 * result.json) is begun afresh.
 */
export function createRunFolder(path: string): RunFolder {
  return on(path, () => {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found && !found.isDirectory())
      throw new RunError(`${path}: this is a file; choose another path for the run folder`);
    makeFolders(path);
    if (existsSync(join(path, files.result)))
      throw new RunError(
        `${path}: this folder holds a finished run (${files.result}); choose another for the new one, or delete it`,
      );
    const others = readdirSync(path).filter((name) => name !== lockName);
    if (others.length > 0 && !existsSync(join(path, files.config)))
      throw new RunError(
        `${path}: this folder holds something else than a run; choose a new or an empty one for the run folder`,
      );
    return new RunFolder(path);
  });
}

const two = (n: number): string => String(n).padStart(2, '0');

/**
 * Where a run goes by default: a folder in `root` that does not exist yet, named by local time and what
 * runs, as in `runs/2026-11-23-2101-mnist-quick-seed0`, with -2, -3, … added if need be.
 */
export function defaultRunPath(
  root: string,
  experiment: string,
  preset: string,
  seed: number,
  now: Date,
): string {
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  const time = `${two(now.getHours())}${two(now.getMinutes())}`;
  const first = join(root, `${day}-${time}-${experiment}-${preset}-seed${seed}`);
  let path = first;
  for (let n = 2; existsSync(path); n++) path = `${first}-${n}`;
  return path;
}
