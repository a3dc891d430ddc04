// Sweeps as people plan, watch and merge them; those that run in processes of their own are in the long run.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lockFolder } from '../../../../src/lab/core/runs/lock.ts';
import { readResult } from '../../../../src/lab/core/runs/result.ts';
import { openSweep } from '../../../../src/lab/core/sweep/sweep.ts';
import { expectFailure } from '../../../helpers/commands.ts';
import { runHere } from '../../../helpers/here.ts';

const folder = mkdtempSync(join(tmpdir(), 'umbra-sweep-'));
const at = (...names: string[]): string => join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true }));

const settings = [
  '--train-digits',
  '50',
  '--test-digits',
  '20',
  '--seeds',
  '3',
  '--digits',
  '8',
  '--images',
  '8',
  '--width',
  '3',
  '--engine',
  'reference',
];
const kubernetes = ['--on', 'kubernetes', '--image', 'registry/umbra'];
const nowhere = { PATH: folder }; // no kubectl, no squeue

/** A sweep of which nothing has begun. */
const planned = (name: string, ...more: string[]) =>
  runHere('sweep', ['theory-inner', ...settings, ...kubernetes, '--sweep', at(name), ...more], nowhere);

const sweep = (what: string, name: string, ...more: string[]) =>
  runHere('sweep', [what, at(name), ...more], nowhere);

beforeAll(async () => {
  expect(await planned('one')).toMatchObject({ code: 0, err: '' });
  cpSync(at('one'), at('half'), { recursive: true });
  for (const element of ['0', '1', '2'])
    expect(await sweep('element', 'one', '--element', element)).toMatchObject({ code: 0, err: '' });
}, 60_000);

test('a plan has the settings of all, and an element a seed unless they are packed', async () => {
  const { plan } = openSweep(at('one'));
  expect(plan.config).toMatchObject({ seeds: 3, width: 3 });
  expect(plan.flags).toEqual(settings.slice(0, -2)); // the engine is the sweep's
  expect(plan.elements.map(({ seeds }) => seeds)).toEqual([[0], [1], [2]]);
  await planned('packed', '--pack', '2');
  expect(openSweep(at('packed')).plan.elements.map(({ seeds }) => seeds)).toEqual([[0], [1, 2]]);
});

test('elements are laid together, at whatever commits, to the bits of a run in one piece', async () => {
  const whole = ['theory-inner', ...settings, '--run', at('whole'), '--figures', at('figures'), '--quiet'];
  expect(await runHere('lab', whole)).toMatchObject({ code: 0, err: '' });
  const path = at('one', 'elements', '1', 'result.json');
  const element = JSON.parse(readFileSync(path, 'utf8'));
  element.parts[0].commit = 'another'; // of something else than the code
  writeFileSync(path, JSON.stringify(element));
  const merged = await sweep('merge', 'one', '--figures', at('figures'), '--out', at('merged.json'));
  expect(merged).toMatchObject({ code: 0, err: '' });
  const [a, b] = [at('merged.json'), at('whole', 'result.json')].map(readResult);
  expect(a.rows).toEqual(b.rows);
  expect(a.config).toEqual(b.config);
});

test('an element that has its result is left as it is', async () => {
  const before = readFileSync(at('one', 'elements', '1', 'result.json'), 'utf8');
  const again = await sweep('element', 'one', '--element', '1');
  expect(again).toMatchObject({ code: 0, err: '', out: 'element 1 (seed 1): its result is there\n' });
  expect(readFileSync(at('one', 'elements', '1', 'result.json'), 'utf8')).toBe(before);
});

test('an element waits for a process that is at it, and takes its result', async () => {
  cpSync(at('half'), at('waits'), { recursive: true });
  const run = at('waits', 'elements', '0');
  mkdirSync(run);
  const lock = lockFolder(run);
  const waiting = sweep('element', 'waits', '--element', '0');
  await new Promise((resolve) => setTimeout(resolve, 100));
  cpSync(at('one', 'elements', '0', 'result.json'), join(run, 'result.json'));
  lock.release();
  expect(await waiting).toMatchObject({ code: 0, err: '', out: 'element 0 (seed 0): its result is there\n' });
});

test('schedulers say which element it is', async () => {
  const by = (env: Record<string, string>, ...more: string[]) =>
    runHere('sweep', ['element', at('one'), ...more], env);
  expect((await by({ SLURM_ARRAY_TASK_ID: '2' })).out).toContain('element 2 (seed 2)');
  expect((await by({ JOB_COMPLETION_INDEX: '1' }, '--of', '0,2')).out).toContain('element 2 (seed 2)');
  expectFailure(await by({}), 2, '--element: it is needed where neither SLURM_ARRAY_TASK_ID');
  expectFailure(await by({ SLURM_ARRAY_TASK_ID: '3' }), 2, '--element 3: must be a whole number from 0 to 2');
  expectFailure(await by({ JOB_COMPLETION_INDEX: '2' }, '--of', '0,2'), 2, '--element 2 of 0,2: must be');
});

