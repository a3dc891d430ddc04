// Results with made-up numbers, to see what is said of them.
import type { Result, Row } from '../../../../src/lab/core/runs/result.ts';

export const row = (seed: number, arm: string, values: Row['values'], at: Row['at'] = {}): Row => ({
  seed,
  arm,
  at,
  values,
  curves: {},
});

/** What a finding and a figure see of a result: `config` has only what they look at, and so is taken for any experiment's. */
export const resultWith = (
  rows: readonly Row[],
  config: Result['config'],
  metrics: Result['metrics'],
): Result<never> => ({
  schema: 'umbra/result@3',
  experiment: 'made up',
  config: { preset: 'custom', ...config } as never,
  configHash: '0'.repeat(64),
  metrics,
  seeds: [...new Set(rows.map(({ seed }) => seed))],
  parts: [],
  rows: [...rows],
});
