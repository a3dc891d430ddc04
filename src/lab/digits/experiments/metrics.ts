// What the experiments on digits measure, declared once.
import type { Metric, Metrics } from '../../core/runs/metric.ts';
import { chance } from '../data/mnist.ts';
import type { BaseConfig } from './settings.ts';

type TestDigits = Pick<BaseConfig, 'testDigits'>;

/** The share of the test digits that a model reads right. */
export const accuracy = ({ testDigits }: TestDigits): Metric => ({
  unit: 'share',
  better: 'higher',
  chance,
  trials: testDigits,
  of: 'test digits',
});

/** Where nothing else is measured. */
export const accuracyAlone = (config: TestDigits): Metrics => ({ accuracy: accuracy(config) });

/** A share that says nothing of good or bad, and whose trials are not independent. */
export const share: Metric = { unit: 'share' };

/** A number without a unit, such as a cosine or a slope. */
export const plain: Metric = { unit: '' };
