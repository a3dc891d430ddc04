// The system's C compiler: which one it is, whether it works, and how it is called.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join, resolve } from 'node:path';
import type koffi from 'koffi';
import type { LibraryHandle } from 'koffi';
import { EngineError } from '../../graph/index.ts';
import { cached, cacheFolder, firstLine, sha256 } from './cache.ts';
import { type Cpu, thisCpu, type Vectors, vectorsOf } from './cpu.ts';

export const optimization = '-O2';

// gcc 12.2 gives wrong elements where it vectorises a loop whose branches load from different places, and wrong
// sums where it vectorises two nested ones that read backwards; what is worth it is written with vectors. Of two
// functions that are the same it makes one, and then drops what the call in the other's stead should store.
const flags = [
  optimization,
  '-fwrapv',
  '-fno-tree-loop-if-convert',
  '-fno-tree-loop-vectorize',
  '-fno-ipa-icf',
  '-fno-math-errno',
  '-Wno-psabi',
  '-shared',
  '-fPIC',
] as const;
const libraries = ['-lm', '-pthread'] as const;

/** Ways to ask for code for this very CPU; a compiler gets the first that it takes. */
const targets = process.arch === 'arm64' ? ['-mcpu=native', '-march=native', ''] : ['-march=native', ''];

/** How long the compiler may take, in milliseconds. */
const patience = { version: 10_000, compile: 60_000 };

/** C that could not be made into a library. The message, one line, names the compiler, its complaint and the way out. */
export class CompilerError extends EngineError {
  override name = 'CompilerError';
  constructor(readonly reason: string) {
    super(`${reason}; install gcc or clang, or choose --engine wasm`);
  }
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
function findCommand(): Command | { readonly missing: string } {
  const asked = process.env.CC?.trim();
  if (asked && isProgram(asked)) return { path: resolve(asked), args: [] };
  const [name, ...args] = asked ? asked.split(/\s+/) : ['cc'];
  const path = locate(name);
  if (path) return { path, args };
  const where = /[/\\]/.test(name) ? 'is no program' : 'is not on the PATH';
  return { missing: `no C compiler: '${name}' ${where}${asked ? ', but CC names it' : ''}` };
}

/** The line of a compiler's complaints that says most. */
function complaint(text: string): string {
  const lines = text.split('\n').map((line) => line.replace(/\p{Cc}+/gu, ' ').trim());
  const line = lines.find((it) => /\berror\b/i.test(it)) ?? lines.find((it) => it !== '') ?? '';
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
    throw new CompilerError(`${path}: it took longer than ${timeout / 1000} s`);
  }
  if (status === 0) return stdout;
  const said = complaint(stderr) || complaint(stdout);
  if (status !== null) throw new CompilerError(`${path}: ${said || `it failed with exit code ${status}`}`);
  if (signal) throw new CompilerError(`${path}: it was killed (${signal})`);
  throw new CompilerError(`${path}: it cannot be started (${error ? firstLine(error) : 'no reason given'})`);
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
  call(compiler, [...argumentsFor(compiler.target), '-o', path, ...libraries], source, patience.compile);
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

const known = new Map<string, Compiler | { readonly missing: string }>();

/** The compiler, tried once and remembered in the cache as long as its file stays as it is. */
export function findCompiler(cpu: Cpu = thisCpu()): Compiler | { readonly missing: string } {
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

function remembered(command: Command, key: string): Compiler | { readonly missing: string } {
  try {
    return cached(
      key,
      (path) => writeFileSync(path, JSON.stringify(probe(command, `${path}.library`))),
      (path): Compiler => JSON.parse(readFileSync(path, 'utf8')),
    );
  } catch (error) {
    const reason = error instanceof CompilerError ? error.reason : firstLine(error);
    return { missing: `the C compiler does not work: ${reason}` };
  }
}

/** The C compiler that programs are built with, or why there is none. */
export function toolchain(): Toolchain | { readonly missing: string } {
  const found = findCompiler();
  if ('missing' in found) return found;
  try {
    ffi();
  } catch (error) {
    return { missing: `koffi, which calls C, does not load: ${firstLine(error)}` };
  }
  return { compiler: found.path, version: versionOf(found.banner), features: vectorsOf(thisCpu()) };
}
