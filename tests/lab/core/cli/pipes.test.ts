// Readers that leave, disks that are full, terminals that close: real processes at the ends of real pipes.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { parseResult, readResult } from '../../../../src/lab/core/runs/result.ts';
import { type Finished, finished, root, start } from '../../../helpers/commands.ts';
import { program } from '../../../helpers/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'umbra-pipes-'));
const at = (...names: string[]): string => join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const env = { UMBRA_THREADS: '1', UMBRA_ENGINE: 'reference' }; // no time for compilers

/** Runs the script at `path` in a shell, which sends its output on as `where` says; `out` is what comes of that. */
async function shell(where: string, path: string, ...args: string[]): Promise<Finished> {
  const kept = `{ "$@" ${where.replace('|', `; echo $? > '${folder}/$0' ; } |`)}`;
  const line = where.includes('|') ? kept : `${kept}; echo $? > '${folder}/$0'; }`;
  const node = [process.execPath, ...program(path, ...args)];
  const name = `code-${Math.random()}`;
  const child = spawn('sh', ['-c', line.replaceAll('$0', name), 'sh', ...node], {
    cwd: root,
    env: { ...process.env, ...env },
  });
  return { ...(await finished(child)), code: Number(readFileSync(at(name), 'utf8')) };
}

const tiny = ['--hidden', '4', '--train-digits', '100', '--test-digits', '50', '--batch', '50'];
const short = ['--teacher-epochs', '1', '--noise-images', '50', '--student-epochs', '1'];
const training = (where: string, name: string, ...flags: string[]): Promise<Finished> =>
  shell(
    where,
    'scripts/mnist.ts',
    ...tiny,
    ...short,
    '--run',
    at(name),
    '--figures',
    at('figures'),
    '--artefacts',
    at(`${name}-artefacts`),
    ...flags,
  );

const models = ['cross_aux', 'student_aux', 'teacher'].map((name) => `${name}.safetensors`);
const whole = ['config.json', models[0], 'metrics.jsonl', 'result.json', ...models.slice(1)];
const full = existsSync('/dev/full');

describe('a training run', () => {
  test('whose reader left goes on to its end, and keeps its results', async () => {
    const { code, out, err } = await training('| head -n 1', 'head');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^mnist: .*\n$/);
    expect(readdirSync(at('head')).sort()).toEqual(whole);
  }, 60_000);

  test.runIf(full)(
    'whose output finds a full disk keeps its results, says so in a line and fails',
    async () => {
      const { code, err } = await training('> /dev/full', 'full', '--json', '--quiet');
      expect(err).toMatch(/^mnist: standard output: the disk is full; .*\n$/);
      expect(code).toBe(1);
      expect(readdirSync(at('full')).sort()).toEqual(whole);
    },
    60_000,
  );

  test.runIf(full)(
    'whose progress finds a full disk gives its result all the same',
    async () => {
      const { code, out } = await training('2> /dev/full', 'progress', '--json');
      expect(code).toBe(0);
      expect(parseResult(out, 'output').rows).toEqual(readResult(at('progress', 'result.json')).rows);
    },
    60_000,
  );

  test('whose terminal closes keeps where it is, however often that is said, and exits with 129', async () => {
    const long = ['--train-digits', '500', '--teacher-epochs', '1000'];
    const where = ['--run', at('hangup'), '--figures', at('figures'), '--artefacts', at('artefacts')];
    const { child, finished } = start('mnist', [...tiny, ...long, ...where], env);
    await new Promise<void>((resolve) => {
      child.stdout?.on('data', (chunk) => {
        if (String(chunk).includes('epoch 2/')) resolve();
      });
    });
    child.stdout?.destroy();
    child.kill('SIGHUP');
    await setTimeout(1);
    child.kill('SIGHUP');
    const { code, err } = await finished;
    expect(err).toMatch(/^mnist: interrupted, teacher at step \d+ of 10000; go on with --run .* --resume\n$/);
    expect(code).toBe(129);
    expect(readdirSync(at('hangup', 'checkpoints'))).toContainEqual(
      expect.stringMatching(/^teacher-\w+\.safetensors$/),
    );
  }, 60_000);
});

describe('what commands only print', () => {
  const unknown = /^figures: unknown option '--nothing'.*\n$/;

  test('ends quietly where nobody reads it', async () => {
    const { code, err } = await shell('| true', 'tests/lab/core/cli/all-help.ts');
    expect(err).toMatch(unknown);
    expect(code).toBe(2);
  }, 60_000);

  test('may say what is wrong to nobody', async () => {
    const { code, out } = await shell('2>&1 | head -n 1', 'tests/lab/core/cli/all-help.ts');
    expect(out).toMatch(/^Usage: npm run mnist /);
    expect(code).toBe(2);
  }, 60_000);

  test.runIf(full)(
    'is a line and exit code 1 where the disk is full',
    async () => {
      const { code, err } = await shell('> /dev/full', 'scripts/mnist.ts', '--help');
      expect(err).toMatch(/^mnist: standard output: the disk is full; .*\n$/);
      expect(code).toBe(1);
    },
    60_000,
  );
});
