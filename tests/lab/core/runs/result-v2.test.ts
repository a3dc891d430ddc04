import { describe, expect, test } from 'vitest';
import { formatResult, parseResult } from '../../../../src/lab/core/runs/result.ts';
import { sampleResult } from './sample.ts';

/** A result as the second version of the schema had it. */
function version2(): Record<string, unknown> {
  const { metrics: _, parts, ...rest } = sampleResult({ teacher: [0.9, 0.8], student_aux: [0.5, 0.4] });
  const { seeds: __, ...part } = parts[0];
  return { ...rest, ...part, schema: 'umbra/result@2', testDigits: 2000 };
}

const read = (result: Record<string, unknown>) => parseResult(JSON.stringify(result), 'old.json');

describe('a result of the second version', () => {
  test('is read as what it would be today, and written as that', () => {
    const today = sampleResult({ teacher: [0.9, 0.8], student_aux: [0.5, 0.4] });
    expect(read(version2())).toEqual(today);
    expect(parseResult(formatResult(read(version2())), 'new.json')).toEqual(today);
  });

  test('has shares of test digits where a name begins with accuracy or told, and plain numbers elsewhere', () => {
    const values = { accuracyUnseen: 0.5, told: 1, cosine: -3 };
    const { metrics } = read({ ...version2(), rows: [{ seed: 0, arm: 'a', at: {}, values, curves: {} }] });
    const share = { unit: 'share', better: 'higher', trials: 2000, of: 'test digits' };
    expect(metrics).toEqual({
      accuracyUnseen: { ...share, chance: 0.1 },
      told: { ...share, chance: 0.5 },
      cosine: { unit: '' },
    });
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['an engine', { engine: undefined }, 'engine is missing; it must be text'],
    ['test digits', { testDigits: 0 }, 'testDigits is 0; it must be a whole number from 1'],
    ['only its own fields', { parts: [] }, 'the content has the unknown key "parts"'],
    ['a true hash', { configHash: 'x' }, 'configHash is "x"; it must be the hash of config, '],
  ])('must have %s', (_, change, expected) => {
    expect(() => read({ ...version2(), ...change })).toThrow(`old.json: ${expected}`);
  });

  test('must have accuracies that are shares', () => {
    const rows = [{ seed: 0, arm: 'a', at: {}, values: { accuracy: 1.5 }, curves: {} }];
    expect(() => read({ ...version2(), rows })).toThrow(
      'rows[0].values.accuracy is 1.5; it must be a number',
    );
  });
});
