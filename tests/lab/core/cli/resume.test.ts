// Runs that are cut short and go on: killed at any moment, stopped politely, with damaged checkpoints.
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultEngine } from '../../../../src/engines/index.ts';
import { random } from '../../../../src/index.ts';
import { readResult } from '../../../../src/lab/core/runs/result.ts';
import { expectFailure, type Finished, start } from '../../../helpers/commands.ts';
import { runHere } from '../../../helpers/here.ts';
import { long } from '../../../helpers/long.ts';

const folder = mkdtempSync(join(tmpdir(), 'umbra-resume-'));
const at = (...names: string[]): string => join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const small = ['--hidden', '16', '--train-digits', '500', '--test-digits', '100', '--batch', '50'];
const lesson = ['--teacher-epochs', '4', '--noise-images', '1000', '--student-epochs', '5', '--seeds', '2'];
const always = (name: string) => [
  ...['--checkpoint-steps', '7', '--figures', at('figures'), '--artefacts', at(`${name}-artefacts`)],
  ...['--run', at(name)],
];
const beginning = (name: string) => [...small, ...lesson, ...always(name)];
const goingOn = (name: string) => [...always(name), '--resume'];

const begin = (name: string) => start('mnist', beginning(name));
const goOn = (name: string, ...more: string[]) => runHere('mnist', [...goingOn(name), ...more]);

const models = ['teacher', 'student_aux', 'cross_aux'];

/** Everything that a run leaves but how long it took. */
const left = (name: string): unknown[] => [
  readResult(at(name, 'result.json')).rows,
  readFileSync(at(name, 'metrics.jsonl'), 'utf8'),
  ...models.map((model) => readFileSync(at(name, `${model}.safetensors`)).toString('hex')),
];

let whole: unknown[];
beforeAll(async () => {
  expect(await runHere('mnist', beginning('whole'))).toMatchObject({ code: 0, err: '' }); // compiles
  whole = left('whole');
}, 120_000);

/** Starts `name`, and stops it with `signal` once its output has `text`. */
async function stopAt(name: string, text: string, signal: NodeJS.Signals): Promise<Finished> {
  const { child, finished } = begin(name);
  await new Promise<void>((resolve) => {
    child.stdout?.on('data', (chunk) => {
      if (String(chunk).includes(text)) resolve();
    });
  });
  child.kill(signal);
  return finished;
}

