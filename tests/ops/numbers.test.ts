// Bare numbers beside whole numbers: every op of two operands, on every number, eager and jitted, on every engine.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engineNames, useEngine } from '../../src/engines/index.ts';
import { type AnyApply, applied, checkGraph, type Graph, inferShapes } from '../../src/graph/index.ts';
import * as ops from '../../src/ops/index.ts';
import { type TensorLike, tensor } from '../../src/ops/index.ts';
import { foldIn, key, randint } from '../../src/random/index.ts';
import type { DType, Tensor } from '../../src/tensor/index.ts';
import { jit } from '../../src/transforms/index.ts';
import { expectGrid, expectNumbers, makeGrid, toTensor } from '../helpers/grids.ts';

const [least, greatest] = [-(2 ** 31), 2 ** 31 - 1];
const some = [0, 1, -1, 2, -3, 5, 16777216, 16777217, -16777219, greatest - 1, greatest, least];
const whole = [...some, ...some, ...some]; // more than vectors have lanes
// biome-ignore format: groups of a kind
const numbers = [
  0, -0, 1, -1, 2, -2, 7, 16777216, 16777217, greatest, least,
  2.5, -2.5, 0.1, -1e-300, 16777216.5, -16777218.5, greatest - 0.5, greatest + 0.5, least - 0.5,
  3e9, -3e9, greatest + 1, least - 1, 2 ** 53, 1e300, -Number.MAX_VALUE, NaN, Infinity, -Infinity,
];

/** Those of which each decides otherwise than its neighbour: what is compiled is few. */
const few = [
  -0,
  2,
  greatest,
  least,
  2.5,
  greatest + 0.5,
  3e9,
  -3e9,
  greatest + 1,
  least - 1,
  1e300,
  NaN,
  -Infinity,
];

const onBools = [-0, 1, 2, 0.5, -1e-300, 3e9, NaN];

const isWhole = (x: number): boolean => Number.isInteger(x);
const fits = (x: number): boolean => isWhole(x) && x >= least && x <= greatest;

type Op = (x: TensorLike, y: TensorLike) => Tensor;
type OfNumbers = (x: number, y: number) => number;

const comparisons: [string, Op, (x: number, y: number) => boolean][] = [
  ['equal', ops.equal, (x, y) => x === y],
  ['notEqual', ops.notEqual, (x, y) => x !== y],
  ['less', ops.less, (x, y) => x < y],
  ['lessEqual', ops.lessEqual, (x, y) => x <= y],
  ['greater', ops.greater, (x, y) => x > y],
  ['greaterEqual', ops.greaterEqual, (x, y) => x >= y],
];
const logical: typeof comparisons = [
  ['logicalAnd', ops.logicalAnd, (x, y) => x !== 0 && y !== 0],
  ['logicalOr', ops.logicalOr, (x, y) => x !== 0 || y !== 0],
  ['logicalXor', ops.logicalXor, (x, y) => (x !== 0) !== (y !== 0)],
];

/** `f` of whole numbers, modulo 2³². */
const wrapped =
  (f: (x: bigint, y: bigint) => bigint): OfNumbers =>
  (x, y) =>
    Number(BigInt.asIntN(32, f(BigInt(x), BigInt(y))));
const floored = (x: bigint, y: bigint): bigint =>
  y === 0n ? 0n : x / y - (x % y !== 0n && x < 0n !== y < 0n ? 1n : 0n);

function power(x: bigint, n: bigint): bigint {
  if (n < 0n) return x === 1n ? 1n : x === -1n ? (n % 2n === 0n ? 1n : -1n) : 0n;
  let [result, base] = [1n, x];
  for (let left = n; left > 0n; left /= 2n) {
    if (left % 2n === 1n) result = BigInt.asIntN(32, result * base);
    base = BigInt.asIntN(32, base * base);
  }
  return result;
}

/** x^y by IEEE 754, where JavaScript's 1^NaN, 1^∞ and (−1)^∞ are NaN. */
const realPower: OfNumbers = (x, y) => (x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y);

