// Casts from and to dtypes for storage: the same bits on every engine, and no kernel of their own before a product.
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { engineNames, useEngine } from '../../src/engines/index.ts';
import { prims } from '../../src/graph/index.ts';
import { astype, matmul, mul, sum, type Tensor, take, transpose, zeros } from '../../src/index.ts';
import { type DType, dtypes, fromNested, fromTypedArray, isStorage } from '../../src/tensor/index.ts';
import { explain, jit } from '../../src/transforms/index.ts';
import { compiledEngines } from '../helpers/compiled.ts';
import { generator } from '../helpers/draws.ts';
import { numbersOfBits } from '../helpers/halves.ts';

beforeAll(() => {
  useEngine('reference');
});
afterEach(() => {
  useEngine('reference');
});

/** Numbers of every size, among them those at which rounding turns and dtypes end. */
function numbers(): number[] {
  const next = generator(7);
  const random = Array.from({ length: 500 }, () => (next() - 0.5) * 2 ** Math.floor(next() * 70 - 45));
  const halves = (['bf16', 'f16'] as const).flatMap((dtype) =>
    Array.from({ length: 100 }, () => {
      const bits = Math.floor(next() * 0x7b00);
      const [a, b] = [numbersOfBits(dtype)[bits], numbersOfBits(dtype)[bits + 1]];
      return [(a + b) / 2, ((a + b) / 2) * (1 + 2 ** -50), -(a + b) / 2];
    }).flat(),
  );
  const ends = [
    127,
    128,
    255,
    256,
    65504,
    65519,
    65520,
    2 ** 31,
    3.3895e38,
    3.4e38,
    1e39,
    2 ** -24,
    2 ** -25,
    1e-45,
  ];
  return [...random, ...halves, ...ends, ...ends.map((x) => -x), NaN, Infinity, -Infinity, 0, -0, 5e-324];
}

const everyByte = Array.from({ length: 256 }, (_, i) => i);
const everyHalf = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
const given: Record<DType, Tensor> = {
  bool: fromNested([true, false, true]),
  u8: fromNested(everyByte, 'u8'),
  i8: fromNested(
    everyByte.map((x) => x - 128),
    'i8',
  ),
  i32: fromNested(
    numbers()
      .map((x) => Math.trunc(x * 2 ** 8))
      .filter((x) => Math.abs(x) < 2 ** 31),
    'i32',
  ),
  f16: fromTypedArray(everyHalf, [65536], 'f16'),
  bf16: fromTypedArray(everyHalf, [65536], 'bf16'),
  f32: fromNested(numbers(), 'f32'),
  f64: fromNested(numbers(), 'f64'),
};
const pairs = dtypes.flatMap((from) =>
  dtypes.filter((to) => isStorage(from) || isStorage(to)).map((to) => [from, to] as const),
);

test.each(engineNames())('Casts of every bit pattern are those of the reference engine on %s', (engine) => {
  const all = (inputs: Record<DType, Tensor>): Tensor[] =>
    pairs.map(([from, to]) => prims.cast(inputs[from], to));
  const expected = all(given);
  useEngine(engine);
  jit(all)(given).forEach((found, i) => {
    const wrong = found.data.findIndex((x, at) => !Object.is(x, expected[i].data[at]));
    if (wrong >= 0) {
      const [from, to] = pairs[i];
      expect.fail(
        `${from} ${given[from].data[wrong]} to ${to}: ${found.data[wrong]}, not ${expected[i].data[wrong]}`,
      );
    }
  });
});

describe.each(compiledEngines())('On %s, a product', (engine) => {
  const x = zeros([64, 48]);
  const scale = zeros([32]);
  /** The lines of kernels that `explain` prints. */
  const kernels = (f: (...x: never[]) => unknown, ...args: unknown[]): string[] => {
    useEngine(engine);
    const text = explain(f as (...x: Tensor[]) => Tensor)(...(args as Tensor[]));
    return text.split('\n').filter((line) => /^\s*\d+\s+\[/.test(line));
  };

  test.each(['bf16', 'f16'] as const)(
    'whose factor is a cast of %s makes it a float as it packs',
    (dtype) => {
      for (const [f, w] of [
        [(a: Tensor, b: Tensor) => matmul(a, b), zeros([48, 32], dtype)],
        [(a: Tensor, b: Tensor) => matmul(b, transpose(a)), zeros([32, 48], dtype)],
      ] as const) {
        const [line, ...others] = kernels(f, x, w);
        expect(others).toEqual([]);
        expect(line).toMatch(/dot/);
      }
    },
  );

  test.each(['i8', 'u8'] as const)('whose factor is a scaled %s makes it a float as it packs', (dtype) => {
    const f = (a: Tensor, w: Tensor, s: Tensor): Tensor => matmul(a, mul(astype(w, 'f32'), s));
    const [line, ...others] = kernels(f, x, zeros([48, 32], dtype), scale);
    expect(others).toEqual([]);
    // what is read and written: the integers as bytes
    expect(line).toContain(`${((4 * 64 * 48 + 48 * 32 + 4 * 32 + 4 * 64 * 32) / 1000).toPrecision(2)} kB`);
  });

  test('and another of the same stored factor read it as it is stored, both', () => {
    const f = (a: Tensor, b: Tensor, w: Tensor): Tensor[] => {
      const floats = astype(w, 'f32');
      return [matmul(a, floats), matmul(b, transpose(floats))];
    };
    expect(kernels(f, x, zeros([64, 32]), zeros([48, 32], 'bf16'))).toHaveLength(2);
  });

  test('of a table of bf16 that rows are taken from reads those rows alone', () => {
    const f = (table: Tensor, rows: Tensor): Tensor => sum(take(table, rows), 1);
    expect(kernels(f, zeros([1000, 64], 'bf16'), zeros([8], 'i32'))).toHaveLength(1);
  });
});