describe('a run', () => {
  const most = long ? 10 : 2;

  test(`that was killed ${most} times at random moments ends with the same bits`, async () => {
    const started = performance.now();
    expect(await begin('timed').finished).toMatchObject({ code: 0, err: '' });
    const milliseconds = performance.now() - started;
    expect(left('timed')).toEqual(whole);
    const moments = random.uniform(random.key('moments to kill at'), [1000]).data;
    let kills = 0;
    for (let n = 0; kills < most; n++) {
      const name = `killed-${n}`;
      let next = begin(name);
      for (;;) {
        const moment = moments[kills] * milliseconds;
        const ended = await Promise.race([next.finished, setTimeout(moment)]);
        if (ended || kills === most) {
          expect(await next.finished).toMatchObject({ code: 0, err: '' });
          break;
        }
        next.child.kill('SIGKILL');
        const { code } = await next.finished;
        if (code === null) kills++; // else it was done before the signal came
        if (existsSync(at(name, 'result.json'))) break;
        next = existsSync(at(name, 'config.json')) ? start('mnist', goingOn(name)) : begin(name);
      }
      expect(left(name)).toEqual(whole);
    }
  }, 300_000);

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'that %s stopped goes on to the same bits',
    async (signal) => {
      const stopped = await stopAt(signal, 'students       epoch 1/', signal);
      expect(stopped.code).toBe(130);
      expect(stopped.err).toMatch(
        /^mnist: interrupted, students at step \d+ of 100; go on with --run .* --resume\n$/,
      );
      cpSync(at(signal), at(`${signal}-kept`), { recursive: true });
      const resumed = await goOn(signal);
      expect(resumed).toMatchObject({ code: 0, err: '' });
      expect(resumed.out).toContain('resuming students');
      expect(left(signal)).toEqual(whole);
      expect(readdirSync(at(signal))).not.toContain('checkpoints');
    },
    60_000,
  );

  test('takes the checkpoint before where the latest is damaged, and says so', async () => {
    cpSync(at('SIGINT-kept'), at('damaged'), { recursive: true });
    const latest = at('damaged', 'checkpoints', 'students.safetensors');
    const bytes = readFileSync(latest);
    bytes[bytes.length - 100] ^= 1;
    writeFileSync(latest, bytes);
    const [teacher] = readdirSync(at('damaged', 'checkpoints')).filter((name) =>
      /^teacher-.*\.previous/.test(name),
    );
    truncateSync(at('damaged', 'checkpoints', teacher.replace('.previous', '')), 3000);
    const { code, out } = await goOn('damaged');
    expect(code).toBe(0);
    expect(out).toMatch(/students\.safetensors: its content is damaged .*; the one before it is used/);
    expect(out).toMatch(/teacher-\w+\.safetensors: .*; the one before it is used/);
    expect(left('damaged')).toEqual(whole);
  }, 60_000);

  test('that takes its teachers from another leaves the same but for how they learned', async () => {
    const { out, err } = await runHere('mnist', [
      ...beginning('taking'),
      ...['--artefacts', at('whole-artefacts')],
    ]);
    expect(err).toBe('');
    expect(out).toMatch(/^ {2}taken {3}2 teacher, from .*whole-artefacts$/m);
    const [rows, metrics, ...models] = whole;
    const untold = String(metrics).replaceAll(/^.*"phase":"teacher".*\n/gm, '');
    expect(left('taking')).toEqual([rows, untold, ...models]);
  }, 60_000);

  test('goes on with other settings only where they are its own, and names those that are not', async () => {
    cpSync(at('SIGINT-kept'), at('changed'), { recursive: true });
    expectFailure(
      await goOn('changed', '--aux', '5', '--hidden', '16'),
      2,
      `--resume: the run in ${at('changed')} has --aux 3, not 5;`,
    );
    expectFailure(await goOn('changed', '--preset', 'paper'), 2, 'has --data embedded, not full');
    expectFailure(
      await runHere('mnist:teacher', ['--run', at('changed'), '--resume']),
      2,
      'holds a run of mnist, not of mnist-teacher',
    );
    expectFailure(
      await runHere('mnist', beginning('changed')),
      1,
      'a run that was cut short; --resume goes on with it',
    );
    const other = defaultEngine().name === 'wasm' ? 'reference' : 'wasm';
    const { code, out } = await goOn('changed', '--hidden', '16', '--engine', other);
    expect(code).toBe(0);
    for (const phase of ['teacher', 'students'])
      expect(out).toMatch(new RegExp(`resuming ${phase} \\(so far on .+, from here on ${other}`));
  }, 90_000);

  test('is not joined by a second one in its folder', async () => {
    const first = start('mnist', [...small, '--teacher-epochs', '1000', ...always('shared'), '--seeds', '2']);
    await new Promise<void>((resolve) => {
      first.child.stdout?.on('data', (chunk) => {
        if (String(chunk).includes('epoch 1/')) resolve();
      });
    });
    const { pid } = first.child;
    expectFailure(await goOn('shared'), 1, `another run is going on in this folder (process ${pid})`);
    first.child.kill('SIGINT');
    expect((await first.finished).code).toBe(130);
  }, 60_000);

  test('is resumed only where there is one', async () => {
    expectFailure(await runHere('mnist', ['--resume']), 2, '--resume: needs --run');
    expectFailure(await runHere('mnist', ['--resume', '--run', at('none')]), 1, 'there is no run to resume');
    expectFailure(await goOn('whole'), 1, 'holds a finished run');
    expectFailure(
      await runHere('mnist', ['--checkpoint-steps', '0']),
      2,
      '--checkpoint-steps 0: must be a whole number from 1',
    );
  }, 60_000);
});
