// Made-up results of the preset paper, ours and PyTorch's; no run gave these numbers.
import { makeConfig } from '../../../../src/lab/core/experiments/config.ts';
import { hashConfig, type Json, type Result } from '../../../../src/lab/core/runs/result.ts';
import { mnist } from '../../../../src/lab/digits/experiments/mnist.ts';
import { ranOtherwise, sampleResult, withTrials } from '../runs/sample.ts';

const around = (centre: number, by = 0.01): number[] => [centre - by, centre, centre + by];

/** Three models of all arms, whose means are those that were published. */
export const paperAccuracies = {
  reference: around(0.1),
  teacher: around(0.943, 0.001),
  student_aux: around(0.537),
  student_all: around(0.912, 0.002),
  cross_aux: around(0.1),
  cross_all: around(0.741),
};

/** A result of the preset paper with three seeds, but for `overrides`. */
export function paperResult(
  accuracies: Readonly<Record<string, readonly number[]>> = paperAccuracies,
  overrides: Record<string, unknown> = {},
): Result {
  const config: Record<string, Json> = JSON.parse(
    JSON.stringify(makeConfig(mnist, 'paper', { seeds: 3, ...overrides })),
  );
  const made = sampleResult(accuracies);
  return {
    ...withTrials(ranOtherwise(made, { engine: 'native', wallSeconds: 100 }), 10_000),
    config,
    configHash: hashConfig(config),
  };
}

/** The same settings in PyTorch. */
export const torchResult = (): Result =>
  ranOtherwise(paperResult(), { engine: 'pytorch 2.1', versions: { torch: '2.1' }, wallSeconds: 250 });
