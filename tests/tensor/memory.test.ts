// A process that runs out of memory: the system refuses, and one line says to what.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

const program = `
import { ones, useEngine } from '${root}src/index.ts';
useEngine('reference');
const held = [];
const most = 2 ** 31 - 1;
try {
  for (let i = 0; i < 8; i++) held.push(new Float64Array(most)); // no page of them is touched
} catch {}
try {
  ones([most], 'f64');
} catch (error) {
  console.log(String(error));
}
console.log(ones([2]).toArray().join());
`;

test.runIf(process.platform === 'linux')(
  'A tensor that the system has no memory for is one line, and the process goes on',
  () => {
    const run = `ulimit -v 80000000; exec "${process.execPath}" --import tsx --input-type=module -e "$1"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', run, 'bash', program], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(stdout.split('\n')).toEqual([
      'MemoryError: full: f64[2147483647] takes 17.2 GB, and there is not that much memory; take smaller shapes or batches',
      '1,1',
      '',
    ]);
  },
);
