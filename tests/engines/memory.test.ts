// Arrays that do not fit: a MemoryError in one line, on every engine, eager and under jit, and life goes on.
import { spawnSync } from 'node:child_process';
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
import { program } from '../helpers/program.ts';

test
  .runIf(spawnSync('prlimit', ['--version']).status === 0)
  .each(engineNames().filter((name) => name !== 'wasm'))(
  'what the system refuses the %s engine is a MemoryError, eager and jitted',
  (engine) => {
    const args = program('tests/engines/refused.ts', engine);
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
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
