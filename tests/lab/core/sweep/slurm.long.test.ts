// A sweep on a real Slurm of two nodes, with everything in between that happens on a cluster; where Slurm is not
// installed, it says so, and only the batch script is looked at.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readResult } from '../../../../src/lab/core/runs/result.ts';
import { batchScript } from '../../../../src/lab/core/sweep/slurm.ts';
import { openSweep, Sweep } from '../../../../src/lab/core/sweep/sweep.ts';
import { type Finished, start } from '../../../helpers/commands.ts';
import { Slurm, whyNoSlurm } from '../../../helpers/slurm.ts';

const folder = mkdtempSync(join(tmpdir(), 'umbra-slurm-'));
const at = (...names: string[]): string => join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 500 }));

const none = whyNoSlurm();
if (none) process.stderr.write(`${none}; the tests on Slurm are left out\n`);

const settings = [
  ...['--hidden', '16', '--train-digits', '500', '--test-digits', '100', '--batch', '50', '--seeds', '8'],
  ...['--teacher-epochs', '20', '--noise-images', '1000', '--student-epochs', '10', '--engine', 'reference'],
];

describe.skipIf(none)('an array of 8 on two nodes', () => {
  let slurm: Slurm;
  afterAll(() => slurm.end());
  const sweep = (...args: string[]): Promise<Finished> => start('sweep', args, slurm.env).finished;
  const said = (element: number): string => {
    const path = openSweep(at('sweep')).log(element);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  };
  const tasks = (): string[] =>
    slurm.output('squeue', '--noheader', '--array', '--format', '%K %T %N').split('\n').filter(Boolean);
  const nodeOf = (element: number): string | undefined =>
    tasks()
      .map((line) => line.split(' '))
      .find(([task, state]) => task === String(element) && state === 'RUNNING')?.[2];
  const trains = (element: number): boolean =>
    nodeOf(element) !== undefined && said(element).includes('epoch 2/') && !said(element).includes('took');
  const idle = (): boolean => tasks().length === 0;

  test('with scancel, a requeue, a node killed and a time limit in between is merged to the bits of a run in one piece', async () => {
    slurm = await Slurm.begin(at('slurm'));
    const limit = ['--time', '1', '--before-limit', '60', '--checkpoint-steps', '7'];
    const begun = await sweep('mnist', ...settings, '--on', 'slurm', ...limit, '--sweep', at('sweep'));
    expect(begun).toMatchObject({ code: 0, err: '' });
    const [{ id }] = openSweep(at('sweep')).jobs();

    await slurm.until('element 0', () => trains(0));
    slurm.output('scancel', `${id}_0`);
    await slurm.until('element 1', () => trains(1));
    slurm.output('scontrol', 'requeue', `${id}_1`);
    await slurm.until('element 2', () => trains(2));
    const node = nodeOf(2) ?? '';
    slurm.killNode(node);
    await slurm.until('a node that is down', () => slurm.nodes().some((state) => state.startsWith('down')));
    const between = await sweep('status', at('sweep'));
    slurm.startNode(node);
    await slurm.until('an empty queue', idle, 300);
    expect(between.out).toMatch(/^stopped +1 {2}0$/m);
    expect(between.out).toMatch(/^waiting/m);
    expect(said(0)).toContain('interrupted, ');
    expect([3, 4, 5, 6, 7].some((element) => said(element).includes('interrupted, '))).toBe(true); // by the limit

    const states = await sweep('status', at('sweep'));
    expect(states.out).toMatch(/^done +7 {2}1 to 7$/m);
    const lacking = await sweep('merge', at('sweep'), '--figures', at('figures'));
    expect(lacking.err).toContain('mnist lacks seed 0 of 8;');
    expect((await sweep('retry', at('sweep'))).out).toContain('1 of 8 elements');
    await slurm.until('an empty queue', idle);
    expect(said(0)).toContain('resuming ');

    const merged = await sweep('merge', at('sweep'), '--figures', at('figures'), '--out', at('merged.json'));
    expect(merged).toMatchObject({ code: 0, err: '' });
    const whole = await start('lab', ['mnist', ...settings, '--figures', at('figures'), '--run', at('whole')])
      .finished;
    expect(whole).toMatchObject({ code: 0, err: '' });
    const [a, b] = [at('merged.json'), at('whole', 'result.json')].map(readResult);
    expect(a.rows).toEqual(b.rows);
    expect(a.config).toEqual(b.config);
  }, 600_000);

  test('is taken back by cancel, and keeps what it had', async () => {
    await sweep('mnist', ...settings, '--on', 'slurm', '--sweep', at('ended'));
    const path = openSweep(at('ended')).log(0);
    await slurm.until('element 0', () => existsSync(path) && readFileSync(path, 'utf8').includes('epoch 2/'));
    expect(await sweep('cancel', at('ended'))).toMatchObject({ code: 0, err: '' });
    await slurm.until('an empty queue', idle);
    expect((await sweep('status', at('ended'))).out).toMatch(/^stopped +[12] {2}0/m);
    expect(await sweep('cancel', at('ended'))).toMatchObject({ code: 0, err: '' }); // nothing is left
  }, 120_000);
});

test('the batch script is one that bash takes, and has what was asked for', () => {
  const plan = { experiment: 'mnist', elements: [{ seeds: [0] }] };
  const sweep = new Sweep("/data/it's mine", plan as unknown as Sweep['plan']);
  const script = batchScript(sweep, {
    ...{ on: 'slurm', threads: 4, memory: '8G', partition: 'short', time: '4:00:00', beforeLimit: 90 },
  });
  writeFileSync(at('script'), script);
  execFileSync('bash', ['-n', at('script')]);
  for (const option of ['--cpus-per-task=4', '--mem=8G', '--partition=short', '--time=4:00:00', '--requeue'])
    expect(script).toContain(`#SBATCH ${option}\n`);
  expect(script).toContain('#SBATCH --signal=B:USR2@90\n');
  expect(batchScript(sweep, { on: 'slurm', beforeLimit: 90 })).not.toContain('--signal');
});