function realRemainder(x: number, y: number): number {
  const r = x % y;
  return r !== 0 && r < 0 !== y < 0 ? r + y : r;
}

/** Ops whose result is i32 beside a whole number: on whole numbers, and on floats. */
const arithmetic: [string, Op, OfNumbers, OfNumbers][] = [
  ['add', ops.add, wrapped((x, y) => x + y), (x, y) => x + y],
  ['sub', ops.sub, wrapped((x, y) => x - y), (x, y) => x - y],
  ['mul', ops.mul, wrapped((x, y) => x * y), (x, y) => x * y],
  ['remainder', ops.remainder, wrapped((x, y) => (y === 0n ? 0n : x - floored(x, y) * y)), realRemainder],
  ['pow', ops.pow, wrapped(power), realPower],
];

/** Every op on `x` and each of `values`, on either side. */
const bothSides = (
  table: readonly (readonly [string, Op, ...unknown[]])[],
  values: readonly number[],
  x: Tensor,
) => table.flatMap(([, op]) => values.flatMap((value) => [op(x, value), op(value, x)]));

afterAll(() => {
  useEngine('reference');
});

describe.each(engineNames())('Beside whole numbers on the %s engine', (engine) => {
  beforeAll(() => {
    useEngine(engine);
  });

  /** What `f` gives, eager and jitted. */
  const twice = (f: (x: Tensor) => Tensor[], x: Tensor): Tensor[][] => [f(x), jit(f)(x)];

  test.each([
    ['i32', whole],
    ['bool', [0, 1]],
  ] as const)('a comparison of %s with a number is right for every number', (dtype, values) => {
    const x = toTensor({ dtype, shape: [values.length], data: values });
    const table = [...comparisons, ...(dtype === 'bool' ? logical : [])];
    for (const [given, run] of [
      [dtype === 'bool' ? onBools : numbers, (f: (t: Tensor) => Tensor[]) => f(x)],
      [dtype === 'bool' ? onBools : few, (f: (t: Tensor) => Tensor[]) => jit(f)(x)],
    ] as const) {
      const results = run((t) => bothSides(table, given, t));
      let next = 0;
      for (const [name, , f] of table)
        for (const value of given)
          for (const right of [values.map((v) => f(v, value)), values.map((v) => f(value, v))])
            expect([name, value, results[next++].toArray()]).toEqual([name, value, right]);
    }
  });

  test('a comparison of bare numbers is right', () => {
    for (const [name, op, f] of comparisons)
      for (const a of [16777216, 3e9, NaN, 0.1])
        for (const b of [16777217, 3e9 + 1, -Infinity, Math.fround(0.1)])
          expect([name, a, b, op(a, b).toArray()]).toEqual([name, a, b, f(a, b)]);
  });

  test('arithmetic wraps around with numbers that i32 holds, and is that of f32 with fractions', () => {
    const x = toTensor({ dtype: 'i32', shape: [whole.length], data: whole });
    const held = [-0, 7, -2, least, 2.5, NaN, -Infinity];
    for (const results of twice((t) => bothSides(arithmetic, held, t), x)) {
      let next = 0;
      for (const [name, , onWhole, onReal] of arithmetic)
        for (const value of held)
          for (const turned of [false, true]) {
            const f = fits(value) ? onWhole : onReal;
            const narrow = fits(value) ? (v: number) => v : Math.fround;
            const right = makeGrid(fits(value) ? 'i32' : 'f32', x.shape, ([i]) =>
              turned ? f(narrow(value), narrow(whole[i])) : f(narrow(whole[i]), narrow(value)),
            );
            // what is left of a division whose quotient has no digits after the point is not determined
            const loose = name === 'remainder' && !fits(value);
            const result = results[next++];
            if (!loose) expectGrid(result, right, name === 'pow' ? 64 : 1);
            else expect(result.dtype).toBe('f32');
          }
    }
  });

  test('maximum, minimum, clip, where and div give what a number decides, of a dtype that holds it', () => {
    const x = toTensor({ dtype: 'i32', shape: [whole.length], data: whole });
    const f = (t: Tensor): Tensor[] => [
      ...few.filter((v) => !(isWhole(v) && v > greatest)).map((v) => ops.maximum(t, v)),
      ...few.filter((v) => !(isWhole(v) && v < least)).map((v) => ops.minimum(v, t)),
      ...few.filter((v) => !isWhole(v) || fits(v)).map((v) => ops.where(ops.less(t, v), t, v)),
      ...few.map((v) => ops.div(t, v)),
      ...few.map((v) => ops.div(v, t)),
      ops.clip(t, -3e9, 3e9),
      ops.clip(t, -Infinity, 7),
      ops.clip(t, -1, 3e9),
    ];
    const of = (value: number | readonly number[], g: OfNumbers) => {
      const dtype: DType = typeof value === 'number' && isWhole(value) ? 'i32' : 'f32';
      return makeGrid(dtype, x.shape, ([i]) => g(whole[i], typeof value === 'number' ? value : 0));
    };
    const right = [
      ...few.filter((v) => !(isWhole(v) && v > greatest)).map((v) => of(v, Math.max)),
      ...few.filter((v) => !(isWhole(v) && v < least)).map((v) => of(v, Math.min)),
      ...few.filter((v) => !isWhole(v) || fits(v)).map((v) => of(v, (a, b) => (a < b ? a : b))),
      ...few.map((v) => of([], (a) => Math.fround(a) / Math.fround(v))),
      ...few.map((v) => of([], (a) => Math.fround(v) / Math.fround(a))),
      of(0, (a) => a),
      of([], (a) => Math.min(a, 7)),
      of(0, (a) => Math.max(a, -1)),
    ];
    for (const results of twice(f, x))
      results.forEach((result, i) => {
        expectGrid(result, right[i], 1);
      });
  });

  test('whole numbers wrap around in sums, products and divisions, the least one among them', () => {
    const a = toTensor({ dtype: 'i32', shape: [whole.length], data: whole });
    const b = toTensor({ dtype: 'i32', shape: [whole.length, 1], data: whole });
    const table: [Op, OfNumbers][] = [
      ...arithmetic.map(([, op, f]): [Op, OfNumbers] => [op, f]),
      [ops.floorDivide, wrapped(floored)],
    ];
    const f = (x: Tensor, y: Tensor): Tensor[] => [
      ...table.map(([op]) => op(x, y)),
      ops.neg(x),
      ops.abs(x),
      ops.square(x),
      ops.sum(x),
      ops.prod(ops.add(x, 1)),
      ops.cumsum(x),
      ops.matmul(y, ops.expandDims(x, 0)),
      ops.matmul(ops.add(x, y), ops.mul(x, y)),
      ops.einsum('i,i->', x, x),
    ];
    const wrap = (x: bigint): number => Number(BigInt.asIntN(32, x));
    const big = whole.map(BigInt);
    const right = [
      ...table.map(([, g]) => whole.flatMap((y) => whole.map((x) => g(x, y)))),
      big.map((x) => wrap(-x)),
      big.map((x) => wrap(x < 0 ? -x : x)),
      big.map((x) => wrap(x * x)),
      [wrap(big.reduce((sum, x) => sum + x))],
      [wrap(big.reduce((product, x) => product * (x + 1n), 1n))],
      big.map((_, i) => wrap(big.slice(0, i + 1).reduce((sum, x) => sum + x))),
      big.flatMap((y) => big.map((x) => wrap(x * y))),
      big.flatMap((y) => big.map((x) => wrap(big.reduce((sum, k) => sum + (k + y) * k * x, 0n)))),
      [wrap(big.reduce((sum, x) => sum + x * x, 0n))],
    ];
    for (const results of [f(a, b), jit(f)(a, b)])
      results.forEach((result, i) => {
        expect(result.dtype).toBe('i32');
        expectNumbers(result.data, right[i]);
      });
  });

  test('floats become the nearest i32 towards 0, NaN becomes 0, and what is not 0 is true', () => {
    for (const dtype of ['f32', 'f64'] as const) {
      const x = tensor([...numbers, 1.5, -1.5, 0.99, -0.99, 2147483520, -2147483648], dtype);
      const right = Array.from(x.data, (v) =>
        Number.isNaN(v) ? 0 : Math.trunc(Math.max(least, Math.min(greatest, v))),
      );
      // once as vectors, once each for itself
      const f = (t: Tensor): Tensor[] => [
        ops.astype(t, 'i32'),
        ops.astype(ops.flip(t), 'i32'),
        ops.add(ops.astype(ops.slice(t, '::3'), 'i32'), 0),
        ops.astype(t, 'bool'),
      ];
      for (const [plain, turned, some, bools] of twice(f, x)) {
        expectNumbers(plain.data, right);
        expectNumbers(turned.data, right.toReversed());
        expectNumbers(
          some.data,
          right.filter((_, i) => i % 3 === 0),
        );
        expectNumbers(
          bools.data,
          Array.from(x.data, (v) => Number(v !== 0)),
        );
      }
    }
  });

  test('a constant without its fraction is the same in every place', () => {
    const x = tensor([1, 2, 3], 'i32');
    const f = (t: Tensor): Tensor[] => [
      ops.less(t, ops.full([3], 2.5, 'i32')),
      ops.mul(t, ops.full([3], -2.5, 'i32')),
      ops.add(t, ops.asTensor(1.9, 'i32')),
      ops.pad(t, 1, 2.9),
      ops.mul(ops.full([3], -0.5, 'i32'), t),
    ];
    for (const results of twice(f, x))
      expect(results.map((t) => t.toArray())).toEqual([
        [true, false, false],
        [-2, -4, -6],
        [2, 3, 4],
        [2, 1, 2, 3, 2],
        [0, 0, 0],
      ]);
  });

  test('tril and triu take diagonals as far away as any', () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    const f = (t: Tensor): Tensor[] => [
      ...[3e9, Infinity, 0.5].map((k) => ops.tril(t, k)),
      ...[-3e9, -Infinity, 0.5].map((k) => ops.triu(t, k)),
    ];
    const all = [1, 2, 3, 4];
    const right = [all, all, [1, 0, 3, 4], all, all, [0, 2, 0, 0]];
    for (const results of twice(f, x)) expect(results.map((t) => Array.from(t.data))).toEqual(right);
  });

  test('arange counts to the ends of i32', () => {
    const f = (x: Tensor): Tensor[] =>
      [
        ops.arange(greatest - 2, greatest + 1),
        ops.arange(least, least + 3),
        ops.arange(-2e9, 2e9 + 1, 4e9),
        ops.arange(0, 3e9, 1e9),
        ops.arange(0, 1, 3e9),
        ops.arange(3e9, 3e9),
        ops.arange(2.5, 2.5, 1, 'i32'),
        ops.arange(3e9, 3e9 + 3, 1, 'f64'),
      ].map((t) => (t.dtype === 'i32' ? ops.add(t, ops.slice(x, 0)) : t));
    const right = [
      [greatest - 2, greatest - 1, greatest],
      [least, least + 1, least + 2],
      [-2e9, 2e9],
      [0, 1e9, 2e9],
      [0],
      [],
      [],
      [3e9, 3e9 + 1, 3e9 + 2],
    ];
    for (const results of twice(f, tensor([0], 'i32')))
      expect(results.map((t) => t.toArray())).toEqual(right);
  });

  test('randint draws at the ends of i32', () => {
    for (const [low, high] of [
      [greatest - 4, greatest + 1],
      [least, least + 5],
    ]) {
      const drawn = new Set(jit((k: Tensor) => randint(k, [100], low, high))(key(1)).data);
      expect([...drawn].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4].map((i) => low + i));
    }
  });
});

