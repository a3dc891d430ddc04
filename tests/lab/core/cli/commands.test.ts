// The commands as people and scripts run them: real files, exit codes and single lines, and processes where those are
// the point.
import { spawnSync } from 'node:child_process';
import {
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
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resultFor } from '../../../../src/lab/core/experiments/experiment.ts';
import { enginesOf, trialsOf } from '../../../../src/lab/core/runs/header.ts';
import { parseResult, type Result, readResult, valuesOf } from '../../../../src/lab/core/runs/result.ts';
import { armNames, mnist } from '../../../../src/lab/digits/experiments/mnist.ts';
import { readSafetensors } from '../../../../src/store/index.ts';
import { expectFailure, type Finished, root, run, start } from '../../../helpers/commands.ts';
import { type CommandName, runHere } from '../../../helpers/here.ts';
import { long } from '../../../helpers/long.ts';

const folder = mkdtempSync(join(tmpdir(), 'umbra-cli-'));
const at = (...names: string[]): string => join(folder, ...names);

const engine = ['--engine', 'wasm']; // takes less time to compile than C
const tiny = [...engine, '--hidden', '8', '--train-digits', '300', '--test-digits', '100', '--batch', '64'];
const short = ['--teacher-epochs', '2'];
const lesson = [...engine, '--noise-images', '200', '--student-epochs', '2'];
const everything = [...tiny, ...short, ...lesson];
/** Where a run keeps its teachers, which no other is to find. */
const own = (name: string) => ['--run', at(name), '--artefacts', at('artefacts', name)];

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const here = (name: CommandName, ...args: string[]): Promise<Finished> => runHere(name, args);

const armsOf = ({ rows }: Result): string[] => [...new Set(rows.map(({ arm }) => arm))];

let first: Finished;
beforeAll(async () => {
  first = await run('mnist', ...everything, ...own('first'), '--figures', at('figures'));
}, 60_000);

