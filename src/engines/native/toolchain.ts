// The system's C compiler: which one it is, whether it works, and how it is called.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join, resolve } from 'node:path';
import type koffi from 'koffi';
import type { LibraryHandle } from 'koffi';
import { EngineError } from '../../graph/index.ts';
import { CacheError, cached, cacheFolder, firstLine, fullDisk, sha256 } from './cache.ts';
import { type Cpu, thisCpu, type Vectors, vectorsOf } from './cpu.ts';

export const optimization = '-O2';

// gcc 12.2 gives wrong elements where it vectorises a loop whose branches load from different places, and wrong
// sums where it vectorises two nested ones that read backwards; what is worth it is written with vectors. Of two
// functions that are the same it makes one, and then drops what the call in the other's stead should store. Products are
// up to 4 % slower where their innermost loop begins in the middle of a line of the cache.
const flags = [
  optimization,
  '-fwrapv',
  '-fno-tree-loop-if-convert',
  '-fno-tree-loop-vectorize',
  '-fno-ipa-icf',
  '-fno-math-errno',
  '-falign-loops=64',
  '-Wno-psabi',
  '-Werror=implicit-function-declaration',
  '-shared',
  '-fPIC',
] as const;
const libraries = ['-lm', '-pthread'] as const;

/** Ways to ask for code for this very CPU; a compiler gets the first that it takes. */
const targets = process.arch === 'arm64' ? ['-mcpu=native', '-march=native', ''] : ['-march=native', ''];

/** How long the compiler may take, in milliseconds; what it compiles has so much more a character. */
const patience = { version: 10_000, compile: 60_000, character: 0.2 };

/** What helps where there is no compiler that works. */
const install = 'install gcc or clang, or choose --engine wasm';

/** C that could not be made into a library. The message, one line, names the compiler, its complaint and the way out. */
export class CompilerError extends EngineError {
  override name = 'CompilerError';
  constructor(
    readonly reason: string,
    readonly wayOut = install,
  ) {
    super(`${reason}; ${wayOut}`);
  }
}

/** Why there is no compiler, and what helps. */
export interface Missing {
  readonly missing: string;
  readonly wayOut: string;
}

/** A compiler that was found, and how it is called. */
interface Command {
  readonly path: string;
  /** What CC says after the compiler's name, as in CC='ccache gcc'. */
  readonly args: readonly string[];
}

export interface Compiler extends Command {
  /** All that it says of its version. */
  readonly banner: string;
  /** How it is asked for code for this CPU; empty if it cannot be asked. */
  readonly target: string;
}

export interface Toolchain {
  /** The compiler's path. */
  readonly compiler: string;
  /** Its name and version, as in "gcc 12.2.0". */
  readonly version: string;
  readonly features: Vectors;
}

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
};

/** The program called `name`: a path, or a name to look up on the PATH. */
function locate(name: string): string | undefined {
  const places = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const paths = /[/\\]/.test(name) ? [resolve(name)] : places.map((folder) => join(resolve(folder), name));
  return paths.find(isProgram);
}

/** The compiler that CC names, or else `cc`. */
function findCommand(): Command | Missing {
  const asked = process.env.CC?.trim();
  if (asked && isProgram(asked)) return { path: resolve(asked), args: [] };
  const [name, ...args] = asked ? asked.split(/\s+/) : ['cc'];
  const path = locate(name);
  if (path) return { path, args };
  const where = /[/\\]/.test(name) ? 'is no program' : 'is not on the PATH';
  return {
    missing: `no C compiler: '${name}' ${where}${asked ? ', but CC names it' : ''}`,
    wayOut: install,
  };
}

/** What a compiler says that failed for want of something, or of its own fault, and what helps. */
const causes: readonly { readonly says: RegExp; readonly wayOut: string }[] = [
  { says: fullDisk, wayOut: 'free some space, or choose --engine wasm' },
  {
    says: /cannot create temporary file/i,
    wayOut: 'set TMPDIR to a folder that can be written, or choose --engine wasm',
  },
  {
    says: /out of memory|cannot allocate memory|memory exhausted|\bkilled\b|ENOMEM|EAGAIN/i,
    wayOut: 'free some memory, or choose --engine wasm',
  },
  {
    says: /internal compiler error|\bcrashed\b/i,
    wayOut: 'name another compiler with CC, or choose --engine wasm',
  },
];

/** The error that the compiler at `path` said `said`, with the way out that this leaves. */
const failure = (path: string, said: string): CompilerError =>
  new CompilerError(`${path}: ${said}`, causes.find(({ says }) => says.test(said))?.wayOut);

