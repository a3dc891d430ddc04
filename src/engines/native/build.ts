// From C to a loaded library: compiled once for this source, compiler and CPU, and kept.
import type { LibraryHandle } from 'koffi';
import { EngineError } from '../../graph/index.ts';
import { cached, firstLine, sha256 } from './cache.ts';
import { type Cpu, thisCpu } from './cpu.ts';
import { argumentsFor, build, type Compiler, CompilerError, findCompiler, open } from './toolchain.ts';

/** What the library for `source` is kept under. */
export const keyOf = (source: string, { path, args, banner, target }: Compiler, cpu: Cpu): string =>
  sha256(JSON.stringify(['library', source, path, args, banner, argumentsFor(target), cpu]));

/**
 * The library that `source`, a C file, is. It is compiled at most once for a compiler and a CPU: a later
 * call, or a later process, gets it from the cache in a few milliseconds. Throws CompilerError, or CacheError where nothing
 * can be written.
 */
export function loadLibrary(source: string, cpu: Cpu = thisCpu()): LibraryHandle {
  const compiler = findCompiler(cpu);
  if ('missing' in compiler) throw new CompilerError(compiler.missing, compiler.wayOut);
  try {
    return cached(keyOf(source, compiler, cpu), (path) => build(compiler, source, path), open);
  } catch (error) {
    if (error instanceof EngineError) throw error;
    throw new CompilerError(`${compiler.path}: what it builds cannot be loaded (${firstLine(error)})`);
  }
}
