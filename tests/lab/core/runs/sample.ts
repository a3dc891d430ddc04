// A made-up result for tests; no run gave these numbers.
import type { Metric } from '../../../../src/lab/core/runs/metric.ts';
import { type Json, type Part, type Result, resultFrom } from '../../../../src/lab/core/runs/result.ts';

/** What accuracies are. */
export const accuracyMetric = {
  unit: 'share',
  better: 'higher',
  chance: 0.1,
  trials: 2000,
  of: 'test digits',
} as const satisfies Metric;

/** A legal result with the given accuracies, one list an arm. */
export function sampleResult(
  accuracies: Readonly<Record<string, readonly number[]>>,
  config: Record<string, Json> = {},
): Result {
  const seeds = Array.from({ length: Object.values(accuracies)[0]?.length ?? 0 }, (_, i) => i);
  return resultFrom({
    experiment: 'mnist',
    config: { preset: 'quick', data: 'embedded', aux: 3, noise: 'uniform', ...config },
    metrics: { accuracy: accuracyMetric },
    parts: [
      {
        seeds,
        engine: 'reference',
        versions: { umbra: '0.1.0', node: '20.19.0' },
        commit: null,
        machine: { cpu: 'a processor', threads: 2 },
        wallSeconds: 12.5,
      },
    ],
    rows: Object.entries(accuracies).flatMap(([arm, values]) =>
      values.map((accuracy, i) => ({ seed: seeds[i] ?? i, arm, at: {}, values: { accuracy }, curves: {} })),
    ),
  });
}

/** `result`, its accuracies measured on so many trials. */
export const withTrials = (result: Result, trials: number): Result => ({
  ...result,
  metrics: { accuracy: { ...accuracyMetric, trials } },
});

/** `result`, with some of what ran it otherwise. */
export const ranOtherwise = (result: Result, part: Partial<Part>): Result => ({
  ...result,
  parts: result.parts.map((each) => ({ ...each, ...part })),
});
