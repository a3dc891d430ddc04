// Where a sweep's elements run, and with what, as a person says it.
import { z } from 'zod';
import { LabError } from '../errors.ts';

/** A sweep that cannot go on as it was asked to; the message is one line with the way out. */
export class SweepError extends LabError {
  override name = 'SweepError';
}

const text = (error: string) => z.string({ error }).min(1, { error });
const whole = (least: number) => {
  const error = `must be a whole number from ${least}`;
  return z.coerce.number({ error }).int({ error }).min(least, { error });
};

const threads = whole(1)
  .optional()
  .describe('threads an element runs on (default: 1; here: the machine’s, shared out)');
const memory = z
  .string()
  .regex(/^\d+[KMGT]?$/, { error: 'must be a size such as 8G' })
  .optional()
  .describe('memory an element may take, as in 8G');

/** What can be said of each place. */
export const places = {
  here: z.strictObject({ on: z.literal('here'), threads }),
  slurm: z.strictObject({
    on: z.literal('slurm'),
    threads,
    memory,
    partition: text('must be a partition').optional().describe('Slurm: the partition'),
    time: z
      .string()
      .regex(/^(\d+-)?\d+(:\d+){0,2}$/, { error: 'must be a time as sbatch takes it, such as 4:00:00' })
      .optional()
      .describe('Slurm: how long an element may run at a stretch, as sbatch takes it, such as 4:00:00'),
    beforeLimit: whole(1)
      .default(120)
      .describe('Slurm: seconds before that limit when an element keeps a last checkpoint'),
  }),
  kubernetes: z.strictObject({
    on: z.literal('kubernetes'),
    threads,
    memory,
    image: text('must be an image with the clone in it').describe(
      'Kubernetes: the container image that has the clone as its working directory',
    ),
    claim: text('must be the name of a claim')
      .optional()
      .describe('Kubernetes: a volume claim that is there (default: a new one)'),
    storage: z
      .string()
      .regex(/^\d+[KMGT]i?$/, { error: 'must be a size such as 10Gi' })
      .default('10Gi')
      .describe('Kubernetes: how much a new claim asks for'),
  }),
} as const;

export const placeSchema = z.discriminatedUnion('on', [places.here, places.slurm, places.kubernetes]);
export type Place = z.infer<typeof placeSchema>;
export type On<N extends Place['on']> = Extract<Place, { on: N }>;
