// What a run found, as result.json keeps it: its shape, its checks, reading and writing.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { writeAtomic } from '../../../store/atomic.ts';
import { LabError } from '../errors.ts';
import { describeFileError } from './file-errors.ts';

export type Json = z.infer<ReturnType<typeof z.json>>;

/** `value` as JSON without spaces and with sorted keys (RFC 8785). */
function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
  return `{${members.join(',')}}`;
}

/** SHA-256 of the config's canonical JSON, in hex: equal for equal settings in whatever order. */
export const hashConfig = (config: Readonly<Record<string, Json>>): string =>
  createHash('sha256').update(canonical(config)).digest('hex');

// Each `error` completes the sentence "it must be …".
const text = () => z.string({ error: 'text' }).min(1, { error: 'text' });
const number = (error: string) => z.number({ error }).min(0, { error });
const whole = (least: number) => {
  const error = `a whole number from ${least}`;
  return z.number({ error }).int({ error }).min(least, { error });
};

const finite = (error: string) => z.number({ error });
const named = <T extends z.ZodType>(item: T, error: string) => z.record(z.string(), item, { error });

const row = z.strictObject(
  {
    seed: whole(0).describe("the model's seed"),
    arm: text().describe("which model of that seed, as in 'teacher' or 'student_aux'"),
    at: named(
      z.union([z.number(), z.string()], { error: 'a number or text' }),
      'an object of settings',
    ).describe('the values of the settings that the experiment varies, as in { "aux": 10 }'),
    values: named(finite('a number'), 'an object of numbers').describe(
      'what was measured in the end, as in { "accuracy": 0.53 }',
    ),
    curves: named(z.array(finite('a number'), { error: 'a list of numbers' }), 'an object of lists').describe(
      'what was measured on the way: `loss` and `accuracy` once an epoch, and what the experiment adds',
    ),
  },
  { error: 'an object with seed, arm, at, values and curves' },
);

/** One model of one seed. */
export type Row = z.infer<typeof row>;

/** What result.json holds. */
export const resultSchema = z
  .strictObject(
    {
      schema: z
        .literal('umbra/result@2', { error: '"umbra/result@2"' })
        .describe('what this file is, and the version of its shape'),
      experiment: text().describe("the experiment's name, as in 'mnist'"),
      config: z
        .record(z.string(), z.json({ error: 'a JSON value' }), { error: 'an object of settings' })
        .describe('every setting of the run'),
      configHash: z.string({ error: 'text' }).describe("SHA-256 of the config's canonical JSON, in hex"),
      seeds: z
        .array(whole(0), { error: 'a list of seeds' })
        .min(1, { error: 'a list of at least one seed' })
        .refine((seeds) => new Set(seeds).size === seeds.length, { error: 'a list of different seeds' })
        .describe('one seed a model'),
      engine: text().describe('the engine that ran it'),
      versions: z
        .record(z.string(), z.string({ error: 'text' }), { error: 'an object of versions' })
        .refine((versions) => Object.keys(versions).length > 0, {
          error: 'an object of at least one version',
        })
        .describe('versions of what it ran on: umbra, node and others'),
      commit: z
        .union([text(), z.null()], { error: 'a commit or null' })
        .describe("the code's git commit, '+dirty' if files differed from it; null where there is no git"),
      machine: z
        .strictObject({ cpu: text(), threads: whole(1) }, { error: 'an object with cpu and threads' })
        .describe('the processor that it ran on, and how many threads it had'),
      wallSeconds: number('a number of seconds').describe('how long the run took, in seconds'),
      testDigits: whole(1).describe('how many test digits each accuracy was measured on'),
      rows: z
        .array(row, { error: 'a list of rows' })
        .min(1, { error: 'a list of at least one row' })
        .describe('a row a model and seed'),
    },
    { error: 'an object' },
  )
  .superRefine(({ config, configHash, seeds, rows }, context) => {
    const issue = (path: PropertyKey[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    const hash = hashConfig(config);
    if (configHash !== hash) issue(['configHash'], `the hash of config, ${hash}`);
    const known = new Set<string>();
    rows.forEach(({ seed, arm, at, values }, i) => {
      if (!seeds.includes(seed)) issue(['rows', i, 'seed'], 'one of the seeds');
      const { accuracy } = values;
      if (accuracy !== undefined && !(accuracy >= 0 && accuracy <= 1))
        issue(['rows', i, 'values', 'accuracy'], 'a number from 0 to 1');
      const key = canonical({ seed, arm, at });
      if (known.has(key)) issue(['rows', i], 'the only row of its seed, arm and settings');
      known.add(key);
    });
  });

export type Result = z.infer<typeof resultSchema>;

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
    parsed = resultSchema.safeParse(value);
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

/** The values called `name` of an arm's rows, in the order of `seeds`; those at `at` where it is given. */
export function valuesOf(
  { rows, seeds }: Pick<Result, 'rows' | 'seeds'>,
  arm: string,
  name = 'accuracy',
  at: Row['at'] = {},
): number[] {
  const fits = (each: Row): boolean =>
    each.arm === arm && Object.entries(at).every(([key, value]) => each.at[key] === value);
  const found = rows.filter(fits);
  return seeds.flatMap((seed) => found.find((each) => each.seed === seed)?.values[name] ?? []);
}

/**
 * Writes `result` to `path`, whole or not at all. Throws ResultError if it is no legal result, and what
 * the file system throws.
 */
export function writeResult(path: string, result: Result): void {
  const checked = check(result, path, 'nothing was written');
  writeAtomic(path, `${formatResult(checked)}\n`);
}
