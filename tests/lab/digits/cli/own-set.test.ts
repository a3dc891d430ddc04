// A set of a user's own on the command line: by its folder, from a teacher to its student.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseResult } from '../../../../src/lab/core/runs/result.ts';
import { expectFailure } from '../../../helpers/commands.ts';
import { runHere } from '../../../helpers/here.ts';
import { idxBytes } from '../data/of-digits.ts';

const folder = mkdtempSync(join(tmpdir(), 'umbra-own-cli-'));
const at = (...parts: string[]): string => join(folder, ...parts);
const labels = Array.from({ length: 30 }, (_, i) => i % 3);

beforeAll(() => {
  mkdirSync(at('mine'));
  writeFileSync(
    at('mine', 'images-idx3-ubyte'),
    idxBytes(
      [30, 1, 2],
      labels.flatMap((n) => [90 * n, 9]),
    ),
  );
  writeFileSync(at('mine', 'labels-idx1-ubyte'), idxBytes([30], labels));
});
afterAll(() => rmSync(folder, { recursive: true }));

const quiet = ['--engine', 'reference', '--quiet', '--json'];
const small = ['--hidden', '4', '--batch', '8', '--teacher-epochs', '1'];

test('a teacher of it says what it is, and its student knows it from there, until it changes', async () => {
  const teacher = await runHere('mnist:teacher', [
    ...['--data', at('mine'), '--test-digits', '10', '--train-digits', '20', '--run', at('teacher')],
    ...small,
    ...quiet,
  ]);
  expect(teacher).toMatchObject({ code: 0, err: '' });
  const { config, metrics } = parseResult(teacher.out, 'the teacher');
  expect(config.data).toMatch(/\/mine \(3 classes, 30 images, SHA-256 [0-9a-f]{64}\)$/);
  expect(metrics.accuracy).toMatchObject({ chance: 1 / 3, trials: 10, of: 'test images' });
  const lesson = ['--teacher', at('teacher'), '--noise-images', '8', '--student-epochs', '1'];
  const student = await runHere('mnist:student', [...lesson, ...quiet, '--run', at('student')]);
  expect(student).toMatchObject({ code: 0, err: '' });
  expect(parseResult(student.out, 'the student').config.data).toBe(config.data);
  writeFileSync(at('mine', 'labels-idx1-ubyte'), idxBytes([30], labels.toReversed()));
  expectFailure(
    await runHere('mnist:student', [...lesson, ...quiet, '--run', at('again')]),
    1,
    `${at('mine')}: not what it was (the SHA-256 differs); put it back, or begin another run with --data`,
  );
});

test('what is no set and no folder is refused with what there is; a broken set with its culprit', async () => {
  expectFailure(
    await runHere('mnist', ['--data', 'fasion', ...quiet]),
    2,
    '--data fasion: there is no such set or folder; give one of embedded, full, fashion, emnist-letters, or a folder with images',
  );
  expectFailure(
    await runHere('mnist', ['--data', at('nowhere'), ...quiet]),
    2,
    `--data ${at('nowhere')}: there is no such set or folder`,
  );
  writeFileSync(at('mine', 'images-idx3-ubyte'), 'nothing');
  expectFailure(
    await runHere('mnist', ['--data', at('mine'), ...quiet]),
    1,
    `${at('mine', 'images-idx3-ubyte')}: not an IDX file`,
  );
  expectFailure(
    await runHere('mnist', ['--data', 'fashion', '--datasets', at('none'), ...quiet]),
    1,
    `${at('none', 'fashion', 'train-images-idx3-ubyte.gz')}: not there; run npm run datasets:fetch -- --data fashion`,
  );
});
