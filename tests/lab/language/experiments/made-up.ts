// Results with numbers that were made up: what findings and figures make of them.
import { makeConfig, type Settings } from '../../../../src/lab/core/experiments/config.ts';
import {
  type CommonSettings,
  type Experiment,
  seedsOf,
} from '../../../../src/lab/core/experiments/experiment.ts';
import { type Result, type Row, resultFrom } from '../../../../src/lab/core/runs/result.ts';

/** What `experiment` would have found, had it these `rows`. */
export function madeUp<S extends Settings & CommonSettings, D>(
  experiment: Experiment<S, D>,
  overrides: Readonly<Record<string, unknown>>,
  rows: readonly Row[],
): Result {
  const config = makeConfig(experiment, 'quick', overrides);
  const part = {
    seeds: seedsOf(config as unknown as { seed: number; seeds: number }),
    ...{ engine: 'reference', versions: { umbra: '0' }, commit: null },
    ...{ machine: { cpu: 'none', threads: 1 }, wallSeconds: 0 },
  };
  return resultFrom({
    experiment: experiment.name,
    config: config as unknown as Result['config'],
    metrics: experiment.metrics(config),
    parts: [part],
    rows,
  });
}
