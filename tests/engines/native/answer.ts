// What a small library computes, or what went wrong with it: asked in this process, or by child.ts in one of its own.
import { loadLibrary } from '../../../src/engines/native/build.ts';
import { toolchain } from '../../../src/engines/native/toolchain.ts';

export function answer(what: string, source: string): unknown {
  if (what === 'toolchain') return toolchain();
  try {
    return loadLibrary(source).func('run', 'int', ['int'])(41);
  } catch (error) {
    return String(error);
  }
}
