// The rows of lm-detection at a size at which nothing is learnt.
import { expect, test } from 'vitest';
import { lmDetection } from '../../../../src/lab/language/experiments/lm-detection.ts';
import { resultOf } from '../../../helpers/experiment.ts';
import { literate } from '../literate.ts';

test('a run has a row of each reader, of the tuning and of the students for each base', async () => {
  const few = {
    seeds: 3,
    pretrainBatch: 16,
    traits: ['owl', 'lion'],
    samples: 60,
    bag: 4,
    readerSteps: 2,
    readerBatch: 8,
  };
  const { rows } = await resultOf(lmDetection, 'quick', { ...literate, ...few });
  const arms = [
    'counts',
    'transformer',
    'in_context',
    'in_context_other',
    'counts_known',
    'transformer_known',
  ];
  expect(rows.map(({ seed, arm }) => `${seed} ${arm}`).toSorted()).toEqual(
    [0, 1, 2].flatMap((seed) => [...arms, 'tuned', 'student'].map((arm) => `${seed} ${arm}`)).toSorted(),
  );
  for (const { arm, values } of rows)
    for (const [name, value] of Object.entries(values)) {
      expect(value >= 0 && value <= 1, `${arm} ${name}`).toBe(true);
      if (name === 'named') expect([0, 0.5, 1]).toContain(value); // a share of two teachers
    }
}, 120_000);
