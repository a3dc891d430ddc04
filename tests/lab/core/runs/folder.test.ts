import * as fs from 'node:fs';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  createRunFolder as create,
  defaultRunPath,
  type Plan,
  RunError,
  type RunFolder,
  resumeRunFolder,
} from '../../../../src/lab/core/runs/folder.ts';
import { ResultError, readResult } from '../../../../src/lab/core/runs/result.ts';
import { sampleResult } from './sample.ts';

vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  return { ...real, writeSync: vi.fn(real.writeSync) };
});

let root: string;
const open: RunFolder[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'umbra-runs-'));
});
afterEach(() => {
  for (const folder of open.splice(0)) folder.release();
  rmSync(root, { recursive: true });
});

const planned: Plan = { experiment: 'mnist', config: { preset: 'quick', hidden: [256, 256] }, inputs: {} };
const warnings: string[] = [];

function createRunFolder(path: string): RunFolder {
  const folder = create(path, planned, (line) => warnings.push(line));
  open.push(folder);
  return folder;
}

function resume(path: string): RunFolder {
  const folder = resumeRunFolder(path, (line) => warnings.push(line));
  open.push(folder);
  return folder;
}

describe('a run folder', () => {
  test('is made with the folders above it, its config and its lock', () => {
    const folder = createRunFolder(join(root, 'a', 'b'));
    expect(folder.directory).toBe(join(root, 'a', 'b'));
    expect(readdirSync(folder.directory).sort()).toEqual(['config.json', 'lock', 'metrics.jsonl']);
  });

  test('knows the paths of its models', () => {
    expect(createRunFolder(root).path('teacher.safetensors')).toBe(join(root, 'teacher.safetensors'));
  });

  test('holds config, metrics and result of a run', () => {
    const folder = createRunFolder(root);
    const result = sampleResult({ teacher: [0.9] });
    expect(JSON.parse(readFileSync(join(root, 'config.json'), 'utf8'))).toEqual(planned);
    expect(readFileSync(join(root, 'metrics.jsonl'), 'utf8')).toBe('');
    folder.metric({ phase: 'teacher', step: 1, loss: [2.3, 2.4] });
    folder.metric({ phase: 'teacher', step: 2, text: 'two\nlines' });
    expect(readFileSync(join(root, 'metrics.jsonl'), 'utf8')).toBe(
      '{"phase":"teacher","step":1,"loss":[2.3,2.4]}\n{"phase":"teacher","step":2,"text":"two\\nlines"}\n',
    );
    folder.finish(result);
    expect(readResult(join(root, 'result.json'))).toEqual(result);
    folder.release();
    expect(readdirSync(root).sort()).toEqual(['config.json', 'metrics.jsonl', 'result.json']);
  });

  test('writes numbers that JSON lacks as words', () => {
    const folder = createRunFolder(root);
    folder.metric({ loss: [Number.NaN, Number.POSITIVE_INFINITY, { deep: Number.NEGATIVE_INFINITY }] });
    expect(readFileSync(join(root, 'metrics.jsonl'), 'utf8')).toBe(
      '{"loss":["NaN","Infinity",{"deep":"-Infinity"}]}\n',
    );
  });

  test('of a run that was cut short is kept: it can be gone on with, and is not begun afresh', () => {
    const first = createRunFolder(root);
    first.metric({ step: 1 });
    first.release();
    expect(() => createRunFolder(root)).toThrow(
      new RunError(
        `${root}: this folder holds a run that was cut short; --resume goes on with it, or choose another folder`,
      ),
    );
    const second = resume(root);
    expect(second.plan).toEqual(planned);
    second.metric({ step: 1 });
    second.metric({ step: 2 });
    expect(readFileSync(join(root, 'metrics.jsonl'), 'utf8')).toBe('{"step":1}\n{"step":2}\n');
  });

  test('keeps metrics that a resumed run gives again, and drops what lies behind the first that differs', () => {
    const first = createRunFolder(root);
    for (const step of [1, 2, 3, 4, 5]) first.metric({ step });
    first.release();
    const second = resume(root);
    const line = '{"step":1}\n'.length;
    expect(second.syncMetrics()).toBe(0);
    second.metric({ step: 1 });
    expect(second.syncMetrics()).toBe(line);
    second.skipMetrics(3 * line); // as where a phase is known to be done
    second.metric({ step: 4 });
    expect(readFileSync(join(root, 'metrics.jsonl'), 'utf8')).toHaveLength(5 * line);
    second.metric({ step: 7 });
    expect(readFileSync(join(root, 'metrics.jsonl'), 'utf8')).toBe(
      [1, 2, 3, 4, 7].map((step) => `{"step":${step}}\n`).join(''),
    );
  });

  test('is locked: a second run in it is refused while the first goes on', () => {
    createRunFolder(root);
    expect(() => resume(root)).toThrow(/another run is going on in this folder/);
  });

  test('is not resumed where there is no run, another file, or a finished one', () => {
    expect(() => resume(root)).toThrow(
      new RunError(`${root}: there is no run to resume; leave out --resume to begin one`),
    );
    writeFileSync(join(root, 'config.json'), '{"editor": "vim"}');
    expect(() => resume(root)).toThrow(/config\.json: this is no run's; choose another folder/);
    rmSync(join(root, 'config.json'));
    const folder = createRunFolder(root);
    folder.finish(sampleResult({ teacher: [0.9] }));
    folder.release();
    expect(() => resume(root)).toThrow(/this folder holds a finished run/);
  });

  test('of a run that was killed before it wrote anything but its lock is taken', () => {
    writeFileSync(join(root, 'lock'), '1234\n');
    writeFileSync(join(root, 'metrics.jsonl'), '');
    writeFileSync(join(root, 'config.json.1234.tmp'), '{');
    expect(createRunFolder(root).directory).toBe(root);
  });

  test('of a finished run is refused', () => {
    const folder = createRunFolder(root);
    folder.finish(sampleResult({ teacher: [0.9] }));
    folder.release();
    expect(() => createRunFolder(root)).toThrow(
      new RunError(
        `${root}: this folder holds a finished run (result.json); choose another for the new one, or delete it`,
      ),
    );
  });

  test('refuses a result that is none', () => {
    const folder = createRunFolder(root);
    expect(() => folder.finish(sampleResult({ teacher: [2] }))).toThrow(ResultError);
    expect(existsSync(join(root, 'result.json'))).toBe(false);
  });

  test('is refused where a file is, or a folder below one', () => {
    const file = join(root, 'file');
    writeFileSync(file, 'mine');
    expect(() => createRunFolder(file)).toThrow(
      new RunError(`${file}: this is a file; choose another path for the run folder`),
    );
    expect(() => createRunFolder(join(file, 'run'))).toThrow(
      new RunError(`${join(file, 'run')}: a part of this path is a file, not a folder; check the path`),
    );
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  test('is refused where a folder holds other things', () => {
    writeFileSync(join(root, 'thesis.tex'), 'mine');
    expect(() => createRunFolder(root)).toThrow(
      new RunError(
        `${root}: this folder holds something else than a run; choose a new or an empty one for the run folder`,
      ),
    );
    expect(readdirSync(root)).toEqual(['thesis.tex']);
  });

  test('after a full disk has no half line, and the next line is whole', () => {
    const folder = createRunFolder(root);
    folder.metric({ step: 1 });
    vi.mocked(fs.writeSync)
      .mockImplementationOnce((file) => fs.writevSync(file, [Buffer.from('{"ste')]))
      .mockImplementationOnce(() => {
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      });
    expect(() => folder.metric({ step: 2 })).toThrow(
      new RunError(
        `${join(root, 'metrics.jsonl')}: the disk is full; free some space, or choose a folder on another disk`,
      ),
    );
    folder.metric({ step: 3 });
    expect(readFileSync(join(root, 'metrics.jsonl'), 'utf8')).toBe('{"step":1}\n{"step":3}\n');
  });

  test('on a full disk is not begun, says so, and can be begun later', () => {
    vi.mocked(fs.writeSync)
      .mockImplementationOnce((file, text) => fs.writevSync(file, [Buffer.from(String(text))])) // the lock's
      .mockImplementationOnce(() => {
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      });
    expect(() => createRunFolder(root)).toThrow(/the disk is full; free some space/);
    expect(readdirSync(root)).toEqual(['metrics.jsonl']);
    expect(createRunFolder(root).plan).toEqual(planned);
  });
});

describe('defaultRunPath', () => {
  const now = new Date(2026, 10, 3, 9, 5);

  test('names the time, what runs, and the seed', () => {
    expect(defaultRunPath('runs', 'mnist', 'quick', 0, now)).toBe(
      join('runs', '2026-11-03-0905-mnist-quick-seed0'),
    );
  });

  test('counts on where a run exists', () => {
    for (const end of ['', '-2', '-3']) {
      const path = defaultRunPath(root, 'mnist', 'paper', 7, now);
      expect(path).toBe(join(root, `2026-11-03-0905-mnist-paper-seed7${end}`));
      mkdirSync(path);
    }
  });
});
