// The shape of result.json, and what must hold between its fields.

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { metricSchema } from './metric.ts';

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
export const whole = (least: number) => {
  const error = `a whole number from ${least}`;
  return z.number({ error }).int({ error }).min(least, { error });
};

const seeds = () =>
  z
    .array(whole(0), { error: 'a list of seeds' })
    .min(1, { error: 'a list of at least one seed' })
    .refine((given) => new Set(given).size === given.length, { error: 'a list of different seeds' });

const ascending = (a: number, b: number): number => a - b;

const finite = (error: string) => z.number({ error });
const named = <T extends z.ZodType>(item: T, error: string) => z.record(z.string(), item, { error });

export const rowSchema = z.strictObject(
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
export type Row = z.infer<typeof rowSchema>;

/** What both versions of result.json have. */
export const commonFields = {
  experiment: text().describe("the experiment's name, as in 'mnist'"),
  config: z
    .record(z.string(), z.json({ error: 'a JSON value' }), { error: 'an object of settings' })
    .describe('every setting of the run'),
  configHash: z.string({ error: 'text' }).describe("SHA-256 of the config's canonical JSON, in hex"),
  seeds: seeds().describe('one a model'),
  rows: z
    .array(rowSchema, { error: 'a list of rows' })
    .min(1, { error: 'a list of at least one row' })
    .describe('a row a model and seed'),
};

/** What ran models. */
export const provenanceFields = {
  engine: text().describe('the engine that ran them'),
  versions: z
    .record(z.string(), z.string({ error: 'text' }), { error: 'an object of versions' })
    .refine((versions) => Object.keys(versions).length > 0, {
      error: 'an object of at least one version',
    })
    .describe('versions of what they ran on: umbra, node and others'),
  commit: z
    .union([text(), z.null()], { error: 'a commit or null' })
    .describe("the code's git commit, '+dirty' if files differed from it; null where there is no git"),
  machine: z
    .strictObject({ cpu: text(), threads: whole(1) }, { error: 'an object with cpu and threads' })
    .describe('the processor that they ran on, and how many threads it had'),
  wallSeconds: number('a number of seconds').describe('how long they took, in seconds'),
};

const outputs = z
  .strictObject({ made: whole(0), taken: whole(0) }, { error: 'an object with made and taken' })
  .describe('how many outputs of a stage it made, and how many it took from where outputs are kept');

const part = z.strictObject(
  {
    seeds: seeds().describe('the seeds that it ran'),
    ...provenanceFields,
    stages: named(outputs, 'an object of stages')
      .optional()
      .describe('where the outputs of its stages came from, by the name of each, if it has stages'),
  },
  { error: 'an object with seeds, engine, versions, commit, machine and wallSeconds' },
);

/** By the name of a stage: how many of its outputs a run made, and how many it took. */
export type Stages = Readonly<Record<string, z.infer<typeof outputs>>>;

/** What ran some of the seeds. */
export type Part = z.infer<typeof part>;

export const schemaName = 'umbra/result@3';

/** What result.json holds. */
export const resultSchema = z
  .strictObject(
    {
      schema: z
        .literal(schemaName, { error: `"${schemaName}"` })
        .describe('what this file is, and the version of its shape'),
      ...commonFields,
      metrics: z
        .record(z.string(), metricSchema, { error: 'an object of metrics' })
        .describe('what the values of the rows are, by their names'),
      parts: z
        .array(part, { error: 'a list of parts' })
        .describe('what ran the seeds: each of them in one part, of one run or of several'),
    },
    { error: 'an object' },
  )
  .superRefine(({ config, configHash, metrics, seeds, parts, rows }, context) => {
    const issue = (path: PropertyKey[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    const inUnit = (value: number | undefined, name: string, path: PropertyKey[]): void => {
      if (value !== undefined && metrics[name].unit === 'share' && !(value >= 0 && value <= 1))
        issue(path, 'a number from 0 to 1');
    };
    const hash = hashConfig(config);
    if (configHash !== hash) issue(['configHash'], `the hash of config, ${hash}`);
    for (const [name, { chance }] of Object.entries(metrics))
      inUnit(chance, name, ['metrics', name, 'chance']);
    const ran = parts.flatMap((each) => each.seeds);
    if (canonical(ran.toSorted(ascending)) !== canonical(seeds.toSorted(ascending)))
      issue(['parts'], 'a list of parts that have each of the seeds once, and no other');
    const known = new Set<string>();
    rows.forEach(({ seed, arm, at, values }, i) => {
      if (!seeds.includes(seed)) issue(['rows', i, 'seed'], 'one of the seeds');
      for (const [name, value] of Object.entries(values))
        if (Object.hasOwn(metrics, name)) inUnit(value, name, ['rows', i, 'values', name]);
        else issue(['metrics', name], `what rows[${i}].values.${name} is`);
      const key = canonical({ seed, arm, at });
      if (known.has(key)) issue(['rows', i], 'the only row of its seed, arm and settings');
      known.add(key);
    });
  });

/** What result.json holds, with the config `C`. */
export type Result<C = Record<string, Json>> = Omit<z.infer<typeof resultSchema>, 'config'> & {
  config: C;
};

/** `rows` as every result has them: arm by arm and setting by setting as they first come, each with its seeds in order. */
function inOrder(rows: readonly Row[]): Row[] {
  const groups = new Map<string, Row[]>();
  for (const each of rows) {
    const key = canonical({ arm: each.arm, at: each.at });
    const group = groups.get(key);
    if (group) group.push(each);
    else groups.set(key, [each]);
  }
  return [...groups.values()].flatMap((group) => group.toSorted((a, b) => a.seed - b.seed));
}

/** The result of some parts of an experiment, with its rows in order. */
export const resultFrom = ({
  experiment,
  config,
  metrics,
  parts,
  rows,
}: Pick<Result, 'experiment' | 'config' | 'metrics' | 'parts'> & {
  readonly rows: readonly Row[];
}): Result => ({
  schema: schemaName,
  experiment,
  config,
  configHash: hashConfig(config),
  metrics,
  seeds: parts.flatMap(({ seeds }) => seeds).toSorted(ascending),
  parts,
  rows: inOrder(rows),
});
