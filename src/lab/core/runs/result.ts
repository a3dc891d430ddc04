// What a run found, as result.json keeps it: reading and writing.

import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { writeAtomic } from '../../../store/atomic.ts';
import { LabError } from '../errors.ts';
import { describeFileError } from './file-errors.ts';
import { isVersion2, version2Schema } from './result-v2.ts';
import { type Result, type Row, resultSchema } from './schema.ts';

export {
  hashConfig,
  type Json,
  type Part,
  type Result,
  type Row,
  resultFrom,
  rowSchema,
  type Stages,
} from './schema.ts';

/** A result file that is not what it should be. The message, one line, names file, culprit and way out. */
export class ResultError extends LabError {
  override name = 'ResultError';
  constructor(message: string) {
    super(message.replace(/[\p{Cc}\u2028\u2029]+/gu, ' '));
  }
}

const wayOut = 'restore the file, or run the experiment again';

/** A path as code writes it: arms.teacher.accuracy[1]. */
const place = (path: readonly PropertyKey[]): string =>
  path
    .map((part) =>
      typeof part === 'string' && /^[a-z_]\w*$/i.test(part)
        ? `.${part}`
        : `[${typeof part === 'number' ? part : JSON.stringify(String(part))}]`,
    )
    .join('')
    .replace(/^\./, '') || 'the content';

function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  const written = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? typeof value);
  return written.length > 60 ? `${written.slice(0, 59)}…` : written;
}

function complaint({ code, path, message, ...issue }: z.core.$ZodIssue, value: unknown): string {
  if (code === 'unrecognized_keys' && 'keys' in issue)
    return `${place(path)} has the unknown key ${JSON.stringify(issue.keys[0])}`;
  const found = path.reduce<unknown>(
    (at, part) => (at !== null && typeof at === 'object' ? Reflect.get(at, part) : undefined),
    value,
  );
  const is = found === undefined ? 'is missing' : `is ${shown(found)}`;
  return `${place(path)} ${is}; it must be ${message}`;
}

function check(value: unknown, source: string, remedy: string): Result {
  let parsed: z.ZodSafeParseResult<Result>;
  try {
    parsed = (isVersion2(value) ? version2Schema : resultSchema).safeParse(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ResultError(`${source}: it is nested too deeply; ${remedy}`);
  }
  if (parsed.success) return parsed.data;
  throw new ResultError(`${source}: ${complaint(parsed.error.issues[0], value)}; ${remedy}`);
}

/** The result that `text` holds; `source` is what an error calls it. Throws ResultError. */
export function parseResult(text: string, source: string): Result {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ResultError(`${source}: it is not whole JSON (${reason}); ${wayOut}`);
  }
  return check(value, source, wayOut);
}

/** The result in the file `path`. Throws ResultError, whether the file cannot be read or its content is wrong. */
export function readResult(path: string): Result {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    const reason = describeFileError(error, path);
    if (reason === undefined) throw error;
    throw new ResultError(reason);
  }
  return parseResult(content, path);
}

/** `result` as JSON for people too: a line a row. */
export function formatResult({ rows, ...rest }: Result): string {
  const head = JSON.stringify(rest, null, 2).slice(0, -2);
  return `${head},\n  "rows": [\n${rows.map((each) => `    ${JSON.stringify(each)}`).join(',\n')}\n  ]\n}`;
}

/** The values `name` of `arm` by seed, where the settings are as `at`. */
export function valuesBySeed(
  { rows }: Pick<Result, 'rows'>,
  arm: string,
  name = 'accuracy',
  at: Row['at'] = {},
): Map<number, number> {
  const settings = Object.entries(at);
  const found = new Map<number, number>();
  for (const row of rows) {
    if (row.arm !== arm || found.has(row.seed) || !(name in row.values)) continue;
    if (settings.every(([key, value]) => row.at[key] === value)) found.set(row.seed, row.values[name]);
  }
  return found;
}

/** The values called `name` of an arm's rows, in the order of `seeds`; those at `at` where it is given. */
export function valuesOf(
  result: Pick<Result, 'rows' | 'seeds'>,
  arm: string,
  name?: string,
  at?: Row['at'],
): number[] {
  const found = valuesBySeed(result, arm, name, at);
  return result.seeds.flatMap((seed) => found.get(seed) ?? []);
}

/**
 * Writes `result` to `path`, whole or not at all. Throws ResultError if it is no legal result, and what
 * the file system throws.
 */
export function writeResult(path: string, result: Result): void {
  const checked = check(result, path, 'nothing was written');
  writeAtomic(path, `${formatResult(checked)}\n`);
}
