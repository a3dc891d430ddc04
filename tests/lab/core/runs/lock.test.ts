// The lock of a run folder, between real processes.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RunError } from '../../../../src/lab/core/runs/folder.ts';
import { holderOf, LockedError, lockFolder } from '../../../../src/lab/core/runs/lock.ts';
import { program } from '../../../helpers/program.ts';

let folder: string;
const running = new Set<ChildProcess>();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'umbra-lock-'));
});
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** A process that runs the script, and the first that it says. */
async function inProcess(...args: string[]): Promise<{ child: ChildProcess; said: unknown }> {
  const child = spawn(process.execPath, program('tests/lab/core/runs/holder.ts', ...args), {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return { child, said: JSON.parse(String(line)) };
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

const lock = (): string => join(folder, 'lock');

describe('A folder that is locked', () => {
  test('is refused to a second process, which learns who has it', async () => {
    const { child, said } = await inProcess('hold', folder);
    expect(said).toEqual({ held: true });
    const holder = { pid: child.pid ?? 0, host: hostname() };
    const line = `${folder}: another run is going on in this folder (process ${child.pid}); wait for it, or choose another folder`;
    expect(() => lockFolder(folder)).toThrow(new LockedError(line, holder));
    expect(holderOf(folder)).toEqual(holder);
    expect((await inProcess('hold', folder)).said).toEqual({ refused: `LockedError: ${line}` });
  });

  test('is refused to a second run of the same process, and given to it after the release', () => {
    const first = lockFolder(folder);
    expect(readFileSync(lock(), 'utf8')).toBe(`${process.pid}@${hostname()}\n`);
    expect(() => lockFolder(folder)).toThrow(RunError);
    first.release();
    expect(readdirSync(folder)).toEqual([]);
    expect(holderOf(folder)).toBeUndefined();
    const second = lockFolder(folder);
    first.release(); // must not give away what is the second's now
    expect(() => lockFolder(folder)).toThrow(RunError);
    second.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('says that it is taken also where the holder has not yet written its number', () => {
    const first = lockFolder(folder);
    for (const text of ['', 'nobody\n', '12 34', '12\n', '12@a b\n', '\u0000']) {
      writeFileSync(lock(), text);
      expect(() => lockFolder(folder)).toThrow(
        new LockedError(
          `${folder}: another run is going on in this folder; wait for it, or choose another folder`,
        ),
      );
      expect(holderOf(folder)).toBe('somebody');
    }
    first.release();
  });

  test('says on which machine, where that is another', () => {
    const first = lockFolder(folder);
    writeFileSync(lock(), '12@node-3.cluster\n');
    expect(() => lockFolder(folder)).toThrow('(process 12 on node-3.cluster)');
    expect(holderOf(folder)).toEqual({ pid: 12, host: 'node-3.cluster' });
    first.release();
  });

  test('does not hinder runs in other folders', () => {
    for (const name of ['a', 'b']) mkdirSync(join(folder, name));
    const locks = ['a', 'b'].map((name) => lockFolder(join(folder, name)));
    for (const { release } of locks) release();
  });

  test('is free at once after its holder was killed, though the file is left', async () => {
    for (let i = 0; i < 3; i++) {
      const { child, said } = await inProcess('hold', folder);
      expect(said).toEqual({ held: true });
      await kill(child);
      expect(existsSync(lock())).toBe(true);
    }
    lockFolder(folder).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test.skipIf(process.platform === 'win32')(
    'is free after its holder was killed also while a child of the holder lives on',
    async () => {
      const { child, said } = await inProcess('parent', folder);
      const left = Number(Reflect.get(Object(said), 'child'));
      await kill(child);
      expect(process.kill(left, 0)).toBe(true);
      lockFolder(folder).release();
      process.kill(left);
    },
  );

  test('is free and without its file after its holder released it', async () => {
    const { child } = await inProcess('hold', folder);
    const gone = once(child, 'exit');
    child.stdin?.write('release\n');
    await gone;
    expect(readdirSync(folder)).toEqual([]);
    lockFolder(folder).release();
  });

  test('has one holder at a time, however they take turns', async () => {
    const turns = await Promise.all([1, 2, 3].map(() => inProcess('turns', folder, '500')));
    expect(turns.map(({ said }) => said)).toEqual([1, 2, 3].map(() => ({ had: 500, clashes: 0 })));
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('A lock file that was left behind', () => {
  test.each([
    ['is empty', ''],
    ['names a process that runs', `${process.pid}\n`],
    ['is longer than a number', 'x'.repeat(10_000)],
  ])('is no obstacle where it %s', (_, text) => {
    writeFileSync(lock(), text);
    const held = lockFolder(folder);
    expect(readFileSync(lock(), 'utf8')).toBe(`${process.pid}@${hostname()}\n`);
    held.release();
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('A folder that cannot be locked', () => {
  test('gives one line where there is none, where a file is, and where the lock is a folder', () => {
    const none = join(folder, 'none');
    expect(() => lockFolder(none)).toThrow(
      new RunError(`${join(none, 'lock')}: there is no such file or folder; check the path`),
    );
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(() => lockFolder(file)).toThrow(
      new RunError(`${join(file, 'lock')}: a part of this path is a file, not a folder; check the path`),
    );
    mkdirSync(lock());
    expect(() => lockFolder(folder)).toThrow(
      new RunError(`${lock()}: this is a folder, not a file; check the path`),
    );
  });

  test.skipIf(process.platform === 'win32')('gives one line where it may not be written to', () => {
    const root = process.geteuid?.() === 0;
    chmodSync(folder, 0o555);
    try {
      if (root) process.seteuid?.(65534); // root may write anywhere
      expect(() => lockFolder(folder)).toThrow(
        new RunError(
          `${lock()}: you have no permission; choose another place, or change who may use this one`,
        ),
      );
    } finally {
      if (root) process.seteuid?.(0);
      chmodSync(folder, 0o755);
    }
  });
});