/** The line of a compiler's complaints that says most. */
function complaint(text: string): string {
  const lines = text.split('\n').map((line) => line.replace(/\p{Cc}+/gu, ' ').trim());
  const says = [...causes.map((cause) => cause.says), /\berror\b/i, /./];
  const line = says.map((pattern) => lines.find((it) => pattern.test(it))).find(Boolean) ?? '';
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

/** What `command` prints when it is called with `args`. Throws CompilerError if it fails. */
export function call(
  { path, args: first }: Command,
  args: readonly string[],
  input: string,
  timeout: number,
): string {
  const options = {
    input,
    timeout,
    killSignal: 'SIGKILL',
    detached: true, // in a group of its own, with the programs that it starts
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    env: { ...process.env, LC_ALL: 'C' },
  } as const;
  const { pid, status, signal, error, stdout, stderr } = spawnSync(path, [...first, ...args], options);
  if (error && 'code' in error && error.code === 'ETIMEDOUT') {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {} // nothing of it is left
    throw new CompilerError(
      `${path}: it took longer than ${timeout / 1000} s`,
      'give it less to compile at once, or choose --engine wasm',
    );
  }
  if (status === 0) return stdout;
  const said = complaint(stderr) || complaint(stdout);
  if (status !== null) throw failure(path, said || `it failed with exit code ${status}`);
  if (signal) throw failure(path, `it ${signal === 'SIGKILL' ? 'was killed' : 'crashed'} (${signal})`);
  throw failure(path, `it cannot be started (${error ? firstLine(error) : 'no reason given'})`);
}

/** Every argument but the output, for the C that comes in on standard input. */
export const argumentsFor = (target: string): string[] => [
  ...flags,
  ...(target ? [target] : []),
  '-x',
  'c',
  '-',
];

/** Compiles `source` into a library at `path`. Throws CompilerError. */
export function build(compiler: Compiler, source: string, path: string): void {
  const timeout = 1000 * Math.ceil((patience.compile + patience.character * source.length) / 1000);
  call(compiler, [...argumentsFor(compiler.target), '-o', path, ...libraries], source, timeout);
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0)
    throw new CompilerError(`${compiler.path}: it built nothing`);
}

/** koffi, loaded when it is first needed: an installation without it still has the other engines. */
const ffi = (): typeof koffi => createRequire(import.meta.url)('koffi');

/** Loads the library at `path`. Throws what koffi throws. */
export const open = (path: string): LibraryHandle => ffi().load(path);

/** C with the headers, the libraries and the linking that every program needs. */
const trial = `#include <stdint.h>
#include <stdlib.h>
#include <math.h>
#include <pthread.h>
double run(double x) { pthread_self(); return exp(x); }
`;

/** Asks the compiler for its version, and tries how it is called. Throws CompilerError where it does not work. */
function probe(command: Command, scratch: string): Compiler {
  const banner = call(command, ['--version'], '', patience.version);
  const attempt = (target: string): Compiler => {
    const compiler = { ...command, banner, target };
    try {
      build(compiler, trial, scratch);
      open(scratch).unload();
      return compiler;
    } catch (error) {
      if (error instanceof CompilerError) throw error;
      throw new CompilerError(`${command.path}: what it builds cannot be loaded (${firstLine(error)})`);
    } finally {
      rmSync(scratch, { force: true });
    }
  };
  for (const target of targets.slice(0, -1))
    try {
      return attempt(target);
    } catch {}
  return attempt('');
}

/** "gcc 12.2.0" out of what a compiler prints about itself. */
export function versionOf(banner: string): string {
  const [line] = banner.split('\n');
  const clang = /((?:Apple )?clang) version (\d[\w.]*)/.exec(line);
  if (clang) return `${clang[1]} ${clang[2]}`;
  const number = /(\d+(?:\.\d+)+)\S*$/.exec(line);
  if (number && banner.includes('Free Software Foundation')) return `gcc ${number[1]}`;
  return line.trim().slice(0, 40);
}

const known = new Map<string, Compiler | Missing>();

/** The compiler, tried once and remembered in the cache as long as its file stays as it is. */
export function findCompiler(cpu: Cpu = thisCpu()): Compiler | Missing {
  const command = findCommand();
  if ('missing' in command) return command;
  const { mtimeMs, size } = statSync(command.path);
  const key = sha256(
    JSON.stringify(['compiler', command, mtimeMs, size, cpu, flags, targets, libraries, trial]),
  );
  const place = `${key} ${cacheFolder()}`;
  const found = known.get(place) ?? remembered(command, key);
  known.set(place, found);
  return found;
}

function remembered(command: Command, key: string): Compiler | Missing {
  try {
    return cached(
      key,
      (path) => writeFileSync(path, JSON.stringify(probe(command, `${path}.library`))),
      (path): Compiler => JSON.parse(readFileSync(path, 'utf8')),
    );
  } catch (error) {
    if (error instanceof CacheError) return { missing: error.message, wayOut: 'or choose --engine wasm' };
    const { reason, wayOut } =
      error instanceof CompilerError ? error : { reason: firstLine(error), wayOut: install };
    return { missing: `the C compiler does not work: ${reason}`, wayOut };
  }
}

/** The C compiler that programs are built with, or why there is none. */
export function toolchain(): Toolchain | { readonly missing: string } {
  const found = findCompiler();
  if ('missing' in found) return { missing: found.missing };
  try {
    ffi();
  } catch (error) {
    return { missing: `koffi, which calls C, does not load: ${firstLine(error)}` };
  }
  return { compiler: found.path, version: versionOf(found.banner), features: vectorsOf(thisCpu()) };
}