describe('A number that i32 does not hold', () => {
  const x = tensor([1, 2], 'i32');
  const said = (op: string, value: number): string =>
    `${op}: i32 holds whole numbers from -2147483648 to 2147483647, not ${value}; take dtype 'f64', for a tensor by astype(x, 'f64')`;
  const refused = (f: () => unknown, message: string): void => {
    expect(f).toThrow(new RangeError(message));
    const traced = jit(() => {
      f();
      return x;
    });
    expect(() => traced()).toThrow(new RangeError(message));
  };

  const table: [string, Op][] = [
    ['add', ops.add],
    ['sub', ops.sub],
    ['mul', ops.mul],
    ['floorDivide', ops.floorDivide],
    ['remainder', ops.remainder],
    ['pow', ops.pow],
    ['where', (a, b) => ops.where(true, a, b)],
  ];
  test.each(table)('is refused by %s', (name, op) => {
    for (const value of numbers.filter((v) => isWhole(v) && !fits(v)))
      for (const beside of [x, tensor([true])]) {
        refused(() => op(beside, value), said(name, value));
        refused(() => op(value, beside), said(name, value));
      }
  });

  test('is refused by maximum, minimum and clip where it would be the result', () => {
    refused(() => ops.maximum(x, 3e9), said('maximum', 3e9));
    refused(() => ops.minimum(-3e9, x), said('minimum', -3e9));
    refused(() => ops.clip(x, 3e9, 4e9), said('clip', 3e9));
    refused(() => ops.clip(x, -4e9, -3e9), said('clip', -3e9));
  });

  test.each<[string, (value: number) => unknown]>([
    ['full', (value) => ops.full([2], value, 'i32')],
    ['tensor', (value) => tensor([1, value], 'i32')],
    ['tensor', (value) => tensor(value, 'i32')],
    ['asTensor', (value) => ops.asTensor(value, 'i32')],
    ['astype', (value) => ops.astype(value, 'i32')],
    ['pad', (value) => ops.pad(x, 1, value)],
  ])('is refused by %s', (name, f) => {
    for (const value of [3e9, -3e9, 2147483648, NaN, Infinity, -Infinity, least - 1])
      refused(() => f(value), said(name, value));
  });

  test('is refused by arange, randint and foldIn', () => {
    refused(() => ops.arange(3e9, 3e9 + 3), said('arange', 3e9));
    refused(() => ops.arange(greatest - 1, greatest + 3), said('arange', greatest + 2));
    refused(() => ops.arange(0, -4e9, -1e9), said('arange', -3e9));
    refused(() => randint(key(1), [2], 3e9, 3e9 + 5), said('randint', 3e9));
    refused(() => randint(key(1), [2], greatest, greatest + 2), said('randint', greatest + 1));
    refused(() => randint(key(1), [2], least - 1, least + 2), said('randint', least - 1));
    refused(() => foldIn(key(1), 3e9), 'foldIn: 3000000000 is not a whole number that fits i32');
  });

  test('arange of whole numbers takes no fractions', () => {
    const why = (from: number, by: number) =>
      `arange: from ${from} by ${by} is not whole, as i32 is; take f32 or f64`;
    refused(() => ops.arange(0, 3, 0.5, 'i32'), why(0, 0.5));
    refused(() => ops.arange(0.5, 3, 1, 'i32'), why(0.5, 1));
    expect(ops.arange(0, 2.5, 1, 'i32').toArray()).toEqual([0, 1, 2]);
  });

  test('enters no graph', () => {
    for (const [value, dtype] of [
      [NaN, 'i32'],
      [3e9, 'i32'],
      [2.5, 'i32'],
      [2, 'bool'],
      [NaN, 'bool'],
    ] as const) {
      expect(() => inferShapes('full', [], { value, shape: [], dtype })).toThrow(RangeError);
      const legal = applied('full', { value: 0, shape: [], dtype }, []);
      const node = { ...legal, params: { value, shape: [], dtype } } as AnyApply;
      const graph: Graph = { inputs: [], nodes: [node], outputs: legal.results };
      expect(() => checkGraph(graph)).toThrow(RangeError);
    }
  });
});
