// What the numbers of a result are: their unit, which way is better, and what they were counted on.
import { z } from 'zod';

export const metricSchema = z.strictObject(
  {
    unit: z
      .enum(['share', 'nats', ''], { error: "one of 'share', 'nats' and ''" })
      .describe("what it is measured in; a share is a number from 0 to 1, '' a number without a unit"),
    better: z
      .enum(['higher', 'lower'], { error: "'higher' or 'lower'" })
      .optional()
      .describe('which way is better, where one is'),
    chance: z.number({ error: 'a number' }).optional().describe('what a guess would reach'),
    trials: z
      .number({ error: 'a whole number from 1' })
      .int({ error: 'a whole number from 1' })
      .min(1, { error: 'a whole number from 1' })
      .optional()
      .describe("how many binary trials one model's share was measured on"),
    of: z
      .string({ error: 'text' })
      .min(1, { error: 'text' })
      .optional()
      .describe("what the trials are, as in 'test digits'"),
  },
  { error: 'an object with a unit' },
);

/** What a number in the rows of a result is. */
export type Metric = Readonly<z.infer<typeof metricSchema>>;

/** By the name that the rows have for it. */
export type Metrics = Readonly<Record<string, Metric>>;
