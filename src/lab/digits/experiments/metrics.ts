// What the experiments on digits measure, declared once.
import type { Metric, Metrics } from '../../core/runs/metric.ts';
import type { Result } from '../../core/runs/result.ts';
import { setOf } from '../data/sets.ts';

interface TestDigits {
  readonly data: string;
  readonly testDigits: number;
}

/** The share of the test digits that a model reads right. */
export function accuracy(config: TestDigits): Metric {
  const { classes, what } = setOf(config);
  return {
    unit: 'share',
    better: 'higher',
    chance: 1 / classes,
    trials: config.testDigits,
    of: `test ${what}`,
  };
}

/** What an axis of accuracies is called. */
export const accuracyTitle = ({ metrics }: Pick<Result, 'metrics'>): string =>
  `accuracy on ${metrics.accuracy.of}`;

/** Where nothing else is measured. */
export const accuracyAlone = (config: TestDigits): Metrics => ({ accuracy: accuracy(config) });

/** A share that says nothing of good or bad, and whose trials are not independent. */
export const share: Metric = { unit: 'share' };

/** A number without a unit, such as a cosine or a slope. */
export const plain: Metric = { unit: '' };
