import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { drawResult, redrawAll } from '../../../../src/lab/core/figures/index.ts';
import { ResultError, readResult, writeResult } from '../../../../src/lab/core/runs/result.ts';
import { experiments } from '../../../../src/lab/experiments.ts';
import { sampleResult } from '../runs/sample.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'umbra-figures-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const result = sampleResult({ teacher: [0.96], student_aux: [0.5], cross_aux: [0.1] });
const at = (...names: string[]): string[] => names.map((name) => join(folder, name));

test('drawResult writes a result and its figure, and redrawAll draws the same from the result alone', () => {
  const [json, png, svg] = at('mnist-quick.json', 'mnist-quick.png', 'mnist-quick.svg');
  expect(drawResult(experiments, result, folder)).toEqual([json, png, svg]);
  expect(readdirSync(folder)).toHaveLength(3);
  expect(readResult(json)).toEqual(result);
  const [first, lines] = [readFileSync(png), readFileSync(svg, 'utf8')];
  for (const path of [png, svg]) rmSync(path);
  expect(redrawAll(experiments, folder)).toEqual([png, svg]);
  expect(readFileSync(png).equals(first)).toBe(true);
  expect(readFileSync(svg, 'utf8')).toBe(lines);
});

test('redrawAll keeps the names of the files', () => {
  writeResult(join(folder, 'wide.json'), result);
  writeResult(join(folder, 'a.b.json'), result);
  writeFileSync(join(folder, 'notes.txt'), 'left alone');
  expect(redrawAll(experiments, folder)).toEqual(at('a.b.png', 'a.b.svg', 'wide.png', 'wide.svg'));
  expect(redrawAll(experiments, folder, 'wi')).toEqual(at('wide.png', 'wide.svg'));
  expect(redrawAll(experiments, folder, 'ide')).toEqual([]);
});

test('redrawAll names a file that is no result', () => {
  writeFileSync(join(folder, 'other.json'), '{}');
  expect(() => redrawAll(experiments, folder)).toThrow(
    /other\.json: schema is missing; it must be "umbra\/result@3"/,
  );
});

test('an experiment that there is not is refused by name', () => {
  const theory = { ...result, experiment: 'theory' };
  expect(() => drawResult(experiments, theory, folder)).toThrow(
    new ResultError(
      `${join(folder, 'theory-quick.json')}: there is no experiment "theory", only ${experiments.map(({ name }) => name).join(', ')}`,
    ),
  );
  expect(readdirSync(folder)).toEqual([]);
});

test('a preset that cannot name files is refused', () => {
  for (const preset of ['../up', '', '.hidden', 7]) {
    const named = sampleResult({ teacher: [0.9] }, { preset });
    expect(() => drawResult(experiments, named, folder)).toThrow(/config\.preset is .*; a figure needs one/);
  }
  expect(readdirSync(folder)).toEqual([]);
});
