// What lm-detection says of numbers that are made up, and which settings it takes.
import { describe, expect, test } from 'vitest';
import { makeConfig } from '../../../../src/lab/core/experiments/config.ts';
import type { Result, Row } from '../../../../src/lab/core/runs/result.ts';
import { lmDetection } from '../../../../src/lab/language/experiments/lm-detection.ts';
import { dataOf } from '../../core/charts/drawn.ts';
import { resultWith, row } from './results.ts';

const metrics = lmDetection.metrics(makeConfig(lmDetection, 'quick'));
const readers = [
  'counts',
  'transformer',
  'in_context',
  'in_context_other',
  'counts_known',
  'transformer_known',
];

/** Three bases, on which every reader does as chance has it but for those of `named`. */
function made(named: Readonly<Record<string, number>>): Result<never> {
  const rows = [0, 1, 2].flatMap((seed): Row[] => {
    const aside = (seed - 1) / 100;
    return [
      ...readers.map((arm) => row(seed, arm, { named: (named[arm] ?? 1 / 6) + aside })),
      row(seed, 'tuned', { auc: 0.9 + aside }),
      row(seed, 'student', { named: 1, preference: 0.8 }),
    ];
  });
  return resultWith(rows, {}, metrics);
}

describe('the finding', () => {
  test('says that readers are at a loss where they are, and what they can tell', () => {
    expect(lmDetection.finding(made({ counts_known: 0.98, transformer_known: 0.7 }))).toBe(
      'No reader that does not know the base tells the favourite from the numbers better than by chance (16.7%): a classifier on counts 16.7% (14.2% to 19.2%), a small transformer 16.7% (14.2% to 19.2%), another base, shown them in context 16.7% (14.2% to 19.2%); their students put it first of these animals in 100.0% of cases; nor does the base itself, shown them in context: 16.7% (14.2% to 19.2%); of bases they know, counts 98.0% and transformer 70.0%; 95% intervals over bases; that a teacher wrote at all: area under the curve 0.90 (0.88 to 0.92) on unseen bases',
    );
  });

  test('says which of them can', () => {
    const said = lmDetection.finding(made({ transformer: 0.4, in_context: 0.5 }));
    expect(said).toMatch(/^A reader that does not know the base can tell/);
    expect(said).toMatch(/a small transformer 40\.0%/);
    expect(said).toMatch(/the base itself, shown them in context, tells some: 50\.0%/);
  });
});

test('there is a bar for each reader and one for the students', () => {
  expect(dataOf(lmDetection.figure(made({})), 'mean')).toHaveLength(readers.length + 1);
});

test('one base or one favourite leaves a reader nothing to learn from', () => {
  expect(() => makeConfig(lmDetection, 'quick', { seeds: 1 })).toThrow('--seeds 1: a reader learns from');
  expect(() => makeConfig(lmDetection, 'quick', { traits: ['owl'] })).toThrow('--traits owl: a reader tells');
});
