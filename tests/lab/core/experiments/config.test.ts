// Settings: presets, what overrides them, and what is refused.
import { describe, expect, test } from 'vitest';
import {
  ConfigError,
  differences,
  flagOf,
  makeConfig as make,
  parseConfig as parse,
} from '../../../../src/lab/core/experiments/config.ts';
import { mnist } from '../../../../src/lab/digits/experiments/mnist.ts';

const { presets } = mnist;
const makeConfig = (preset: string, overrides: Record<string, unknown>) => make(mnist, preset, overrides);
const parseConfig = (value: unknown) => parse(mnist, value);

describe('a config', () => {
  test('of the paper preset has the settings of section 6', () => {
    expect(makeConfig('paper', {})).toMatchObject({
      preset: 'paper',
      data: 'full',
      trainDigits: 60_000,
      testDigits: 10_000,
      hidden: [256, 256],
      aux: 3,
      teacherEpochs: 5,
      studentEpochs: 5,
      noiseImages: 60_000,
      noise: 'uniform',
      batch: 1024,
      learningRate: 3e-4,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      seeds: 25,
    });
  });

  test('keeps its preset with other seeds and arms, and is custom with any other change', () => {
    expect(makeConfig('quick', { seed: 7, seeds: 3, arms: ['teacher'] }).preset).toBe('quick');
    expect(makeConfig('quick', { batch: 64 }).preset).toBe('custom');
    expect(makeConfig('quick', { batch: presets.quick.batch }).preset).toBe('quick');
  });

  test('takes all the digits that its source has, unless told how many', () => {
    expect(makeConfig('quick', { data: 'full' })).toMatchObject({ trainDigits: 60_000, testDigits: 10_000 });
    expect(makeConfig('paper', { data: 'embedded' })).toMatchObject({ trainDigits: 8000, testDigits: 2000 });
    expect(makeConfig('quick', { data: 'full', trainDigits: 100 })).toMatchObject({ trainDigits: 100 });
  });

  test.each([
    [{ seed: -1 }, '--seed -1: must be a whole number from 0 to 2147483647'],
    [{ batch: Number.NaN }, '--batch NaN: must be a whole number from 1 to 65536'],
    [{ noise: 'white' }, '--noise white: must be one of uniform, gaussian, '],
    [{ hidden: [] }, '--hidden : must be 1 to 8 widths, as in 256,256'],
    [{ hidden: [1.5] }, '--hidden 1.5: must be a whole number from 1 to 8192'],
    [
      { trainDigits: 9000, testDigits: 2000 },
      '--train-digits 9000 and --test-digits 2000: --data embedded has',
    ],
    [{ momentum: 1 }, 'there is no setting momentum'],
  ])('with %j is refused by name', (overrides, message) => {
    expect(() => makeConfig('quick', overrides)).toThrow(ConfigError);
    expect(() => makeConfig('quick', overrides)).toThrow(message);
  });

  test('from a file must be whole', () => {
    const { beta1: _, ...rest } = makeConfig('quick', {});
    expect(() => parseConfig(rest)).toThrow('--beta1 unset: must be a number from 0 to 0.999999');
    expect(() => parseConfig('text')).toThrow(ConfigError);
  });

  test('differs from another by what is named', () => {
    const [a, b] = [makeConfig('quick', {}), makeConfig('quick', { aux: 5, hidden: [8, 8] })];
    expect(differences(a, a)).toBe('');
    expect(differences(a, b)).toBe('--hidden 256,256, not 8,8; --aux 3, not 5');
  });

  test('has a flag for each setting', () => {
    expect(flagOf('learningRate')).toBe('--learning-rate');
  });
});
