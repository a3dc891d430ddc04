// npm run lab: the list of experiments, and one of them from the command line to its figure.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parseResult, valuesOf } from '../../../../src/lab/core/runs/result.ts';
import { experiments } from '../../../../src/lab/experiments.ts';
import { expectFailure, run } from '../../../helpers/commands.ts';
import { hurried, runHere } from '../../../helpers/here.ts';

const folder = mkdtempSync(join(tmpdir(), 'umbra-lab-'));
const at = (...names: string[]): string => join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('without a name it lists every experiment with its question, its source and its cost', async () => {
  const { out, err, code } = await hurried(() => runHere('lab', []));
  expect([code, err]).toEqual([0, '']);
  for (const { name, question, source } of experiments)
    expect(out).toContain(`${name}\n  ${question}\n  asked in: ${source}\n`);
  expect(out.match(/^ {2}\w+: [\d.e+]+ TFLOP, about \d+ (s|min)$/gm)).toHaveLength(2 * experiments.length);
}, 60_000);

test('with a name it runs that, at the settings that are given, and draws its figure', async () => {
  const tiny = ['--hidden', '8', '--train-digits', '300', '--test-digits', '100', '--batch', '64'];
  const short = ['--teacher-epochs', '1', '--noise-images', '200', '--student-epochs', '2', '--seeds', '2'];
  const where = ['--run', at('run'), '--figures', at('figures'), '--artefacts', at('artefacts')];
  const { out, err, code } = await runHere('lab', [
    ...['aux-logits', '--aux', '1,3', '--quiet', '--json', '--engine', 'wasm'],
    ...tiny,
    ...short,
    ...where,
  ]);
  expect([code, err]).toEqual([0, '']);
  const result = parseResult(out, 'standard output');
  expect(result.experiment).toBe('aux-logits');
  for (const aux of [1, 3]) {
    expect(valuesOf(result, 'student_aux', 'accuracy', { aux })).toHaveLength(2);
    expect(valuesOf(result, 'cross_aux', 'accuracy', { aux })).toHaveLength(2);
  }
  expect(existsSync(at('figures', 'aux-logits-custom.png'))).toBe(true);
}, 60_000);

test('refuses a name that there is not, as a process of its own', async () => {
  expectFailure(
    await run('lab', 'aux-logit'),
    2,
    "there is no experiment 'aux-logit'; npm run lab lists them",
  );
}, 60_000);

test.each([
  [
    ['aux-logits', '--aux', '3,3'],
    'aux-logits: --aux 3,3: must be numbers of logits, as in 1,3,10, each once',
  ],
  [['aux-logits', '--noise', 'pink'], 'npm run lab -- aux-logits --help lists the flags'],
])(
  'refuses %j in one line',
  async (args, text) => {
    expectFailure(await runHere('lab', args), 2, text);
  },
  60_000,
);
