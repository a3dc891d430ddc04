// A sweep in processes side by side: killed as a whole, tried again, taken back from elsewhere, merged to the same bits.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { holderOf } from '../../../../src/lab/core/runs/lock.ts';
import { readResult } from '../../../../src/lab/core/runs/result.ts';
import { openSweep } from '../../../../src/lab/core/sweep/sweep.ts';
import { type Finished, start } from '../../../helpers/commands.ts';

const folder = mkdtempSync(join(tmpdir(), 'umbra-here-'));
const at = (...names: string[]): string => join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true }));

const settings = [
  ...['--hidden', '16', '--train-digits', '500', '--test-digits', '100', '--batch', '50', '--seeds', '4'],
  ...['--teacher-epochs', '10', '--noise-images', '1000', '--student-epochs', '5', '--engine', 'reference'],
];
const env = { UMBRA_THREADS: '2' }; // two elements at a time
const sweep = (...args: string[]): Promise<Finished> => start('sweep', args, env).finished;

/** Waits until element 0 of the sweep trains. */
async function training(name: string): Promise<void> {
  const path = at(name, 'logs', '0.log');
  while (!(existsSync(path) && readFileSync(path, 'utf8').includes('epoch 2/'))) await setTimeout(50);
}

test('a sweep that was killed with its elements is merged, once tried again, to the bits of a run in one piece', async () => {
  const begun = ['mnist', ...settings, '--checkpoint-steps', '7', '--sweep', at('sweep')];
  const { child, finished } = start('sweep', begun, env);
  await training('sweep');
  expect((await sweep('status', at('sweep'))).out).toMatch(/^running +\d {2}0.*\nwaiting /);
  child.kill('SIGKILL');
  const holders = [0, 1, 2, 3].map((element) => holderOf(openSweep(at('sweep')).run(element)));
  for (const holder of holders) if (typeof holder === 'object') process.kill(holder.pid, 'SIGKILL');
  await finished;
  await setTimeout(200);
  expect((await sweep('status', at('sweep'))).out).toMatch(/^stopped +[12] {2}0/);

  const again = await sweep('retry', at('sweep'));
  expect(again).toMatchObject({ code: 0, err: '' });
  expect(readFileSync(at('sweep', 'logs', '0.log'), 'utf8')).toContain('resuming ');
  const merged = await sweep('merge', at('sweep'), '--figures', at('figures'), '--out', at('merged.json'));
  expect(merged).toMatchObject({ code: 0, err: '' });
  const whole = ['mnist', ...settings, '--figures', at('figures'), '--run', at('whole')];
  expect(await start('lab', whole).finished).toMatchObject({ code: 0, err: '' });
  const [a, b] = [at('merged.json'), at('whole', 'result.json')].map(readResult);
  expect(a.rows).toEqual(b.rows);
}, 300_000);

test('a sweep ends when it is taken back, and says how it goes on', async () => {
  const begun = sweep('mnist', ...settings, '--sweep', at('ended'));
  await training('ended');
  expect(await sweep('retry', at('ended'))).toMatchObject({ code: 0 }); // all run or wait
  expect(await sweep('cancel', at('ended'))).toMatchObject({ code: 0, err: '' });
  const { code, err } = await begun;
  expect(err).toBe(`mnist: interrupted; go on with npm run sweep -- retry ${at('ended')}\n`);
  expect(code).toBe(130);
  expect(readFileSync(at('ended', 'logs', '0.log'), 'utf8')).toMatch(
    /element: interrupted, .* at step \d+ of/,
  );
}, 120_000);

test('elements whose sweep was killed alone end when it is taken back', async () => {
  const { child, finished } = start('sweep', ['mnist', ...settings, '--sweep', at('orphans')], env);
  await training('orphans');
  child.kill('SIGKILL');
  await finished;
  expect((await sweep('status', at('orphans'))).out).toMatch(/^running +\d {2}0/);
  expect(await sweep('cancel', at('orphans'))).toMatchObject({ code: 0, err: '' });
  const log = (): string => readFileSync(at('orphans', 'logs', '0.log'), 'utf8');
  while (!/interrupted, .* at step \d+ of/.test(log())) await setTimeout(50);
  while ((await sweep('status', at('orphans'))).out.includes('running')) await setTimeout(50);
  expect((await sweep('status', at('orphans'))).out).toMatch(/^stopped +[12] {2}0/);
}, 120_000);
