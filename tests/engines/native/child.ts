// Run in a process of its own: loads a small library, and prints what it computes or what went wrong.
import { loadLibrary } from '../../../src/engines/native/build.ts';
import { toolchain } from '../../../src/engines/native/toolchain.ts';

const [what, source] = process.argv.slice(2);

function answer(): unknown {
  if (what === 'toolchain') return toolchain();
  try {
    return loadLibrary(source).func('run', 'int', ['int'])(41);
  } catch (error) {
    return String(error);
  }
}

process.stdout.write(JSON.stringify(answer()));
