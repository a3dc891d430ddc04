// Two hundred writers of the same outputs at once: nothing is lost, and nothing torn.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Artefacts } from '../../../../src/lab/core/stages/artefacts.ts';
import { finished } from '../../../helpers/commands.ts';
import { program } from '../../../helpers/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'umbra-writers-'));
afterAll(() => rmSync(folder, { recursive: true }));

const [processes, threads, outputs] = [8, 25, 6]; // threads share their process's number, as containers on two machines may

test('two hundred writers find each output whole, each time', async () => {
  const args = [folder, threads, outputs].map(String);
  const children = Array.from({ length: processes }, () =>
    spawn(process.execPath, program('tests/lab/core/stages/writers.ts', ...args)),
  );
  for (const { code, out, err } of await Promise.all(children.map(finished))) {
    expect(err).toBe('');
    expect(JSON.parse(out)).toEqual(Array(threads).fill({ whole: outputs, warnings: [] }));
    expect(code).toBe(0);
  }
  expect(readdirSync(folder)).toHaveLength(2 * outputs); // each with its digest, and nothing half-written
  const left = new Artefacts(folder, 'here', (line) => expect(line).toBe('nothing'));
  for (let i = 0; i < outputs; i++)
    expect(left.load({ stage: 'base', key: String(i), extension: 'bin' })).toHaveLength(1000 + 7919 * i);
}, 300_000);
