// Loops and updates where they lie: what they move, and that they find everything where they look for it.
import { afterAll, describe, expect, test } from 'vitest';
import { engineNames, useEngine } from '../../src/engines/index.ts';
import { add, arange, at, dynamicUpdate, less, mul, ones, sum, tensor, zeros } from '../../src/ops/index.ts';
import type { Tensor } from '../../src/tensor/index.ts';
import { cond, explain, jit, scan, whileLoop } from '../../src/transforms/index.ts';
import { compiledEngines } from '../helpers/compiled.ts';

afterAll(() => {
  useEngine('reference');
});

/** The bytes that each kernel moves, as explain shows them. */
const traffic = (text: string): number[] =>
  [...text.matchAll(/^ *\d+ +\[.*?\] +\S+(?: [kM])? +(\d+) (B|kB|MB) /gm)].map(
    ([, n, unit]) => Number(n) * { B: 1, kB: 1e3, MB: 1e6 }[unit as 'B' | 'kB' | 'MB'],
  );

describe.each(compiledEngines())('On %s', (engine) => {
  const cache = (): Tensor => zeros([8, 1024, 64]);

  test('one token into a cache that is given up moves that token', () => {
    useEngine(engine);
    const text = explain(
      (cache: Tensor, token: Tensor, at: Tensor) => dynamicUpdate(cache, token, [0, at, 0]),
      {
        donate: [0],
      },
    )(cache(), ones([8, 1, 64]), tensor(3, 'i32'));
    expect(traffic(text).reduce((a, b) => a + b)).toBeLessThan(16e3);
    expect(text).toContain('1 outputs written over inputs');
  });

  test('and a loop that carries the cache moves a token a round', () => {
    useEngine(engine);
    const write = (cache: Tensor, tokens: Tensor): Tensor =>
      scan((cache: Tensor, [token, i]) => [at(cache, ':', i).set(token), []], cache, [tokens, arange(4)])[0];
    const text = explain(write, { donate: [0] })(cache(), ones([4, 8, 64]));
    expect(traffic(text).every((bytes) => bytes < 16e3)).toBe(true);
  });

  test('without being given up the cache is copied once, before the loop', () => {
    useEngine(engine);
    const write = (cache: Tensor, tokens: Tensor): Tensor =>
      scan((cache: Tensor, [token, i]) => [at(cache, ':', i).set(token), []], cache, [tokens, arange(4)])[0];
    const moved = traffic(explain(write)(cache(), ones([4, 8, 64])));
    expect(moved.filter((bytes) => bytes > 1e6)).toHaveLength(1);
    expect(moved[0]).toBeGreaterThan(4e6);
  });
});

const programs: Record<string, (x: Tensor) => Tensor> = {
  'a round whose update starts where a kernel computes': (x) =>
    scan(
      (memory: Tensor, i) => {
        const place = add(mul(i, 2), 1);
        const next = at(memory, place).set(add(sum(memory), x));
        return [next, mul(next, 2)];
      },
      zeros([6]),
      arange(3),
    )[1],
  'branches that both end in loops': (x) =>
    cond(
      less(x, 2),
      (x: Tensor) =>
        whileLoop(
          (y) => less(y, 20),
          (y: Tensor) => mul(y, 3),
          x,
        ),
      (x: Tensor) => scan((y: Tensor, i) => [add(y, i), []], x, arange(4, 9, 1, 'f32'))[0],
      x,
    ),
  'branches that both update': (x) => {
    const memory = mul(ones([4]), x);
    return cond(
      less(x, 2),
      (m: Tensor) => at(m, 1).set(7),
      (m: Tensor) => at(m, 2).add(5),
      memory,
    );
  },
  'a carry that changes places': (x) => {
    const round = ({ a, b }: { a: Tensor; b: Tensor }) => [{ a: b, b: add(a, b) }, []] as const;
    const [{ a, b }] = scan(round, { a: x, b: add(x, 1) }, [], { length: 7 });
    return add(mul(a, 1000), b);
  },
  'a loop in a loop that goes on with what it carries': (x) =>
    scan(
      (memory: Tensor, i) => [
        scan((inner: Tensor, j) => [at(inner, j).add(add(i, x)), []], memory, arange(4))[0],
        memory,
      ],
      zeros([4]),
      arange(3, undefined, 1, 'f32'),
    )[1],
  'updates of what is read before and after': (x) => {
    const first = mul(arange(5, undefined, 1, 'f32'), x);
    const second = at(first, 1).set(10);
    const third = at(second, 2).set(sum(second));
    return add(add(first, second), third);
  },
};

describe('Every engine gives what the reference gives', () => {
  test.each(Object.entries(programs))('of %s', (_, program) => {
    for (const value of [1, 3]) {
      useEngine('reference');
      const expected = jit(program)(tensor(value, 'f32')).toArray();
      for (const engine of engineNames()) {
        useEngine(engine);
        expect(jit(program)(tensor(value, 'f32')).toArray(), engine).toEqual(expected);
      }
    }
  });
});
