// The result.json of before: it said nothing of its values but on how many test digits accuracies were measured.
import { z } from 'zod';
import type { Metric } from './metric.ts';
import { commonFields, provenanceFields, resultSchema, schemaName, whole } from './schema.ts';

const name = 'umbra/result@2';

/** What a value called `value` was: its experiments were all of digits, and told shares by their names. */
function guess(value: string, trials: number): Metric {
  const share = { unit: 'share', better: 'higher', trials, of: 'test digits' } as const;
  if (value.startsWith('accuracy')) return { ...share, chance: 0.1 };
  return value.startsWith('told') ? { ...share, chance: 0.5 } : { unit: '' };
}

export const isVersion2 = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'schema' in value && value.schema === name;

/** A result of version 2, which comes out in the shape of today. */
export const version2Schema = z
  .strictObject({ schema: z.literal(name), ...commonFields, ...provenanceFields, testDigits: whole(1) })
  .transform(({ engine, versions, commit, machine, wallSeconds, testDigits, ...rest }) => {
    const names = new Set(rest.rows.flatMap(({ values }) => Object.keys(values)));
    return {
      ...rest,
      schema: schemaName,
      metrics: Object.fromEntries([...names].map((each) => [each, guess(each, testDigits)])),
      parts: [{ seeds: rest.seeds, engine, versions, commit, machine, wallSeconds }],
    };
  })
  .pipe(resultSchema);
