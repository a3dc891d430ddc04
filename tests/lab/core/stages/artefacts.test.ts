// Outputs of stages on disk: damaged ones are made anew, and processes do not disturb each other.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
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
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RunError } from '../../../../src/lab/core/runs/file-errors.ts';
import { Artefacts } from '../../../../src/lab/core/stages/artefacts.ts';
import { finished } from '../../../helpers/commands.ts';
import { long } from '../../../helpers/long.ts';
import { program } from '../../../helpers/program.ts';

let folder: string;
let warnings: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'umbra-artefacts-'));
  warnings = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const from = (origin: string): Artefacts => new Artefacts(folder, origin, (line) => warnings.push(line));
const name = { stage: 'soft student', key: 'abc', extension: 'bin' };
const bytes = Uint8Array.of(1, 2, 3, 4);

describe('an output', () => {
  test('is there under its name alone', () => {
    const artefacts = from('here');
    expect(artefacts.load(name)).toBeUndefined();
    artefacts.save(name, bytes);
    expect([...(artefacts.load(name) ?? [])]).toEqual([...bytes]);
    for (const other of [{ stage: 'student' }, { key: 'abd' }, { extension: 'json' }])
      expect(artefacts.load({ ...name, ...other })).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  test('of another origin is not taken', () => {
    from('here').save(name, bytes);
    expect(from('there').load(name)).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  test('has a file that begins with its stage, whatever that is called', () => {
    from('here').save({ ...name, stage: '../soft student' }, bytes);
    expect(readdirSync(folder).filter((file) => file.endsWith('.bin'))).toEqual([
      expect.stringMatching(/^\.\._soft_student-[0-9a-f]{32}\.bin$/),
    ]);
  });

  test.each<[string, (path: string) => void]>([
    ['is cut off', (path) => truncateSync(path, 3)],
    ['has a bit turned', (path) => writeFileSync(path, Uint8Array.of(1, 2, 3, 5))],
    ['is empty', (path) => truncateSync(path, 0)],
    ['lacks its digest', (path) => rmSync(`${path}.sha256`)],
    ['has a digest of something else', (path) => writeFileSync(`${path}.sha256`, 'abc')],
  ])('that %s is not taken, with a warning, and made anew it is', (_, damage) => {
    const artefacts = from('here');
    artefacts.save(name, bytes);
    damage(artefacts.path(name));
    expect(artefacts.load(name)).toBeUndefined();
    expect(warnings).toEqual([
      `${artefacts.path(name)}: its content is damaged (the SHA-256 differs); it is made anew`,
    ]);
    artefacts.save(name, bytes);
    expect([...(artefacts.load(name) ?? [])]).toEqual([...bytes]);
    expect(warnings).toHaveLength(1);
  });

  test('that was cut short between its two files is not there, without a warning', () => {
    const artefacts = from('here');
    artefacts.save(name, bytes);
    rmSync(artefacts.path(name)); // the digest is written first
    expect(artefacts.load(name)).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  test('in a folder that cannot be is refused in a line', () => {
    writeFileSync(join(folder, 'file'), '');
    const artefacts = new Artefacts(join(folder, 'file', 'deep'), 'here', () => {});
    expect(() => artefacts.save(name, bytes)).toThrow(RunError);
  });
});

test('processes that keep the same output at once find it whole each time', async () => {
  const count = long ? 400 : 60;
  const args = [folder, String(count), '10000', String(Date.now() + 300)]; // once all are up
  const children = Array.from(
    { length: 3 },
    (): ChildProcessWithoutNullStreams =>
      spawn(process.execPath, program('tests/lab/core/stages/keeper.ts', ...args)),
  );
  for (const { code, out, err } of await Promise.all(children.map(finished))) {
    expect(err).toBe('');
    expect(JSON.parse(out)).toEqual({ whole: count, warnings: [] });
    expect(code).toBe(0);
  }
  const left = readdirSync(join(folder, '0', 'a', 'b'));
  expect(left).toHaveLength(2); // nothing half-written
  const digest = left.find((file) => file.endsWith('.sha256')) ?? '';
  expect(readFileSync(join(folder, '0', 'a', 'b', digest), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
  expect(existsSync(join(folder, String(count - 1)))).toBe(true);
});
