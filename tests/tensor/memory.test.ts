// A process that runs out of memory: the system refuses, and one line says what it refused.
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { bundled } from '../helpers/bundled.ts';

// It asks for 2 GB when it may only have half of that, so that nothing is lost should it get them.
const program = `
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { ones, useEngine } from '${bundled('src/index.ts')}';
useEngine('reference');
const pages = Number(readFileSync('/proc/self/statm', 'utf8').split(' ')[0]);
spawnSync('prlimit', ['--pid', String(process.pid), '--as=' + (pages * 4096 + 2 ** 30)]);
try {
  ones([2 ** 14, 2 ** 14], 'f64');
} catch (error) {
  console.log(String(error));
}
console.log(ones([2]).toArray().join());
`;

test.runIf(spawnSync('prlimit', ['--version']).status === 0)(
  'A tensor that the system has no memory for is one line, and the process goes on',
  () => {
    const args = ['--input-type=module', '-e', program];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout.split('\n')).toEqual([
      'MemoryError: ones: f64[16384, 16384] takes 2.15 GB, and there is not that much memory; take smaller shapes or batches',
      '1,1',
      '',
    ]);
  },
);
