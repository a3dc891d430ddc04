// npm run report as people and scripts run it: real files, exit codes and single lines, and a real process once.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeResult } from '../../../../src/lab/core/runs/result.ts';
import { experiments } from '../../../../src/lab/experiments.ts';
import { makeFolders } from '../../../../src/store/atomic.ts';
import { type Finished, root, run as runProcess } from '../../../helpers/commands.ts';
import { hurried, runHere } from '../../../helpers/here.ts';
import { paperResult, torchResult } from '../report/paper.ts';

const folder = mkdtempSync(join(tmpdir(), 'umbra-report-'));
const at = (...names: string[]): string => join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true }));

const figures = ['--figures', at('figures')];
const run = (...args: string[]): Promise<Finished> => hurried(() => runHere('report', [...figures, ...args]));

beforeAll(() => {
  makeFolders(at('broken'));
  writeResult(at('figures', 'mnist-paper.json'), paperResult());
  writeResult(at('figures', 'peers', 'mnist-paper-torch.json'), torchResult());
  writeFileSync(at('broken', 'mnist-quick.json'), '{');
  writeFileSync(at('places.md'), '<!-- report: Birds -->\n<!-- end of report -->\n');
});

test('it writes the page, and says where and how much there is', async () => {
  const { code, out, err } = await run('--out', at('page.html'));
  expect(err).toBe('');
  expect(out).toBe(
    `Of ${experiments.length} experiments, 1 with results, ${experiments.length - 1} missing.\n${at('page.html')}\n`,
  );
  expect(code).toBe(0);
  const page = readFileSync(at('page.html'), 'utf8');
  expect(page).toMatch(/mnist --preset quick<\/code>, [\d.]+ TFLOP, about \d+ (s|min)</);
});

test('--json tells each result with its state, and what is missing', async () => {
  const { code, out } = await run('--out', at('json.html'), '--json');
  expect(code).toBe(0);
  const { report, experiments: told, problems } = JSON.parse(out);
  expect(report).toBe(at('json.html'));
  expect(told.map(({ name }: { name: string }) => name)).toEqual(experiments.map(({ name }) => name));
  expect(told[0]).toEqual({
    name: 'mnist',
    results: [{ file: at('figures', 'mnist-paper.json'), preset: 'paper', state: 'current' }],
    missing: ['quick'],
  });
  expect(problems).toEqual([]);
});

test('--markdown prints the comparison and what experiments show, and writes no page', async () => {
  const { code, out, err } = await run('--out', at('none.html'), '--markdown');
  expect(err).toBe('');
  expect(out).toContain('<!-- report: mnist paper -->\n|  | Umbra, 3 seeds |');
  expect(out).toContain('\n| student (aux) | 53.7% (51.2 to 56.2) | 53.7% (51.2 to 56.2) ✓ |');
  expect(code).toBe(0);
  expect(existsSync(at('none.html'))).toBe(false);
});

test.each([
  ['README.md', 3],
  ['docs/theory.md', 1],
])('%s has the tables that --markdown writes into it', async (name, tables) => {
  const document = readFileSync(join(root, name), 'utf8');
  const stale = document.replaceAll(/(?<=<!-- report: .* -->\n)[\s\S]*?(?=<!-- end)/g, 'old\n');
  writeFileSync(at('document.md'), stale);
  const args = ['--figures', join(root, 'figures'), '--markdown', at('document.md')];
  expect(await hurried(() => runHere('report', args))).toEqual({ code: 0, out: '', err: '' });
  expect(readFileSync(at('document.md'), 'utf8'), `npm run report -- --markdown ${name}`).toBe(document);
  expect(stale.match(/^old$/gm)).toHaveLength(tables);
});

test('a broken file is one line and exit code 1, once the page is written', async () => {
  const { code, out, err } = await run('--figures', at('broken'), '--out', at('broken.html'), '--quiet');
  expect(out).toBe('');
  expect(err.trimEnd().split('\n')).toEqual([
    expect.stringContaining(`report: ${at('broken', 'mnist-quick.json')}: it is not whole JSON`),
  ]);
  expect(code).toBe(1);
  expect(readFileSync(at('broken.html'), 'utf8')).toContain('it is not whole JSON');
});

test('what cannot be done is one line that names the culprit, as a process of its own too', async () => {
  const args = ['--figures', at('nowhere')];
  expect(await run(...args)).toEqual(await runProcess('report', ...args));
  for (const [args, expected, text] of [
    [['--figures', at('nowhere')], 1, `${at('nowhere')}: there is no such file or folder`],
    [['--out', folder], 1, `${folder}: `],
    [['--figures', at('broken'), '--markdown'], 1, 'npm run mnist makes one'],
    [
      ['--markdown', at('places.md')],
      1,
      `${at('places.md')}: it has a place for Birds, and there is only mnist paper`,
    ],
    [['--markdown', '--json'], 2, "'--markdown [file]' cannot be used with option '--json'"],
  ] as const) {
    const { code, out, err } = await run(...args);
    expect(err).toContain(text);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect(err).not.toContain('unexpected');
    expect(out).toBe('');
    expect(code).toBe(expected);
  }
});
