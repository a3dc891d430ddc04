// A process that runs out of memory: the system refuses, and one line says what it refused.
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { program } from '../helpers/program.ts';

test.runIf(spawnSync('prlimit', ['--version']).status === 0)(
  'A tensor that the system has no memory for is one line, and the process goes on',
  () => {
    const args = program('tests/tensor/refused.ts');
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout.split('\n')).toEqual([
      'MemoryError: ones: f64[16384, 16384] takes 2.15 GB, and there is not that much memory; take smaller shapes or batches',
      '1,1',
      '',
    ]);
  },
);
