// Building libraries where compiler, cache or CPU are not as they should be: real compilers, real processes.
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { keyOf, loadLibrary } from '../../../src/engines/native/build.ts';
import { CacheError, cached, sha256 } from '../../../src/engines/native/cache.ts';
import { type Cpu, thisCpu } from '../../../src/engines/native/cpu.ts';
import {
  build,
  call,
  findCompiler,
  open,
  toolchain,
  versionOf,
} from '../../../src/engines/native/toolchain.ts';
import { finished } from '../../helpers/commands.ts';
import { program } from '../../helpers/program.ts';
import { answer } from './answer.ts';

const source = 'int run(int x) { return x + 1; }';

interface Finished {
  readonly value: unknown;
  readonly err: string;
}

let folder: string;
let env: NodeJS.ProcessEnv;
const at = (...names: string[]): string => join(folder, ...names);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'umbra-build-'));
  for (const name of ['cache', 'tmp', 'bin']) mkdirSync(at(name));
  const { CC: _, ...rest } = process.env;
  env = { ...rest, UMBRA_CACHE: at('cache'), TMPDIR: at('tmp') };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A process that builds `text` in a world that differs from ours by `changes`. */
async function inProcess(changes: NodeJS.ProcessEnv = {}, what = 'load', text = source): Promise<Finished> {
  const child = spawn(process.execPath, program('tests/engines/native/child.ts', what, text), {
    env: { ...env, ...changes },
  });
  const { out, err } = await finished(child);
  return { value: out === '' ? undefined : JSON.parse(out), err };
}

/** The same in this process, where nothing is kept in memory that matters. */
function here(changes: NodeJS.ProcessEnv = {}, what = 'load', text = source): Finished {
  let err = '';
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    err += chunk;
    return true;
  });
  for (const [name, value] of Object.entries({ CC: undefined, ...env, ...changes })) vi.stubEnv(name, value);
  try {
    return { value: answer(what, text), err };
  } finally {
    vi.unstubAllEnvs();
    spy.mockRestore();
  }
}

/** A compiler made of shell. */
function compilerOf(shell: string, name = 'mycc'): string {
  writeFileSync(at('bin', name), `#!/bin/sh\n${shell}\n`);
  chmodSync(at('bin', name), 0o755);
  return at('bin', name);
}

/** Every file in the cache that is no record of a compiler, the libraries. */
const libraries = (): string[] =>
  readdirSync(at('cache'), { recursive: true, encoding: 'utf8' })
    .map((name) => at('cache', name))
    .filter((path) => existsSync(path) && basename(path).length > 40 && basename(dirname(path)).length === 64)
    .filter((path) => readFileSync(path, 'latin1')[0] !== '{');

const whole = (): string[] => libraries().filter((path) => sha256(readFileSync(path)) === basename(path));

