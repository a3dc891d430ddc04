import * as fs from 'node:fs';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { tensor } from '../../../../src/index.ts';
import { Checkpoints, type RunState, type Snapshot } from '../../../../src/lab/core/runs/checkpoints.ts';

vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  return { ...real, writeSync: vi.fn(real.writeSync) };
});

let folder: string;
let warnings: string[];
let checkpoints: Checkpoints;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'umbra-checkpoints-'));
  warnings = [];
  checkpoints = new Checkpoints(join(folder, 'checkpoints'), (line) => warnings.push(line));
});
afterEach(() => rmSync(folder, { recursive: true }));

const state: RunState = { engines: ['native'], metricsBytes: 12, seconds: 3.5 };
const snapshot = (step: number): Snapshot => ({
  tensors: {
    'params.0.weight': tensor(
      [
        [step, 2],
        [3, 4],
      ],
      'f32',
    ),
    'states.step': tensor(step, 'i32'),
  },
  progress: JSON.stringify({ step }),
});
const path = (name: string): string => join(folder, 'checkpoints', name);

test('the latest checkpoint of a phase is read as it was written', () => {
  checkpoints.save('students,aux=3', snapshot(1), state);
  checkpoints.save('students,aux=3', snapshot(2), { ...state, metricsBytes: 20 });
  const found = checkpoints.load('students,aux=3');
  expect(found?.state).toEqual({ ...state, metricsBytes: 20 });
  expect(found?.snapshot.progress).toBe('{"step":2}');
  expect(found?.snapshot.tensors['params.0.weight'].data).toEqual(Float32Array.of(2, 2, 3, 4));
  expect(checkpoints.load('teacher')).toBeUndefined();
  expect(warnings).toEqual([]);
});

const replaced = (bytes: Buffer, from: string, to: string): Buffer =>
  Buffer.from(bytes.toString('latin1').replace(from, to), 'latin1');

test.each<[string, (bytes: Buffer) => Buffer]>([
  ['cut short', (bytes) => bytes.subarray(0, bytes.length - 5)],
  ['empty', () => Buffer.alloc(0)],
  [
    'a bit turned in its tensors',
    (bytes) => Buffer.from(bytes.map((x, i) => (i === bytes.length - 3 ? x ^ 4 : x))),
  ],
  ['another progress', (bytes) => replaced(bytes, 'step\\":2', 'step\\":7')],
  ['another place in the metrics', (bytes) => replaced(bytes, 'Bytes\\":12', 'Bytes\\":13')],
])('one that is damaged (%s) gives way to the one before it, and that is said', (_, damage) => {
  checkpoints.save('teacher', snapshot(1), state);
  checkpoints.save('teacher', snapshot(2), state);
  const whole = readFileSync(path('teacher.safetensors'));
  const damaged = damage(whole);
  expect(damaged.equals(whole)).toBe(false);
  writeFileSync(path('teacher.safetensors'), damaged);
  expect(checkpoints.load('teacher')?.snapshot.progress).toBe('{"step":1}');
  expect(warnings).toEqual([expect.stringMatching(/teacher\.safetensors: .*; the one before it is used$/)]);
});

test('without any whole one the phase begins afresh, and that is said', () => {
  checkpoints.save('teacher', snapshot(1), state);
  writeFileSync(path('teacher.safetensors'), 'nothing');
  expect(checkpoints.load('teacher')).toBeUndefined();
  expect(warnings).toEqual([expect.stringMatching(/teacher\.safetensors: .*; teacher begins afresh$/)]);
});

test('a full disk leaves the checkpoint before, and nothing half-written', () => {
  checkpoints.save('teacher', snapshot(1), state);
  vi.mocked(fs.writeSync).mockImplementationOnce(() => {
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  });
  expect(() => checkpoints.save('teacher', snapshot(2), state)).toThrow(/ENOSPC/);
  expect(checkpoints.load('teacher')?.snapshot.progress).toBe('{"step":1}');
  expect(readdirSync(path('.'))).toEqual(['teacher.previous.safetensors']);
  checkpoints.save('teacher', snapshot(3), state);
  expect(checkpoints.load('teacher')?.snapshot.progress).toBe('{"step":3}');
});

test('all are gone once the run is done', () => {
  checkpoints.save('teacher', snapshot(1), state);
  checkpoints.clear();
  expect(existsSync(path('.'))).toBe(false);
});
