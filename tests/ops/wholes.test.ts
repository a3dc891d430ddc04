// Functions with whole results: quotients as Python has them, roundings as IEEE 754 has them, logarithms of powers of 2.
import { beforeAll, describe, expect, test } from 'vitest';
import { engineNames, useEngine } from '../../src/engines/index.ts';
import * as ops from '../../src/ops/index.ts';
import { tensor } from '../../src/ops/index.ts';
import type { Tensor } from '../../src/tensor/index.ts';
import { grad, jit } from '../../src/transforms/index.ts';

type Float = 'f32' | 'f64';
const inf = Infinity;
const stored = (dtype: Float, x: number): number => (dtype === 'f32' ? Math.fround(x) : x);

/** `x` in whole multiples of 2^−200. */
function whole(x: number): bigint {
  let [value, shift] = [x, 200n];
  while (!Number.isInteger(value)) [value, shift] = [value * 2, shift - 1n];
  return BigInt(value) << shift;
}

/** ⌊x / y⌋ and x − ⌊x / y⌋ y of what is finite and not 0, before any rounding. */
function divided(x: number, y: number): [number, number] {
  const [a, b] = [whole(x), whole(y)];
  const down = a % b !== 0n && a < 0n !== b < 0n ? 1n : 0n;
  const quotient = a / b - down;
  const rest = a - quotient * b;
  return [
    quotient === 0n && x < 0 !== y < 0 ? -0 : Number(quotient),
    rest === 0n ? Math.sign(y) * 0 : Number(rest) / 2 ** 200,
  ];
}

const operands = [1, 0.1, 0.3, 3, 7, 2.5, 1e-3, 4.35, 100, 0.7, 1 / 3, 1e6, 12345.678, 2 ** -20, 5e-5];
const pairs = operands.flatMap((x) =>
  operands.flatMap((y) => [
    [x, y],
    [-x, y],
    [x, -y],
    [-x, -y],
  ]),
);

/** Those of Python 3.11 and NumPy 2.3: x, y, x // y and x % y; of y = 0 what NumPy has. */
const special = [
  [1, -inf, -1, -inf],
  [-1, inf, -1, inf],
  [1, inf, 0, 1],
  [-1, -inf, 0, -1],
  [inf, 1, NaN, NaN],
  [-inf, 1, NaN, NaN],
  [inf, inf, NaN, NaN],
  [0, 3, 0, 0],
  [-0, 3, -0, 0],
  [0, -3, -0, -0],
  [4, -2, -2, -0],
  [-4, 2, -2, 0],
  [1, 0, inf, NaN],
  [-1, 0, -inf, NaN],
  [1, -0, -inf, NaN],
  [0, 0, NaN, NaN],
  [NaN, 1, NaN, NaN],
  [1, NaN, NaN, NaN],
];

const halves = [
  0, 0.3, 0.5, 0.7, 1, 1.5, 2.5, 3.5, 4.5, 0.49999997, 0.49999999999999994, 1.4999999, 8388607.5, 8388609,
];
const rounded = [...halves, 2 ** 31, 2 ** 52 - 0.5, 2 ** 52 + 1, 2 ** 53, 3e38, 1e-40, inf]
  .flatMap((x) => [x, -x])
  .concat(NaN);

/** To the nearest, halves to even: adding and taking away 2⁵² does it by the rounding of f64. */
const toEven = (x: number): number => {
  const size = Math.abs(x);
  if (!(size < 2 ** 52)) return x;
  return (x < 0 || Object.is(x, -0) ? -1 : 1) * (size + 2 ** 52 - 2 ** 52);
};
const roundings: [string, (x: Tensor) => Tensor, (x: number) => number][] = [
  ['floor', ops.floor, Math.floor],
  ['ceil', ops.ceil, Math.ceil],
  ['trunc', ops.trunc, Math.trunc],
  ['round', ops.round, toEven],
];

/** The same bits, of whatever NaN. */
function expectBits(name: string, found: Tensor, right: readonly number[], of: readonly unknown[]): void {
  right.forEach((value, i) => {
    if (!Object.is(found.data[i], value)) expect.fail(`${name}(${of[i]}) is ${found.data[i]}, not ${value}`);
  });
}

describe.each(engineNames())('On the %s engine', (engine) => {
  beforeAll(() => {
    useEngine(engine);
  });

  test.each(['f32', 'f64'] as const)('quotients and roundings of %s are exact', (dtype) => {
    const given = [...pairs, ...special].map(([x, y]) => [stored(dtype, x), stored(dtype, y)]);
    const expected = given.map(([x, y], i) =>
      i < pairs.length ? divided(x, y).map((v) => stored(dtype, v)) : special[i - pairs.length].slice(2),
    );
    const numbers = rounded.map((x) => stored(dtype, x));
    const exponents = dtype === 'f32' ? [-149, 127] : [-1074, 1023];
    const powers = Array.from({ length: exponents[1] - exponents[0] + 1 }, (_, i) => exponents[0] + i);
    const inputs = [given.map(([x]) => x), given.map(([, y]) => y), numbers, powers.map((n) => 2 ** n)];
    const all = ([x, y, z, p]: readonly Tensor[]): Tensor[] => [
      ops.floorDivide(x, y),
      ops.remainder(x, y),
      ops.log2(p),
      ...roundings.map(([, f]) => f(z)),
    ];
    const tensors = inputs.map((values) => tensor(values, dtype));
    for (const results of [all(tensors), jit(all)(tensors)]) {
      expectBits(
        'floorDivide',
        results[0],
        expected.map(([q]) => q),
        given,
      );
      expectBits(
        'remainder',
        results[1],
        expected.map(([, r]) => r),
        given,
      );
      expectBits('log2', results[2], powers, inputs[3]);
      roundings.forEach(([name, , f], i) => {
        expectBits(
          name,
          results[3 + i],
          numbers.map((x) => stored(dtype, f(x))),
          numbers,
        );
      });
    }
  });

  test('log2 is exact to its last places elsewhere, with the slope 1 / (x ln 2)', () => {
    const values = [0.3, 0.999, 1.001, 3, 7, 1e-30, 1e30, 8, 0, inf].map(Math.fround);
    const [y, slope] = jit((x: Tensor) => [ops.log2(x), grad((v: Tensor) => ops.sum(ops.log2(v)))(x)])(
      tensor(values),
    );
    values.forEach((x, i) => {
      const right = Math.log2(x);
      if (y.data[i] !== right) expect(Math.abs(y.data[i] / right - 1), `log2(${x})`).toBeLessThan(4e-7);
      if (x > 0 && x < inf) expect(Math.abs(slope.data[i] * x * Math.LN2 - 1), `at ${x}`).toBeLessThan(4e-7);
    });
  });
});

test('remainder and floorDivide have slopes that belong together', () => {
  useEngine('reference');
  const slopes = (x: number, y: number): number[] =>
    grad((v: readonly Tensor[]) => ops.remainder(v[0], v[1]))([tensor(x, 'f64'), tensor(y, 'f64')]).map((t) =>
      t.item(),
    );
  expect(slopes(1, 0.1)).toEqual([1, -9]);
  expect(slopes(-7.5, 2)).toEqual([1, 4]);
  expect(slopes(1, inf)).toEqual([1, -0]);
  expect(grad((x: Tensor) => ops.floorDivide(x, 0.1))(tensor(1, 'f64')).item()).toBe(0);
});
