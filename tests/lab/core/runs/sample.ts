// A made-up result for tests; no run gave these numbers.
import { hashConfig, type Json, type Result } from '../../../../src/lab/core/runs/result.ts';

/** A legal result with the given accuracies, one list an arm. */
export function sampleResult(
  accuracies: Readonly<Record<string, readonly number[]>>,
  config: Record<string, Json> = {},
): Result {
  const whole = { preset: 'quick', aux: 3, noise: 'uniform', ...config };
  const seeds = Array.from({ length: Object.values(accuracies)[0]?.length ?? 0 }, (_, i) => i);
  return {
    schema: 'umbra/result@2',
    experiment: 'mnist',
    config: whole,
    configHash: hashConfig(whole),
    seeds,
    engine: 'reference',
    versions: { umbra: '0.1.0', node: '20.19.0' },
    commit: null,
    machine: { cpu: 'a processor', threads: 2 },
    wallSeconds: 12.5,
    testDigits: 2000,
    rows: Object.entries(accuracies).flatMap(([arm, values]) =>
      values.map((accuracy, i) => ({ seed: seeds[i] ?? i, arm, at: {}, values: { accuracy }, curves: {} })),
    ),
  };
}
