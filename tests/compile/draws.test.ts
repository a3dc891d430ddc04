// Words of a random stream: each block gives two of them, and is computed once where they are drawn in order.
import { describe, expect, test } from 'vitest';
import type { Statement } from '../../src/compile/index.ts';
import { reference } from '../../src/engines/reference/index.ts';
import { add, mul, random, slice, type Tensor, type Tree, take, transpose, vmap } from '../../src/index.ts';
import { aval, compiledEngines, compiledOf, engineNamed, tracedOn } from '../helpers/compiled.ts';

const draws: [string, (k: Tensor) => Tensor | readonly Tensor[]][] = [
  ...[1, 7, 8, 15, 16, 17, 31, 32, 33, 63, 65, 784, 5000].map((n): [string, (k: Tensor) => Tensor] => [
    `${n} words`,
    (k) => random.bits(k, [n]),
  ]),
  ['words in rows', (k) => random.bits(k, [5, 49], 24)],
  ['words in the order of columns', (k) => transpose(random.bits(k, [64, 48]))],
  ['words from the seventh on', (k) => slice(random.bits(k, [100]), '7:')],
  ['every other word', (k) => slice(random.bits(k, [100]), '::2')],
  ['words in an order that words say', (k) => take(random.bits(k, [100]), random.bits(k, [64], 6))],
  [
    'uniform numbers scaled',
    (k) => mul(random.uniform(k, [3, 100], -1, 1), add(random.uniform(k, [100]), 1)),
  ],
  ['numbers of several distributions', (k) => [random.normal(k, [70]), random.uniform(k, [70], 0, 1, 'f64')]],
];

describe.each(compiledEngines())('On the %s engine', (name) => {
  const check = (draw: (k: Tensor) => Tree, k: Tensor): void => {
    const { graph, inputs } = tracedOn(draw, [k]);
    const expected = reference.compile(graph)(inputs);
    const actual = engineNamed(name).compile(graph)(inputs);
    actual.forEach(({ data }, i) => {
      data.forEach((value, at) => {
        expect(value).toBeCloseTo(expected[i].data[at], 5);
      });
    });
  };

  test.each(draws)('%s are those that the reference draws', (_, draw) => {
    check(draw, random.key(7));
  });

  test('words under many keys at once are those that the reference draws', () => {
    const draw = (k: Tensor): Tensor => random.bits(random.foldIn(k, 5), [75], 24);
    check((k) => vmap(draw)(k), random.keys([0, 1, 2]));
  });
});

/** How often a loop without loops in it stores, calls and gives a variable a new value. */
function innermost(statements: readonly Statement[]): { stores: number; sets: number }[] {
  return statements.flatMap((it) => {
    if (it.kind !== 'for') return [];
    const within = innermost(it.body);
    const count = (kind: Statement['kind']) => it.body.filter((each) => each.kind === kind).length;
    return within.length ? within : [{ stores: count('store'), sets: count('set') }];
  });
}

test('A block of the stream, which is 50 steps, is computed once for the two vectors that it gives.', () => {
  const rows = (k: Tensor): Tensor => vmap((one: Tensor) => random.uniform(one, [784], -1, 1))(k);
  const { routines } = compiledOf(rows, [aval([3, 2], 'i32')]);
  expect(innermost(routines.flatMap(({ body }) => body))).toEqual([{ stores: 2, sets: 50 }]);
});
