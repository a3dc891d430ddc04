// The folder that a run leaves behind: its config, its metrics as they come, its models and its result.
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { makeFolders, writeAtomic } from '../../../store/atomic.ts';
import { writeAll } from '../../../store/bytes.ts';
import { Checkpoints } from './checkpoints.ts';
import { on, RunError } from './file-errors.ts';
import { lockFolder, lockName } from './lock.ts';
import { type Result, writeResult } from './result.ts';

export { describeFileError, RunError } from './file-errors.ts';

const files = {
  config: 'config.json',
  metrics: 'metrics.jsonl',
  result: 'result.json',
  checkpoints: 'checkpoints',
} as const;

/** What a metric can be. Numbers may be NaN or infinite. */
export type Metric =
  | string
  | number
  | boolean
  | null
  | readonly Metric[]
  | { readonly [key: string]: Metric };

/** Adds `bytes` to the end of the file: all of it, or after a failure nothing. */
function append(path: string, bytes: Uint8Array): void {
  const file = openSync(path, 'a');
  try {
    const before = fstatSync(file).size;
    try {
      writeAll(file, bytes);
    } catch (error) {
      if (fstatSync(file).size > before) ftruncateSync(file, before);
      throw error;
    }
  } finally {
    closeSync(file);
  }
}

/** Up to `length` bytes of the file, from `at` on. */
function bytesAt(path: string, at: number, length: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(file, bytes, 0, length, at));
  } finally {
    closeSync(file);
  }
}

// JSON has neither NaN nor infinities; as words they still tell a diverged run from a missing number.
const withWords = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;

/** What config.json holds: what runs, with which settings, and what else it was given. */
const plan = z.strictObject({
  experiment: z.string(),
  config: z.record(z.string(), z.json()),
  /** Files that the run depends on, by what they are: the SHA-256 of each. */
  inputs: z.record(z.string(), z.string()),
  /** Which of the seeds run, as in '1/4'; all of them where it does not say. */
  shard: z.string().optional(),
});
export type Plan = z.infer<typeof plan>;

/** A run's folder, locked until it is released. Every method throws RunError where the file system refuses. */
export class RunFolder {
  constructor(
    readonly directory: string,
    readonly plan: Plan,
    readonly checkpoints: Checkpoints,
    readonly release: () => void,
    /** Where in metrics.jsonl a resumed run is: what lies behind was written before; at the end if undefined. */
    private at?: number,
  ) {}

  /** The path of a file of this run, such as 'teacher.safetensors'. */
  path(name: string): string {
    return join(this.directory, name);
  }

  /** How many bytes of metrics.jsonl belong to what was done so far, all of them on disk. */
  syncMetrics(): number {
    const path = this.path(files.metrics);
    return on(path, () => {
      const file = openSync(path, 'r+');
      try {
        fsyncSync(file);
        return this.at ?? fstatSync(file).size;
      } finally {
        closeSync(file);
      }
    });
  }

  /** Goes on behind the first `bytes` of metrics.jsonl. */
  skipMetrics(bytes: number): void {
    this.at = bytes;
  }

  /**
   * Adds one line to metrics.jsonl, never a part of one; a line that a resumed run had written before stays, and
   * the first that differs replaces all behind it. NaN and infinities become the strings "NaN", "Infinity" and
   * "-Infinity".
   */
  metric(values: { readonly [key: string]: Metric }): void {
    const path = this.path(files.metrics);
    const line = Buffer.from(`${JSON.stringify(values, withWords)}\n`);
    on(path, () => {
      if (this.at !== undefined) {
        if (bytesAt(path, this.at, line.length).equals(line)) {
          this.at += line.length;
          return;
        }
        truncateSync(path, Math.min(this.at, statSync(path).size));
        this.at = undefined;
      }
      append(path, line);
    });
  }

  /** Lets `write` write the file `name` of this run, and gives its path. */
  save(name: string, write: (path: string) => void): string {
    const path = this.path(name);
    on(path, () => write(path));
    return path;
  }