test('an element of other code, or on another Node, is refused', async () => {
  cpSync(at('half'), at('other'), { recursive: true });
  const path = at('other', 'sweep.json');
  const plan = JSON.parse(readFileSync(path, 'utf8'));
  const refused = async (changed: object, what: string) => {
    writeFileSync(path, JSON.stringify({ ...plan, ...changed }));
    expectFailure(await sweep('element', 'other', '--element', '0'), 1, `the sweep began with other ${what}`);
  };
  await refused({ code: 'x' }, 'code; go back to that');
  await refused({ versions: { ...plan.versions, node: '1.0.0' } }, 'versions (node 1.0.0, here');
  expect(existsSync(at('other', 'elements', '0'))).toBe(false);
});

test('status tells what is done, what runs, what stopped with its last words, and what has not begun', async () => {
  cpSync(at('half'), at('mixed'), { recursive: true });
  expect((await sweep('status', 'mixed')).out).toBe('not begun    3  0 to 2\n');
  cpSync(at('one', 'elements', '0'), at('mixed', 'elements', '0'), { recursive: true });
  mkdirSync(at('mixed', 'elements', '1'));
  const lock = lockFolder(at('mixed', 'elements', '1'));
  writeFileSync(at('mixed', 'logs', '2.log'), 'theory-inner: …\nelement: the disk is full\n');
  const { out } = await sweep('status', 'mixed');
  const { elements } = JSON.parse((await sweep('status', 'mixed', '--json')).out);
  lock.release();
  expect(out).toBe(
    [
      ...['done         1  0', 'running      1  1', 'stopped      1  2'],
      ...['', 'element 2 (seed 2): element: the disk is full', ''],
    ].join('\n'),
  );
  expect(elements.map(({ state }: { state: string }) => state)).toEqual(['done', 'running', 'stopped']);
});

test('merge names the gaps, and takes what is there with --partial', async () => {
  expectFailure(await sweep('merge', 'half'), 1, 'no element has a result; npm run sweep -- status');
  cpSync(at('half'), at('gaps'), { recursive: true });
  cpSync(at('one', 'elements', '1'), at('gaps', 'elements', '1'), { recursive: true });
  const figures = ['--figures', at('gap-figures')];
  expectFailure(await sweep('merge', 'gaps', ...figures), 1, 'theory-inner lacks seeds 0, 2 of 3;');
  expect((await sweep('merge', 'gaps', ...figures, '--partial')).out).toContain('lacks   seeds 0, 2 of 3');
});

test('retry hands over only what has no result', async () => {
  cpSync(at('half'), at('again'), { recursive: true });
  cpSync(at('one', 'elements', '1'), at('again', 'elements', '1'), { recursive: true });
  const { code, out } = await sweep('retry', 'again', '--memory', '2G');
  expect(code).toBe(0);
  expect(out).toContain('2 of 3 elements of theory-inner');
  const [first, second] = openSweep(at('again')).jobs();
  expect([first.elements, second.elements]).toEqual([
    [0, 1, 2],
    [0, 2],
  ]);
  expect(second.place).toEqual({ ...first.place, memory: '2G' });
  expect((await sweep('retry', 'one')).out).toBe('done         3  0 to 2\n');
});

test('where a scheduler takes nothing, its words are told once, and how to go on or give up', async () => {
  mkdirSync(at('bin'));
  const fails = '#!/bin/sh\necho "sbatch: fatal: no such partition" >&2\nexit 1\n';
  writeFileSync(at('bin', 'sbatch'), fails, { mode: 0o755 });
  const path = { PATH: `${at('bin')}:${process.env.PATH}` };
  const place = ['--on', 'slurm', '--partition', 'short', '--quiet'];
  const args = ['theory-inner', ...settings, ...place, '--sweep', at('fatal')];
  const failed = await runHere('sweep', args, path);
  const again = `npm run sweep -- retry ${at('fatal')} --on slurm --partition short --before-limit 120`;
  expectFailure(
    failed,
    1,
    `theory-inner: sbatch: fatal: no such partition; ${again} tries again, or delete ${at('fatal')}`,
  );
  expect((await sweep('status', 'fatal')).out).toBe('not begun    3  0 to 2\n');
});

test('what cannot be is refused in one line and leaves nothing behind', async () => {
  const refused = (...args: string[]) =>
    runHere('sweep', ['theory-inner', '--sweep', at('none'), ...args], nowhere);
  expectFailure(await refused('--pack', '0'), 2, '--pack 0: must be a whole number from 1');
  expectFailure(await refused('--partition', 'p'), 2, '--partition: there is no such thing with --on here');
  expectFailure(await refused('--on', 'kubernetes'), 2, '--image is not given: must be an image');
  expectFailure(await refused('--on', 'slurm', '--time', 'soon'), 2, '--time soon: must be a time');
  expectFailure(await refused('--on', 'moon'), 2, "'--on <place>' argument 'moon' is invalid");
  expectFailure(await refused('--engine', 'none'), 2, '--engine: ');
  expectFailure(await refused('--checkpoint-steps', '0'), 2, '--checkpoint-steps 0');
  expect(existsSync(at('none'))).toBe(false);
  expectFailure(await planned('one'), 1, 'this folder holds a sweep; npm run sweep -- retry');
  expectFailure(await planned('whole'), 1, 'this folder holds something else than a sweep');
  expectFailure(await sweep('status', 'none'), 1, 'there is no sweep (sweep.json)');
  expectFailure(await runHere('sweep', []), 2, 'it needs an experiment, or status');
});
