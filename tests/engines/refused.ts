// Run in a process of its own, by engine: arrays that do not fit, eager and jitted.
// It may have 1 GB more than it has, and asks for 2 GB and more: nothing is lost should it get them.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as u from '../../src/index.ts';

u.useEngine(process.argv[2]);
const long = (x: u.Tensor) => u.broadcastTo(x, [2 ** 29]);
const wide = (x: u.Tensor) => u.matmul(u.broadcastTo(x, [2 ** 15, 1]), u.broadcastTo(x, [1, 2 ** 14]));
const between = (x: u.Tensor) => u.sum(u.cumsum(long(x), 0));
const three = (x: u.Tensor) => [1, 2, 3].map((i) => u.add(long(x), i));
const noise = (key: u.Tensor) => u.random.uniform(key, [2 ** 29]);
const [one, key] = [u.tensor([[1]]), u.random.key(0)];
const work: Record<string, () => unknown> = {
  long: () => long(u.tensor(1)),
  wide: () => wide(one),
  noise: () => noise(key),
};
const jitted: [(x: u.Tensor) => u.Tensor | u.Tensor[], u.Tensor][] = [
  [long, u.tensor(1)],
  [wide, one],
  [between, u.tensor(1)],
  [three, u.tensor(1)],
  [noise, key],
];
for (const [f, x] of jitted) work[`jit ${f.name}`] = () => u.jit(f)(x);
const small = () => u.sum(u.jit((x: u.Tensor) => u.add(x, 1))(u.tensor([1, 2]))).item();
small();
u.jit((x: u.Tensor) => u.sum(u.cumsum(u.broadcastTo(x, [64]), 0)))(u.tensor(1)).item();
const pages = Number(readFileSync('/proc/self/statm', 'utf8').split(' ')[0]);
spawnSync('prlimit', ['--pid', String(process.pid), `--as=${pages * 4096 + 2 ** 30}`]);
for (const [name, f] of Object.entries(work))
  try {
    f();
    console.log(name, 'fine');
  } catch (error) {
    console.log(name, String(error));
  }
console.log(small());
