// What runs are said to cost before they begin: minutes against those that were measured, memory against limits.
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { wasm } from '../../../../src/engines/wasm/index.ts';
import { type Engine, MemoryError } from '../../../../src/index.ts';
import { secondsOf } from '../../../../src/lab/core/cli/cost.ts';
import { checkFits } from '../../../../src/lab/core/cli/fits.ts';
import { experimentNamed } from '../../../../src/lab/core/experiments/catalogue.ts';
import { makeConfig } from '../../../../src/lab/core/experiments/config.ts';
import type { CommonConfig } from '../../../../src/lab/core/experiments/experiment.ts';
import { wallSecondsOf } from '../../../../src/lab/core/runs/header.ts';
import { readResult } from '../../../../src/lab/core/runs/result.ts';
import { smallNetworks } from '../../../../src/lab/digits/field.ts';
import { experiments } from '../../../../src/lab/experiments.ts';

const experiment = (name: string) => {
  const found = experimentNamed(experiments, name);
  if (!found) throw new Error(name);
  return found;
};

// What a thread of the machine of figures/ was seen to reach on gradients.
const rates = { training: 66e9, small: 12e9, language: 20e9 };

// The long runs of figures/ in one piece: those of a sweep had others beside them. missing-three trains on digits, which
// are looked up.
const long = readdirSync('figures')
  .filter((name) => /-(full|paper)\.json$/.test(name) && !/^missing/.test(name))
  .filter((name) => readResult(`figures/${name}`).parts.length === 1);

test.each(long)('the minutes of %s are about those that it took', (name) => {
  const result = readResult(`figures/${name}`);
  const of = experiment(result.experiment);
  const threads = result.parts[0].machine.threads;
  const announced = secondsOf(
    of,
    result.config as CommonConfig,
    ({ field }) => threads * (field === smallNetworks ? rates.small : rates.training),
  );
  expect(announced / wallSecondsOf(result)).toBeGreaterThan(1 / 2);
  expect(announced / wallSecondsOf(result)).toBeLessThan(2);
});

test('those of the paper’s figure within half', () => {
  const result = readResult('figures/mnist-paper.json');
  const announced = secondsOf(experiment('mnist'), result.config as CommonConfig, () => 2 * rates.training);
  expect(Math.abs(Math.log(announced / wallSecondsOf(result)))).toBeLessThan(Math.log(1.5));
});

test('those of language models within half, of two seeds that took 37 and 51 seconds on two threads', () => {
  const of = experiment('lm-animals');
  const config = makeConfig(of, 'quick', { seeds: 2 }) as CommonConfig;
  const announced = secondsOf(of, config, () => 2 * rates.language);
  expect(Math.abs(Math.log(announced / Math.sqrt(37 * 51)))).toBeLessThan(Math.log(1.5));
});

describe('a run that does not fit is refused', () => {
  const native: Pick<Engine, 'name' | 'memory'> = { name: 'native' };
  const check = (
    name: string,
    given: Readonly<Record<string, unknown>>,
    engine: Pick<Engine, 'name' | 'memory'> = native,
    available = 24e9,
  ) => {
    const of = experiment(name);
    const config = makeConfig(of, Object.keys(of.presets)[0], given) as CommonConfig;
    const needs = of.memory?.(config);
    if (needs) checkFits(needs, config, given, engine, available);
  };

  test.each([
    ['mnist', { seeds: 1000, hidden: [8192, 8192] }, 'an array of it would have 67,108,864,000 elements'],
    ['mnist', { seeds: 8, hidden: [8192, 8192] }, 'it takes about 40.2 GB, and this machine has 24 GB'],
    ['mnist', { seeds: 1000, noiseImages: 10_000_000 }, 'elements, and 2^31 - 1 are the most'],
    ['mnist', { seeds: 1000, batch: 65_536, noiseImages: 100_000 }, 'elements, and 2^31 - 1 are the most'],
    ['aux-logits', { seeds: 1000, hidden: [8192] }, 'take less than --seeds 1000, --hidden 8192'],
    ['width-depth', { seeds: 100, width: [16, 8192] }, 'take less than --seeds 100, --width 16,8192'],
    ['theory-linearized', { seeds: 1000, width: [8192] }, 'this run does not fit'],
    ['shared-layers', { seeds: 100, hidden: [8192, 8192] }, 'this run does not fit'],
    ['perturbed-start', { seeds: 500, hidden: [2048, 2048] }, 'this run does not fit'],
  ] as const)('%s with %j', (name, given, text) => {
    expect(() => check(name, given)).toThrow(MemoryError);
    expect(() => check(name, given)).toThrow(text);
  });

  test('where the engine has less than the machine', () => {
    const given = { seeds: 3, hidden: [8192, 8192] };
    expect(() => check('mnist', given)).not.toThrow();
    expect(() => check('mnist', given, wasm)).toThrow(
      /a step takes about 7\.\d+ GB, and the wasm engine has 4\.29 GB at most .*; take less than --seeds 3, --hidden/,
    );
  });

  test.each(['mnist', 'aux-logits', 'width-depth', 'losses', 'detection', 'theory-steps', 'theory-inner'])(
    'and %s is not, whose presets run on small machines',
    (name) => {
      for (const engine of [native, wasm]) expect(() => check(name, {}, engine, 4e9)).not.toThrow();
    },
  );
});