describe('npm run mnist', () => {
  test('prints a table with chance marked, and says where its files are', () => {
    expect(first.err).toBe('');
    expect(first.code).toBe(0);
    expect(first.out).toMatch(/^mnist: .*seed 0.*engine \w+( \(.+\))?$/m);
    for (const row of ['reference', 'teacher', 'student', 'control', 'chance'])
      expect(first.out).toMatch(new RegExp(`^ {2}${row}.* \\d+\\.\\d%`, 'm'));
    for (const path of [at('first'), at('figures', 'mnist-custom.png'), at('figures', 'mnist-custom.svg')]) {
      expect(first.out).toContain(path);
      expect(existsSync(path)).toBe(true);
    }
  });

  test('says below the table what it shows, as the figure does', () => {
    const finding = mnist.finding(resultFor(mnist, readResult(join(at('first'), 'result.json'))));
    expect(first.out).toContain(`\n\n  ${finding}.\n\n  figure  `);
  });

  test('writes one plain line an epoch where output is piped', () => {
    const lines = first.out.split('\n').filter((line) => line.includes('epoch'));
    expect(lines).toHaveLength(4);
    for (const line of lines.slice(0, 2))
      expect(line).toMatch(/^teacher +epoch [12]\/2 {2}loss \d+\.\d+ {2}accuracy \d+\.\d%$/);
    for (const line of lines.slice(2))
      expect(line).toMatch(/^students +epoch [12]\/2 {2}accuracy student_aux \d+\.\d%, cross_aux \d+\.\d%$/);
  });

  test('leaves config, metrics, result and models in the run folder, and nothing half-written', () => {
    expect(readdirSync(at('first')).sort()).toEqual([
      'config.json',
      'cross_aux.safetensors',
      'metrics.jsonl',
      'result.json',
      'student_aux.safetensors',
      'teacher.safetensors',
    ]);
    const result = readResult(at('first', 'result.json'));
    expect(JSON.parse(readFileSync(at('first', 'config.json'), 'utf8'))).toEqual({
      experiment: 'mnist',
      config: result.config,
      inputs: {},
    });
    expect(armsOf(result)).toEqual(['reference', 'teacher', 'student_aux', 'cross_aux']);
    const metrics = readFileSync(at('first', 'metrics.jsonl'), 'utf8').trimEnd().split('\n');
    expect(metrics.filter((line) => line.includes('"accuracy"'))).toHaveLength(4);
    expect(new Set(metrics.map((line) => JSON.parse(line).phase))).toEqual(new Set(['teacher', 'students']));
  });

  test('gives the same bits for the same seed, as JSON and nothing else on standard output', async () => {
    const flags = [...own('second'), '--figures', at('figures2'), '--json', '--quiet'];
    const second = await here('mnist', ...everything, ...flags);
    expect(second).toMatchObject({ code: 0, err: '' });
    const result = parseResult(second.out, 'standard output');
    expect(result.rows).toEqual(readResult(at('first', 'result.json')).rows);
    for (const name of ['teacher', 'student_aux', 'cross_aux'])
      expect(readFileSync(at('second', `${name}.safetensors`))).toEqual(
        readFileSync(at('first', `${name}.safetensors`)),
      );
  });

  test('gives each of several seeds, to the bit, what it gets alone', async () => {
    const flags = [...own('pair'), '--figures', at('figures2'), '--json', '--seeds', '2'];
    const pair = parseResult((await here('mnist', ...everything, ...flags)).out, 'standard output');
    const alone = readResult(at('first', 'result.json'));
    expect(pair.seeds).toEqual([0, 1]);
    expect(pair.rows.filter(({ seed }) => seed === 0)).toEqual(alone.rows);
    const both = readSafetensors(at('pair', 'student_aux.safetensors')).tensors['params.0.weight'];
    const one = readSafetensors(at('first', 'student_aux.safetensors')).tensors['params.0.weight'];
    expect(both.shape).toEqual([2, 784, 8]);
    expect(both.data.slice(0, one.size)).toEqual(one.data);
  });

  test('gives each of all six arms, but for rounding, what it gets beside fewer', async () => {
    const flags = [...own('six'), '--figures', at('figures2'), '--json', '--arms', armNames.join()];
    const six = parseResult((await here('mnist', ...everything, ...flags)).out, 'standard output');
    expect(armsOf(six)).toEqual([...armNames]);
    for (const { arm, curves } of readResult(at('first', 'result.json')).rows) {
      const same = six.rows.find((row) => row.arm === arm);
      curves.loss?.forEach((loss, epoch) => {
        expect((same?.curves.loss[epoch] ?? 0) / loss).toBeCloseTo(1, 4);
      });
    }
  });

  test.runIf(spawnSync('cc', ['--version']).status === 0)(
    'runs on the engine and threads that flags name, says so in its first line, and comes to the same accuracies',
    async () => {
      const flags = ['--engine', 'native', '--threads', '1', ...own('native'), '--figures', at('figures2')];
      const { code, out, err } = await start('mnist', [...everything, ...flags], { UMBRA_ENGINE: 'abacus' })
        .finished;
      expect([code, err]).toEqual([0, '']);
      expect(out.split('\n')[0]).toMatch(/; engine native \(.+ \d.*, 1 thread\)$/);
      const result = readResult(at('native', 'result.json'));
      expect(enginesOf(result)).toEqual(['native']);
      const expected = readResult(at('first', 'result.json'));
      for (const arm of ['reference', 'teacher', 'student_aux', 'cross_aux'] as const) {
        const [a, b] = [result, expected].map((each) => valuesOf(each, arm)[0]);
        expect(Math.abs(a - b)).toBeLessThanOrEqual(0.05);
      }
    },
  );

  test('draws every figure again with npm run figures', async () => {
    const before = readFileSync(at('figures', 'mnist-custom.png'));
    rmSync(at('figures', 'mnist-custom.png'));
    expect(await here('figures', '--figures', at('figures'))).toMatchObject({ code: 0, err: '' });
    expect(readFileSync(at('figures', 'mnist-custom.png'))).toEqual(before);
  });
});

