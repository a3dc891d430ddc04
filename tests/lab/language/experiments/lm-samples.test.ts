// The structure of lm-samples at a size at which nothing is learnt, and what it says of numbers that are made up.
import { describe, expect, test } from 'vitest';
import { useEngine } from '../../../../src/index.ts';
import { makeConfig } from '../../../../src/lab/core/experiments/config.ts';
import type { Row } from '../../../../src/lab/core/runs/result.ts';
import { throughNumbers } from '../../../../src/lab/language/experiments/carriers.ts';
import { lmSamples, samplesExperiment } from '../../../../src/lab/language/experiments/lm-samples.ts';
import { walk } from '../../../../src/lab/language/field.ts';
import { dataOf } from '../../core/charts/drawn.ts';
import { nothing, runThrough } from '../../core/stages/run-through.ts';
import { resultWith } from './results.ts';
import { halved, tiny } from './tiny.ts';

useEngine('reference'); // what is so small takes longer to compile

const { studentSteps: _, ...small } = tiny;
const experiment = samplesExperiment(halved(throughNumbers));
const kept = nothing();
/** The rows of students of so many sequences; what they read is written once for all calls. */
const reading = (sequences: readonly number[]) => {
  const settings = { ...small, seeds: 1, traits: ['owl'], epochs: [1, 2], temperatures: [0.5], sequences };
  return runThrough(experiment.run(makeConfig(experiment, 'quick', settings), walk), kept);
};

test('a student of every arm has each reading: all sequences and epochs, and other temperatures once', async () => {
  const rows = await reading([2, 4]);
  const readings = ['2 1 1', '4 1 1', '2 2 1', '4 2 1', '4 1 0.5'];
  for (const arm of ['hard', 'soft', 'control']) {
    const own = rows.filter((row) => row.arm === arm);
    const found = own.map(({ at }) => [at.sequences, at.epochs, at.temperature].join(' '));
    expect(found.toSorted()).toEqual(readings.toSorted());
    expect(new Set(own.map(({ values }) => values.preference)).size).toBe(readings.length);
  }
});

test('fewer sequences than are to be read are refused by number and temperature', async () => {
  await expect(reading([2, 16])).rejects.toThrow(
    /^the filter keeps \d+ sequences at temperature 1 where 16 are to be read; .*--sequences/,
  );
});

describe('numbers that are made up', () => {
  const at = (sequences: number, epochs: number, temperature: number) => ({ sequences, epochs, temperature });
  const readings = [at(100, 1, 1), at(3000, 1, 1), at(100, 10, 1), at(3000, 10, 1), at(3000, 1, 2)];
  const rows = [0, 1].flatMap((seed) =>
    readings.flatMap((reading) =>
      ['hard', 'soft', 'control'].map((arm): Row => {
        const read = reading.sequences * reading.epochs;
        const preference = arm === 'control' ? 0.08 : Math.min(0.9, (arm === 'soft' ? 2 : 1) * read * 2e-4);
        return {
          ...{ seed, arm, curves: {}, at: { ...reading, trait: 'owl' } },
          values: { preference: reading.temperature === 2 ? 0.1 : preference },
        };
      }),
    ),
  );
  const config = {
    ...{ traits: ['owl'], sequences: [100, 3000], epochs: [1, 10] },
    ...{ temperature: 1, temperatures: [2] },
  };
  const result = resultWith(rows, config, { preference: { unit: 'share' } });

  test('are told by amount, repetition and temperature', () => {
    expect(lmSamples.finding(result)).toBe(
      "Read once, a favourite comes with probability 2% after 100 sequences and 60% after 3,000 by their very tokens, 4% after 100 sequences and 90% after 3,000 by the teacher's whole distribution; reading 100 sequences 10 times in place of once adds 18% (18% to 18%) by tokens, where its control stands at 8%; written at other temperatures, 60% at 1, 10% at 2",
    );
  });

  test('are drawn as lines over the number of sequences', () => {
    const figure = lmSamples.figure(result);
    const soft = dataOf(figure, 'distributions, 1 epoch') as { x: number; y: number }[];
    expect(soft.map(({ y }) => y)).toEqual([expect.closeTo(0.04), expect.closeTo(0.9)]);
  });
});
