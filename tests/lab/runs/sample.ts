// A made-up result for tests; no run gave these numbers.
import { type ArmName, hashConfig, type Json, type Result } from '../../../src/lab/runs/result.ts';

/** A legal result with the given accuracies, one list an arm. */
export function sampleResult(
  accuracies: Partial<Record<ArmName, number[]>>,
  config: Record<string, Json> = {},
): Result {
  const whole = { preset: 'quick', aux: 3, noise: 'uniform', ...config };
  const count = Object.values(accuracies)[0]?.length ?? 0;
  return {
    schema: 'umbra/result@1',
    experiment: 'mnist',
    config: whole,
    configHash: hashConfig(whole),
    seeds: Array.from({ length: count }, (_, i) => i),
    engine: 'reference',
    versions: { umbra: '0.1.0', node: '20.19.0' },
    commit: null,
    wallSeconds: 12.5,
    testDigits: 2000,
    arms: Object.fromEntries(Object.entries(accuracies).map(([arm, accuracy]) => [arm, { accuracy }])),
  };
}