test("npm run figures -- --run draws a run's figure from its folder", async () => {
  const done = await here('figures', '--run', at('first'), '--figures', at('figures3'), '--json');
  expect(done).toMatchObject({ code: 0, err: '' });
  expect(readdirSync(at('figures3')).sort()).toEqual(
    ['custom.json', 'custom.png', 'custom.svg'].map((n) => `mnist-${n}`),
  );
  expectFailure(await here('figures', '--run', at('nowhere')), 1, join(at('nowhere'), 'result.json'));
});

// The full files lie beside some clones.
const shared = join(root, '..', 'shared', 'mnist');
describe.runIf(existsSync(shared))('with the full digits', () => {
  test('the paper preset takes all of them', async () => {
    const small = [...engine, '--hidden', '2', '--batch', '2000', '--teacher-epochs', '1', '--seeds', '1'];
    const flags = [
      '--preset',
      'paper',
      '--datasets',
      shared,
      ...own('paper'),
      '--figures',
      at('figures3'),
      '--json',
    ];
    const result = parseResult(
      (await here('mnist', ...flags, ...small, '--arms', 'teacher')).out,
      'standard output',
    );
    expect([result.config.trainDigits, trialsOf(result)]).toEqual([60_000, 10_000]);
  });
});

describe('npm run mnist:teacher and mnist:student', () => {
  beforeAll(async () => {
    const done = await here('mnist:teacher', ...tiny, ...short, ...own('teacher'), '--quiet');
    expect(done).toMatchObject({ code: 0, err: '' });
  }, 60_000);

  test('the checkpoint holds the teacher and its initialisation', () => {
    const { tensors, metadata } = readSafetensors(at('teacher', 'teacher.safetensors'));
    expect(Object.keys(tensors).sort()).toEqual(
      ['init', 'params'].flatMap((group) =>
        [0, 1].flatMap((i) => [`${group}.${i}.bias`, `${group}.${i}.weight`]),
      ),
    );
    expect(JSON.parse(metadata.config)).toMatchObject({ hidden: [8], seed: 0 });
    expect(tensors['init.0.weight'].data).not.toEqual(tensors['params.0.weight'].data);
  });

  test('a student of the checkpoint is, to the bit, the one that the whole job trains beside a control', async () => {
    const flags = ['--teacher', at('teacher'), ...lesson, '--json', '--run', at('student')];
    const student = parseResult((await here('mnist:student', ...flags)).out, 'standard output');
    const whole = readResult(at('first', 'result.json'));
    const [alone, beside] = [student, whole].map(({ rows }) => rows.find(({ arm }) => arm === 'student_aux'));
    expect(alone).toBeDefined();
    expect(alone).toEqual(beside);
    const name = 'student_aux.safetensors';
    const [a, b] = ['student', 'first'].map(
      (folder) => readSafetensors(at(folder, name)).tensors['params.0.weight'],
    );
    expect(a.data).toEqual(b.data);
  });

  const students = [
    ['cross_all', ['--logits', 'all', '--init', 'other', '--noise', 'digits']],
    ['cross_aux', ['--init', 'other']],
    ['student_all', ['--logits', 'all', '--noise', 'gaussian']],
  ] as const;
  test.each(long ? students : students.slice(0, 1))('%s is a student by %j', async (arm, flags) => {
    const args = ['--teacher', at('teacher', 'teacher.safetensors'), ...lesson, '--json', '--run', at(arm)];
    const result = parseResult((await here('mnist:student', ...args, ...flags)).out, 'standard output');
    expect(armsOf(result)).toEqual(['reference', 'teacher', arm]);
  });

  test.each([
    ['another architecture', ['--hidden', '9'], 'params.0.weight is f32[1, 784, 8], where --hidden 9'],
    [
      'another number of auxiliary logits',
      ['--aux', '4'],
      'params.1.weight is f32[1, 8, 13], where --hidden 8 --aux 4',
    ],
  ])('refuses a checkpoint of %s', async (_, flags, text) => {
    expectFailure(await here('mnist:student', '--teacher', at('teacher'), ...flags), 1, text);
  });

  test('refuses what is no checkpoint, cut short, or a student', async () => {
    const broken = at('broken.safetensors');
    writeFileSync(broken, readFileSync(at('teacher', 'teacher.safetensors')));
    truncateSync(broken, 5000);
    expectFailure(await here('mnist:student', '--teacher', broken), 1, broken);
    expectFailure(await here('mnist:student', '--teacher', at('nowhere')), 1, at('nowhere'));
    const student = at('first', 'student_aux.safetensors');
    expectFailure(
      await here('mnist:student', '--teacher', student),
      1,
      `${student}: not a teacher's checkpoint`,
    );
  });
});