describe.runIf(spawnSync('cc', ['--version']).status === 0)('A library', () => {
  test('is compiled once, and later processes start no compiler at all', async () => {
    const CC = compilerOf(`echo called >> ${at('calls')}\nexec cc "$@"`);
    expect(await inProcess({ CC })).toEqual({ value: 42, err: '' });
    const calls = readFileSync(at('calls'), 'utf8');
    expect(calls.split('\n').length).toBeGreaterThan(2);
    expect(await inProcess({ CC })).toEqual({ value: 42, err: '' });
    expect(readFileSync(at('calls'), 'utf8')).toBe(calls);
    expect(whole()).toHaveLength(1);
  });

  test('is built again for another source, and by a compiler that has changed', async () => {
    const CC = compilerOf(`exec cc "$@"`);
    await inProcess({ CC });
    expect((await inProcess({ CC }, 'load', 'int run(int x) { return x + 2; }')).value).toBe(43);
    expect(whole()).toHaveLength(2);
    compilerOf(`if [ "$1" = --version ]; then echo newcc 9.9.9; else exec cc "$@"; fi`);
    utimesSync(CC, 1, 1);
    expect((await inProcess({ CC })).value).toBe(42);
    expect(readdirSync(at('cache'))).toHaveLength(5); // two compilers, and three libraries
  });

  test.each([
    [
      'flipped bits',
      (path: string) => {
        const bytes = readFileSync(path);
        bytes[bytes.length >> 1] ^= 0x55;
        writeFileSync(path, bytes);
      },
    ],
    ['its end cut off', (path: string) => truncateSync(path, 1000)],
    ['nothing left', (path: string) => truncateSync(path, 0)],
  ])('that lies in the cache with %s is built again, with one line of warning', async (_, damage) => {
    await inProcess();
    const [path] = whole();
    damage(path);
    const { value, err } = await inProcess();
    expect(value).toBe(42);
    expect(err).toBe(`umbra: ${path}: it is corrupt; it is built again\n`);
    expect(whole()).toEqual(libraries());
    expect(await inProcess()).toEqual({ value: 42, err: '' });
  });

  test('that lies in the cache whole, but does not load, is built again', async () => {
    await inProcess();
    const [path] = whole();
    rmSync(path);
    const bad = join(dirname(path), sha256('no library'));
    writeFileSync(bad, 'no library');
    const { value, err } = await inProcess();
    expect(value).toBe(42);
    expect(err).toMatch(/^umbra: .*; it is built again\n$/);
    expect(err).toContain(bad);
    expect(whole()).toHaveLength(1);
  });

  test('is right in several processes that all find the cache empty, and leaves one file', async () => {
    const done = await Promise.all([1, 2, 3, 4].map(() => inProcess()));
    for (const each of done) expect(each).toEqual({ value: 42, err: '' });
    expect(libraries()).toEqual(whole());
    expect(whole()).toHaveLength(1);
  });

  test('is right in several processes that all find it corrupt', async () => {
    await inProcess();
    truncateSync(whole()[0], 100);
    const done = await Promise.all([1, 2, 3, 4].map(() => inProcess()));
    expect(done.map(({ value }) => value)).toEqual([42, 42, 42, 42]);
  });

  test.each([
    [
      'is a file',
      () => {
        writeFileSync(at('taken'), '');
        return at('taken');
      },
    ],
    ['cannot be made', () => '/proc/umbra'],
  ])('is built in a folder of its own where the cache %s, and that is said once', async (_, place) => {
    const { value, err } = await inProcess({ UMBRA_CACHE: place() });
    expect(value).toBe(42);
    expect(err).toMatch(
      /^umbra: nothing can be kept in .*; set UMBRA_CACHE to a folder that can be written\n$/,
    );
    expect(readdirSync(at('tmp')).filter((name) => name.startsWith('umbra'))).toEqual([]);
  });

  test('is built in a folder of its own where the disk of the cache is full, and that is said once', async () => {
    // as ld says it, where the output is to lie in the cache
    const CC = compilerOf(
      `case "$*" in *"-o ${at('cache')}"*) echo "ld: final link failed: No space left on device" >&2; exit 1;; esac; exec cc "$@"`,
    );
    const { value, err } = await inProcess({ CC });
    expect(value).toBe(42);
    expect(err).toBe(
      `umbra: nothing can be kept in ${at('cache')} (its disk is full), so everything is compiled anew; free some space, or set UMBRA_CACHE to a folder on another disk\n`,
    );
    expect(readdirSync(at('tmp')).filter((name) => name.startsWith('umbra'))).toEqual([]);
    expect(libraries()).toEqual([]);
  });

  test('cannot be built where the disk of TMPDIR is full, which is said with the way out', () => {
    const full = `no space is left in ${at('tmp')}, where files are compiled; free some, or set TMPDIR to a folder on another disk`;
    const cc1 = `echo "cc1: fatal error: error writing to /tmp/ccX.s: No space left on device" >&2; exit 1`;
    expect(here({ CC: compilerOf(cc1) })).toEqual({
      value: `CompilerError: ${full}; or choose --engine wasm`,
      err: '',
    });
    const late = compilerOf(`[ ! -e ${at('filled')} ] || { ${cc1}; }; exec cc "$@"`, 'late');
    expect(here({ CC: late }).value).toBe(42);
    writeFileSync(at('filled'), '');
    const other = 'int run(int x) { return x + 4; }';
    expect(here({ CC: late }, 'load', other)).toEqual({ value: `CacheError: ${full}`, err: '' });
  });

  test('cannot be built where there is no folder for it at all, which is said with the way out', () => {
    vi.stubEnv('UMBRA_CACHE', '/proc/umbra');
    vi.stubEnv('TMPDIR', at('nowhere'));
    try {
      const make = (path: string): void => writeFileSync(path, '');
      expect(() => cached('key', make, () => 1)).toThrow(CacheError);
      expect(() => cached('key', make, () => 1)).toThrow(
        /^neither \/proc\/umbra nor \/.*\/nowhere can be written \(ENOENT.*\); set UMBRA_CACHE to a folder that can$/,
      );
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test('made for a CPU with other features is not used on this one', () => {
    const before = process.env.UMBRA_CACHE;
    process.env.UMBRA_CACHE = at('cache');
    try {
      const other: Cpu = { ...thisCpu(), flags: [...thisCpu().flags, 'avx1024'] };
      const compiler = findCompiler(other);
      if ('missing' in compiler) throw new Error(compiler.missing);
      const wrong = 'int run(int x) { return -x; }'; // stands for one that this CPU cannot run
      cached(keyOf(source, compiler, other), (path) => build(compiler, wrong, path), open);
      const run = (cpu?: Cpu): unknown => loadLibrary(source, cpu).func('run', 'int', ['int'])(41);
      expect(run(other)).toBe(-41);
      expect(run()).toBe(42);
    } finally {
      if (before === undefined) delete process.env.UMBRA_CACHE;
      else process.env.UMBRA_CACHE = before;
    }
  });

  test('of wrong C gives the compiler and its first error in one line', () => {
    const { value, err } = here({}, 'load', 'int run(int x) { return y; }');
    expect(err).toBe('');
    expect(value).toMatch(
      /^CompilerError: \/.*cc: <stdin>:1:\d+: error: .*y.*; install gcc or clang, or choose --engine wasm$/,
    );
    expect(libraries()).toEqual([]);
  });

  test('that comes out as garbage, after the compiler was tried, gives one line', async () => {
    const CC = compilerOf(
      `[ -e ${at('break')} ] || exec cc "$@"\nwhile [ "$1" != -o ]; do shift; done\necho garbage > "$2"`,
    );
    expect((await inProcess({ CC })).value).toBe(42);
    writeFileSync(at('break'), '');
    const { value } = await inProcess({ CC }, 'load', 'int run(int x) { return x + 3; }');
    expect(value).toMatch(
      /^CompilerError: .*mycc: what it builds cannot be loaded \(.*\); install gcc or clang, or .*$/,
    );
  });

  test('is built by a CC that is several words', () => {
    expect(here({ CC: 'cc -DSTEP=5' }, 'load', 'int run(int x) { return x + STEP; }').value).toBe(46);
  });
});

describe('The toolchain', () => {
  const missing = 'install gcc or clang, or choose --engine wasm';

  test('is missing where nothing on the PATH is called cc', () => {
    const PATH = at('bin');
    expect(here({ PATH })).toEqual({
      value: `CompilerError: no C compiler: 'cc' is not on the PATH; ${missing}`,
      err: '',
    });
    expect(here({ PATH }, 'toolchain').value).toEqual({
      missing: "no C compiler: 'cc' is not on the PATH",
    });
  });

  test('is missing where CC names nothing', () => {
    const { value } = here({ CC: 'mycc -O1' }, 'toolchain');
    expect(value).toEqual({ missing: "no C compiler: 'mycc' is not on the PATH, but CC names it" });
  });

  test.each([
    [
      'fails',
      'echo "mycc: note" >&2; echo "mycc: fatal error: no input" >&2; exit 1',
      'mycc: fatal error: no input',
    ],
    ['fails without a word', 'exit 3', 'it failed with exit code 3'],
    ['does nothing', 'exit 0', 'it built nothing'],
    [
      'writes garbage',
      'while [ $# -gt 0 ]; do [ "$1" = -o ] && echo garbage > "$2"; shift; done',
      'what it builds cannot be loaded',
    ],
  ])('is missing where the compiler %s, and says so in one line', (_, shell, said) => {
    const CC = compilerOf(shell);
    const { value, err } = here({ CC });
    expect(err).toBe('');
    expect(value).toContain(`CompilerError: the C compiler does not work: ${CC}: ${said}`);
    expect(value).toContain(missing);
    expect(value).not.toContain('\n');
  });

  test.each([
    ['is killed', 'kill -9 $$', 'it was killed (SIGKILL); free some memory'],
    ['crashes', 'kill -SEGV $$', 'it crashed (SIGSEGV); name another compiler with CC'],
    [
      'has a part killed',
      'echo "gcc: fatal error: Killed signal terminated program cc1" >&2; exit 1',
      'gcc: fatal error: Killed signal terminated program cc1; free some memory',
    ],
    [
      'runs out of memory',
      'echo "cc1: out of memory allocating 65536 bytes" >&2; exit 1',
      'cc1: out of memory allocating 65536 bytes; free some memory',
    ],
    [
      'finds a bug of its own',
      'echo "x.c:1: internal compiler error: Segmentation fault" >&2; exit 4',
      'x.c:1: internal compiler error: Segmentation fault; name another compiler with CC',
    ],
  ])('that %s is not to be installed', (_, shell, said) => {
    const CC = compilerOf(shell);
    const { value, err } = here({ CC });
    expect([value, err]).toEqual([
      `CompilerError: the C compiler does not work: ${CC}: ${said}, or choose --engine wasm`,
      '',
    ]);
  });

  test('that takes too long is not to be installed', () => {
    const path = compilerOf('sleep 10');
    expect(() => call({ path, args: [] }, [], '', 100)).toThrow(
      `${path}: it took longer than 0.1 s; give it less to compile at once, or choose --engine wasm`,
    );
  });

  test('is tried again once it is mended', async () => {
    const CC = compilerOf('exit 1');
    expect((await inProcess({ CC }, 'toolchain')).value).toHaveProperty('missing');
    if (spawnSync('cc', ['--version']).status !== 0) return;
    compilerOf('exec cc "$@"');
    expect((await inProcess({ CC }, 'toolchain')).value).toMatchObject({ compiler: CC });
  });

  test('gives up on a compiler that hangs, and leaves nothing running that it started', async () => {
    const file = at('pid');
    const path = compilerOf(`sleep 1000 & echo $! > ${file}; wait`);
    expect(() => call({ path, args: [] }, ['--version'], '', 1000)).toThrow(
      `${path}: it took longer than 1 s`,
    );
    const isGone = (): boolean => {
      try {
        // a process that was killed but not yet waited for still has a number
        return /^State:\s*Z/m.test(readFileSync(`/proc/${readFileSync(file, 'utf8').trim()}/status`, 'utf8'));
      } catch {
        return true;
      }
    };
    await vi.waitFor(() => expect(isGone()).toBe(true), { timeout: 10_000 });
  });

  test.each([
    [
      'gcc 12.2.0',
      'cc (Debian 12.2.0-14+deb12u1) 12.2.0\nCopyright (C) 2022 Free Software Foundation, Inc.\n',
    ],
    [
      'gcc 8.5.0',
      'gcc (GCC) 8.5.0 20210514 (Red Hat 8.5.0-22)\nCopyright (C) 2018 Free Software Foundation, Inc.\n',
    ],
    ['clang 14.0.6', 'Debian clang version 14.0.6\nTarget: x86_64-pc-linux-gnu\n'],
    [
      'Apple clang 15.0.0',
      'Apple clang version 15.0.0 (clang-1500.3.9.4)\nTarget: arm64-apple-darwin23.5.0\n',
    ],
    ['tcc version 0.9.27 (x86_64 Linux)', 'tcc version 0.9.27 (x86_64 Linux)\n'],
  ])('is called %s', (expected, banner) => {
    expect(versionOf(banner)).toBe(expected);
  });

  test('names what was found', () => {
    const found = toolchain();
    if (!('missing' in found)) expect(found.version).toMatch(/^\S.* \d/);
  });
});