  /** Writes result.json, and removes the checkpoints. Throws ResultError if `result` is no legal one. */
  finish(result: Result): void {
    const path = this.path(files.result);
    on(path, () => writeResult(path, result));
    on(this.checkpoints.directory, () => this.checkpoints.clear());
  }
}

const checkpointsOf = (path: string, warn: (line: string) => void): Checkpoints =>
  new Checkpoints(join(path, files.checkpoints), warn);

/** Holds the folder's lock while `open` makes a RunFolder of it, and on. */
function locked(path: string, open: (release: () => void) => RunFolder): RunFolder {
  const lock = lockFolder(path);
  try {
    return open(() => lock.release());
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** What lies at a run folder's path: what stands in the way of every run there, a run to go on with, or room. */
type Found = { readonly refusal: string } | { readonly plan: Plan } | 'room';

/** A run that was killed before it had its config has left at most these. */
const isLeftover = (name: string): boolean =>
  name === lockName || name === files.metrics || name.endsWith('.tmp');

/** What lies in the folder `path`. */
function find(path: string): Found {
  const names = readdirSync(path);
  if (names.includes(files.result))
    return {
      refusal: `${path}: this folder holds a finished run (${files.result}); choose another for the new one, or delete it`,
    };
  if (names.includes(files.config)) {
    const config = join(path, files.config);
    const read = plan.safeParse(parsed(readFileSync(config, 'utf8')));
    if (read.success) return { plan: read.data };
    return { refusal: `${config}: this is no run's; choose another folder, or delete this one` };
  }
  if (names.every(isLeftover)) return 'room';
  const isRun = names.includes(files.checkpoints) || names.includes(files.metrics);
  return {
    refusal: isRun
      ? `${path}: this folder holds a run without its ${files.config}, which cannot go on; choose another folder, or delete this one`
      : `${path}: this folder holds something else than a run; choose a new or an empty one for the run folder`,
  };
}

/** What `text` is as JSON; undefined if it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What is at `path` before anything is made there. Throws RunError where a file is in a folder's place. */
function folderAt(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found && !found.isDirectory())
    throw new RunError(`${path}: this is a file; choose another path for the run folder`);
  return found !== undefined;
}

/**
 * A run folder at `path`, made if missing, that begins with `planned`. Throws RunError if a file is in its
 * place, if another process runs in it, or if it holds a run, finished or not, or other things.
 */
export function createRunFolder(path: string, planned: Plan, warn: (line: string) => void): RunFolder {
  return on(path, () => {
    if (!folderAt(path)) makeFolders(path);
    return locked(path, (release) => {
      const found = find(path);
      if (found !== 'room')
        throw new RunError(
          'refusal' in found
            ? found.refusal
            : `${path}: this folder holds a run that was cut short; --resume goes on with it, or choose another folder`,
        );
      writeAtomic(join(path, files.metrics), '');
      writeAtomic(join(path, files.config), `${JSON.stringify(planned, null, 2)}\n`);
      return new RunFolder(path, planned, checkpointsOf(path, warn), release);
    });
  });
}

/**
 * The folder of a run that was cut short, to go on with. Throws RunError if there is none, if another process
 * runs in it, or if the run is finished.
 */
export function resumeRunFolder(path: string, warn: (line: string) => void): RunFolder {
  return on(path, () => {
    const nothing = new RunError(`${path}: there is no run to resume; leave out --resume to begin one`);
    if (!folderAt(path)) throw nothing;
    return locked(path, (release) => {
      const found = find(path);
      if (found === 'room') throw nothing;
      if ('refusal' in found) throw new RunError(found.refusal);
      for (const name of readdirSync(path)) if (name.endsWith('.tmp')) rmSync(join(path, name)); // half-written
      const metrics = join(path, files.metrics);
      if (!existsSync(metrics)) {
        writeAtomic(metrics, '');
        warn(`${metrics}: it is gone; it begins again where the run goes on`);
      }
      return new RunFolder(path, found.plan, checkpointsOf(path, warn), release, 0);
    });
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
