// Run in a process of its own: a tensor that does not fit.
// It asks for 2 GB when it may only have half of that, so that nothing is lost should it get them.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { ones, useEngine } from '../../src/index.ts';

useEngine('reference');
const pages = Number(readFileSync('/proc/self/statm', 'utf8').split(' ')[0]);
spawnSync('prlimit', ['--pid', String(process.pid), `--as=${pages * 4096 + 2 ** 30}`]);
try {
  ones([2 ** 14, 2 ** 14], 'f64');
} catch (error) {
  console.log(String(error));
}
console.log(String(ones([2]).toArray()));
