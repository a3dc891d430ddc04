import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Inventory, takeInventory } from '../../../../src/lab/core/report/inventory.ts';
import { writeResult } from '../../../../src/lab/core/runs/result.ts';
import { experiments } from '../../../../src/lab/experiments.ts';
import { sampleResult } from '../runs/sample.ts';
import { paperAccuracies, paperResult } from './paper.ts';

const folder = mkdtempSync(join(tmpdir(), 'umbra-inventory-'));
afterAll(() => rmSync(folder, { recursive: true }));

let inventory: Inventory;
beforeAll(() => {
  writeResult(join(folder, 'mnist-custom.json'), paperResult(paperAccuracies, { batch: 512 }));
  writeResult(join(folder, 'mnist-paper.json'), paperResult());
  writeFileSync(join(folder, 'mnist-quick.json'), '{');
  writeFileSync(join(folder, 'notes.json'), '{}');
  writeFileSync(join(folder, 'mnist-quick.svg'), '');
  writeResult(join(folder, 'theory.json'), { ...sampleResult({ teacher: [0.9] }), experiment: 'theory' });
  inventory = takeInventory(experiments, folder);
});

test('every experiment is listed, those without a result with all presets missing', () => {
  expect(inventory.entries.map(({ experiment }) => experiment)).toEqual(experiments);
  for (const { experiment, found, missing } of inventory.entries.slice(1)) {
    expect(found).toEqual([]);
    expect(missing).toEqual(Object.keys(experiment.presets).reverse());
  }
});

test('the results of an experiment are in the order of its presets, from the costliest, other ones last', () => {
  const [{ found, missing }] = inventory.entries;
  expect(found.map(({ preset, state }) => [preset, state])).toEqual([
    ['paper', 'current'],
    ['quick', 'broken'],
    ['custom', 'custom'],
  ]);
  expect(missing).toEqual([]);
});

test('files of no experiment are kept apart, and other files are left alone', () => {
  expect(inventory.strays.map(({ path, state }) => [path, state])).toEqual([
    [join(folder, 'notes.json'), 'broken'],
    [join(folder, 'theory.json'), 'stale'],
  ]);
});

test('a folder that there is not is an error', () => {
  expect(() => takeInventory(experiments, join(folder, 'none'))).toThrow(/ENOENT/);
});