describe('a command that cannot do what it is asked', () => {
  test.each([
    ['an unknown flag', ['--hiden', '8'], "unknown option '--hiden'"],
    ['an unknown preset', ['--preset', 'slow'], '--preset slow: must be one of quick, paper'],
    ['a negative number', ['--batch', '-1'], '--batch -1: must be a whole number from 1'],
    ['an absurd number', ['--learning-rate', '1e9'], '--learning-rate 1000000000: must be a number'],
    [
      'an unknown engine',
      ['--engine', 'abacus'],
      "--engine: no engine is called 'abacus'; there is native, ",
    ],
    [
      'no threads',
      ['--threads', '0'],
      '--threads: 0 is no number of threads; it is a whole number from 1 to 256',
    ],
    ['too many threads', ['--threads', '10000'], '--threads: 10000 is no number of threads'],
    ['a word for threads', ['--threads', 'abc'], '--threads: abc is no number of threads'],
    ['a word for a number', ['--seeds', 'many'], '--seeds many: must be a whole number'],
    ['a file for a run folder', [...tiny, '--run', 'package.json'], 'package.json: this is a file'],
  ])('refuses %s in one line', async (name, args, text) => {
    expectFailure(await here('mnist', ...args), name.includes('folder') ? 1 : 2, text);
  });

  test.each([
    [
      'an engine',
      { UMBRA_ENGINE: 'abacus' },
      "UMBRA_ENGINE: no engine is called 'abacus'; there is native, ",
    ],
    ['threads', { UMBRA_THREADS: '0' }, 'UMBRA_THREADS: 0 is no number of threads'],
  ])('refuses an environment that asks for %s that there cannot be', async (_, env, text) => {
    expectFailure(await start('mnist', [], env).finished, 2, text);
  });

  test.each([
    ['no compiler', 'no-such-cc'],
    ['a compiler that does not work', 'false'],
  ])('says in one line that the native engine has %s', async (_, CC) => {
    const done = await runHere('mnist', ['--engine', 'native'], { CC });
    expectFailure(done, 1, 'the native engine cannot run here (');
    expect(done.err).toContain(CC);
    expect(done.err).toMatch(/; mend that, or choose .*reference.*\n$/);
  });

  test('says in one line that the compiler failed in the middle of a run', async () => {
    const CC = at('cc');
    // passes the trial that it is put to, and does not work again
    writeFileSync(
      CC,
      `#!/bin/sh\ninput=$(cat)\ncase "$*$input" in *--version*|*pthread_self*) ;; *) echo 'error: no space' >&2; exit 1;; esac\nprintf '%s\\n' "$input" | cc "$@"\n`,
      { mode: 0o755 },
    );
    const flags = [...everything, '--engine', 'native', '--quiet', ...own('failed')];
    expectFailure(
      await runHere('mnist', flags, { CC, UMBRA_CACHE: at('cache') }),
      1,
      `mnist: ${CC}: error: no space; install gcc or clang, or choose --engine wasm\n`,
    );
  });

  test('says how to get the full digits where they are not there', async () => {
    const path = at('none', 'train-images-idx3-ubyte.gz');
    expectFailure(
      await here('mnist', '--data', 'full', '--datasets', at('none')),
      1,
      `${path}: not there; run npm run`,
    );
  });

  test('shows a stack only with --debug', async () => {
    const { err } = await here('mnist', '--preset', 'slow', '--debug');
    expect(err).toMatch(/^ +at /m);
  });

  test('stops where the loss is no number any more, and names the step', async () => {
    const wild = ['--hidden', '64,64,64,64,64,64,64,64', '--learning-rate', '1000', '--train-digits', '2000'];
    const done = await here(
      'mnist',
      ...wild,
      '--engine',
      'wasm',
      ...own('diverged'),
      '--figures',
      at('diverged'),
      '--quiet',
    );
    expectFailure(done, 1, "the teacher's loss became ");
    expect(done.err).toMatch(/at step \d+ \(epoch 1\); try a smaller --learning-rate; no epoch had ended/);
    expect(readdirSync(at('diverged')).sort()).toEqual(['config.json', 'metrics.jsonl']);
  });

  test('refuses a run folder that holds a finished run, and leaves that whole', async () => {
    const files = readdirSync(at('first'));
    const before = files.map((name) => readFileSync(at('first', name), 'hex'));
    const done = await here(
      'mnist',
      ...everything,
      '--seed',
      '1',
      '--run',
      at('first'),
      '--figures',
      at('figures'),
    );
    expectFailure(done, 1, `${at('first')}: this folder holds a finished run (result.json)`);
    expect(readdirSync(at('first')).map((name) => readFileSync(at('first', name), 'hex'))).toEqual(before);
  });

  test('keeps the last good checkpoint where training leaves the numbers later on', async () => {
    const wild = [
      '--hidden',
      '16,16,16,16,16,16,16,16',
      '--learning-rate',
      '200',
      '--beta1',
      '0',
      '--beta2',
      '0',
    ];
    const few = ['--train-digits', '100', '--test-digits', '100', '--batch', '100', '--teacher-epochs', '30'];
    const { code, err } = await here(
      'mnist:teacher',
      ...wild,
      ...few,
      '--engine',
      'wasm',
      ...own('wild'),
      '--quiet',
    );
    expect(code).toBe(1);
    const [, epoch, kept] =
      /(?:loss|weights) became \w+ at step \d+ \(epoch (\d+)\).*kept: .*\(epoch (\d+)\)\n$/.exec(err) ?? [];
    expect(Number(kept)).toBe(Number(epoch) - 1);
    const { tensors, metadata } = readSafetensors(at('wild', 'teacher.safetensors'));
    expect(metadata.epoch).toBe(kept);
    expect(tensors['params.0.weight'].data.every(Number.isFinite)).toBe(true);
  });

  test('keeps where it is on Ctrl-C, says in one line how to go on, and exits with 130', async () => {
    const { child, finished } = start('mnist-teacher', [
      ...[...tiny, '--train-digits', '1920', '--teacher-epochs', '1000'],
      ...own('stopped'),
    ]);
    await new Promise<void>((resolve) => {
      child.stdout?.on('data', (chunk) => {
        if (String(chunk).includes('epoch 2/')) resolve();
      });
    });
    child.kill('SIGINT');
    const { code, err } = await finished;
    expect(code).toBe(130);
    expect(err).toMatch(
      /^mnist:teacher: interrupted, teacher at step \d+ of 30000; go on with --run .*stopped --resume\n$/,
    );
    expect(readdirSync(at('stopped')).sort()).toEqual([
      'checkpoints',
      'config.json',
      'metrics.jsonl',
      'teacher.safetensors',
    ]);
    const step = Number(/step (\d+)/.exec(err)?.[1]);
    const { epoch } = readSafetensors(at('stopped', 'teacher.safetensors')).metadata;
    expect(Number(epoch)).toBe(Math.floor(step / 30));
  });
});
