// Which results are out of date, and that none in the repository is.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { makeConfig } from '../../../../src/lab/core/experiments/config.ts';
import { commandFor, type Examined, examine, freshness } from '../../../../src/lab/core/figures/stale.ts';
import { hashConfig, type Json, type Result, writeResult } from '../../../../src/lab/core/runs/result.ts';
import { mnist } from '../../../../src/lab/digits/experiments/mnist.ts';
import { experiments } from '../../../../src/lab/experiments.ts';
import { root } from '../../../helpers/commands.ts';
import { keptResults } from '../../../helpers/figures.ts';
import { sampleResult } from '../runs/sample.ts';

/** What is wrong with a file that the repository keeps, and the command that makes it anew; nothing if it is current. */
function complaint(found: Examined): string[] {
  if (found.state === 'current') return [];
  const why = 'why' in found ? found.why : "its settings are no preset's";
  return [
    `${relative(root, found.path)} is ${found.state}: ${why}; make it anew: ${found.command ?? 'no command'}`,
  ];
}

describe('in the repository', () => {
  test('every figure has the config hash that its preset has now', () => {
    expect(
      keptResults()
        .map((path) => examine(experiments, path))
        .flatMap(complaint),
    ).toEqual([]);
  });

  test("every peer's result has the config hash that its preset has now", () => {
    const peers = keptResults('peers').map((path) => examine(experiments, path));
    const command = (path: string) => `benchmarks/.venv/bin/python benchmarks/paper_torch.py --out ${path}`;
    expect(
      peers.flatMap((found) => complaint({ ...found, command: command(relative(root, found.path)) })),
    ).toEqual([]);
  });

  test('every figure is named after its experiment and preset', () => {
    for (const path of keptResults()) {
      const { experiment, preset } = examine(experiments, path);
      expect(relative(join(root, 'figures'), path)).toBe(`${experiment?.name}-${preset}.json`);
    }
  });
});

const now = (overrides: Record<string, unknown> = {}): Record<string, Json> =>
  JSON.parse(JSON.stringify(makeConfig(mnist, 'quick', overrides)));

/** A made-up result of exactly the settings `config`. */
const withConfig = (config: Record<string, Json>): Result => ({
  ...sampleResult({ teacher: [0.9] }),
  config,
  configHash: hashConfig(config),
});

describe('freshness', () => {
  test('a result with the settings of its preset is current, for every preset of every experiment', () => {
    for (const experiment of experiments)
      for (const preset of Object.keys(experiment.presets)) {
        const config: Record<string, Json> = JSON.parse(JSON.stringify(makeConfig(experiment, preset)));
        const result = { ...withConfig(config), experiment: experiment.name };
        expect(freshness(experiments, result)).toEqual({ state: 'current', departs: '' });
      }
  });

  test('other seeds and arms do not make it stale, and are told', () => {
    expect(freshness(experiments, withConfig(now({ seeds: 3, arms: ['teacher'] })))).toEqual({
      state: 'current',
      departs: '--seeds 3, not 1; --arms teacher, not reference,teacher,student_aux,cross_aux',
    });
  });

  test('a setting that the preset no longer has so makes it stale, and is told', () => {
    expect(freshness(experiments, withConfig({ ...now(), batch: 99 }))).toEqual({
      state: 'stale',
      why: '--batch 99, not 128',
    });
  });

  test('a setting that there is no longer, or not yet, makes it stale', () => {
    expect(freshness(experiments, withConfig({ ...now(), momentum: 0.5 }))).toMatchObject({
      state: 'stale',
      why: '--momentum 0.5, not unset',
    });
    const { batch: _, ...without } = now();
    expect(freshness(experiments, withConfig(without))).toMatchObject({
      state: 'stale',
      why: '--batch unset, not 128',
    });
  });

  test('an arm, a preset or an experiment that there is no longer makes it stale', () => {
    expect(freshness(experiments, withConfig({ ...now(), arms: ['pupil'] }))).toMatchObject({
      state: 'stale',
      why: expect.stringContaining('--arms pupil: must be'),
    });
    expect(freshness(experiments, withConfig({ ...now(), preset: 'swift' }))).toMatchObject({
      state: 'stale',
      why: '--preset swift: must be one of quick, paper',
    });
    expect(freshness(experiments, { ...withConfig(now()), experiment: 'theory' })).toEqual({
      state: 'stale',
      why: 'there is no experiment theory',
    });
  });

  test("settings that are no preset's are custom", () => {
    expect(freshness(experiments, withConfig(now({ batch: 99 })))).toEqual({ state: 'custom' });
  });
});

describe('examine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'umbra-stale-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const at = (name: string): string => join(folder, name);

  test('gives the command that makes a result anew, with the seeds and arms that it has', () => {
    writeResult(at('stale.json'), withConfig({ ...now({ seeds: 3, arms: ['teacher'] }), batch: 99 }));
    expect(examine(experiments, at('stale.json'))).toMatchObject({
      state: 'stale',
      experiment: mnist,
      preset: 'quick',
      command: 'npm run lab -- mnist --preset quick --seeds 3 --arms teacher',
    });
  });

  test('a broken file is known by its name', () => {
    writeFileSync(at('mnist-paper.json'), '{');
    expect(examine(experiments, at('mnist-paper.json'))).toMatchObject({
      state: 'broken',
      why: expect.stringContaining(`${at('mnist-paper.json')}: it is not whole JSON`),
      experiment: mnist,
      preset: 'paper',
      command: commandFor('mnist', 'paper'),
    });
    writeFileSync(at('other.json'), '{}');
    expect(examine(experiments, at('other.json'))).toMatchObject({ state: 'broken', experiment: undefined });
  });

  test('a custom result has no command', () => {
    writeResult(at('custom.json'), withConfig(now({ batch: 99 })));
    expect(examine(experiments, at('custom.json'))).toMatchObject({ state: 'custom', command: undefined });
  });
});
