// Arrays that do not fit: a MemoryError in one line, on every engine, eager and under jit, and life goes on.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  broadcastTo,
  cumsum,
  engineNames,
  jit,
  MemoryError,
  sum,
  type Tensor,
  tensor,
  useEngine,
} from '../../src/index.ts';
import { bundled } from '../helpers/bundled.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

// It may have 1 GB more than it has, and asks for 2 GB and more: nothing is lost should it get them.
const program = (engine: string): string => `
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as u from '${bundled('src/index.ts')}';
u.useEngine('${engine}');
const long = (x) => u.broadcastTo(x, [2 ** 29]);
const wide = (x) => u.matmul(u.broadcastTo(x, [2 ** 15, 1]), u.broadcastTo(x, [1, 2 ** 14]));
const between = (x) => u.sum(u.cumsum(long(x), 0));
const three = (x) => [1, 2, 3].map((i) => u.add(long(x), i));
const noise = (key) => u.random.uniform(key, [2 ** 29]);
const [one, key] = [u.tensor([[1]]), u.random.key(0)];
const work = { long: () => long(u.tensor(1)), wide: () => wide(one), noise: () => noise(key) };
const jitted = [[long, u.tensor(1)], [wide, one], [between, u.tensor(1)], [three, u.tensor(1)], [noise, key]];
for (const [f, x] of jitted) work[\`jit \${f.name}\`] = () => u.jit(f)(x);
const small = () => u.sum(u.jit((x) => u.add(x, 1))(u.tensor([1, 2]))).item();
small();
u.jit((x) => u.sum(u.cumsum(u.broadcastTo(x, [64]), 0)))(u.tensor(1)).item();
const pages = Number(readFileSync('/proc/self/statm', 'utf8').split(' ')[0]);
spawnSync('prlimit', ['--pid', String(process.pid), '--as=' + (pages * 4096 + 2 ** 30)]);
for (const [name, f] of Object.entries(work))
  try {
    f();
    console.log(name, 'fine');
  } catch (error) {
    console.log(name, String(error));
  }
console.log(small());
`;

test
  .runIf(spawnSync('prlimit', ['--version']).status === 0)
  .each(engineNames().filter((name) => name !== 'wasm'))(
  'what the system refuses the %s engine is a MemoryError, eager and jitted',
  (engine) => {
    const args = ['--input-type=module', '-e', program(engine)];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    expect(stderr).toBe('');
    const lines = stdout.trimEnd().split('\n');
    expect(lines.pop()).toBe('5');
    expect(lines).toHaveLength(8);
    for (const line of lines)
      expect(line).toMatch(
        /^(jit )?\w+ MemoryError: .*not (that much|enough) memory.*; take smaller shapes or batches$/,
      );
  },
  120_000,
);

describe('beyond the 4 GiB of WebAssembly', () => {
  const size = 2 ** 30 + 2 ** 29; // 6 GiB of f32; none of it is ever there
  const long = (x: Tensor): Tensor => broadcastTo(x, [size]);
  const asked: Record<string, () => unknown> = {
    'a result': () => long(tensor(1)),
    'a jitted result': () => jit(long)(tensor(1)),
    'what lies between kernels': () => jit((x: Tensor) => sum(cumsum(long(x), 0)))(tensor(1)),
  };
  test.each(Object.entries(asked))('%s is a MemoryError that says so', (_, f) => {
    useEngine('wasm');
    expect(f).toThrow(MemoryError);
    expect(f).toThrow(
      /^\w+: [\d.]+ GB in one piece, where WebAssembly's memory holds 4 GiB at most; take smaller .* another engine$/,
    );
  });
});
