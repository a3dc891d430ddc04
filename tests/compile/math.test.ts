// Functions of f32 written as polynomials, against those of the host in f64.
import { beforeAll, describe, expect, test } from 'vitest';
import type { Executable } from '../../src/graph/index.ts';
import { exp, log, tanh } from '../../src/index.ts';
import { fromTypedArray } from '../../src/tensor/index.ts';
import { aval, compiledEngines, engineNamed, graphOf } from '../helpers/compiled.ts';
import { generator } from '../helpers/draws.ts';

const functions = { exp: Math.exp, log: Math.log, tanh: Math.tanh };
type Name = keyof typeof functions;
const names: readonly Name[] = ['exp', 'log', 'tanh'];

const largest = 2 ** 128 - 2 ** 104;
const edges = [
  [0, -0, Infinity, -Infinity, Number.NaN, 1, -1, largest, -largest],
  [2 ** -149, -(2 ** -149), 2 ** -126, -(2 ** -126), 2 ** -126 - 2 ** -149, 3 * 2 ** -140], // the least there are
  [88.72283, 88.72284, 88.8, 89, 89.1, 105, -87.33654, -87.33655, -103.27, -103.28, -103.97, -103.98, -105.1],
  [1 - 2 ** -24, 1 + 2 ** -23, Math.SQRT1_2, Math.SQRT2, 0.5, 2, 0.34657359, -0.34657359],
  [0.625, -0.625, 0.62499994, 9, 9.02, -9.02, 20, 44.5, -44.5, 1e-20, -1e-20, 1e-4],
].flat();

/** Edge cases, any bits at all, and numbers where the functions are neither 0 nor infinite. */
function numbers(count: number): Float32Array<ArrayBuffer> {
  const next = generator(7);
  const bits = Uint32Array.from({ length: count }, () => next() * 2 ** 32);
  const found = new Float32Array(bits.buffer);
  for (let i = 0; i < count; i += 2) found[i] = (next() - 0.5) * (i % 4 ? 4 : 220);
  found.set(edges);
  return found;
}

/** Between neighbours of `x` among the f32 numbers. */
const spacing = (x: number): number => 2 ** (Math.max(-126, Math.floor(Math.log2(Math.abs(x)))) - 23);

const ulpsApart = (actual: number, expected: number): number => {
  if (Number.isNaN(expected)) return Number.isNaN(actual) ? 0 : Infinity;
  const rounded = Math.fround(expected);
  if (actual === rounded) return 0;
  return Number.isFinite(actual) && Number.isFinite(rounded)
    ? Math.abs(actual - expected) / spacing(rounded)
    : Infinity;
};

describe.each(compiledEngines())('On the %s engine', (engine) => {
  const compileFor = (size: number): Executable =>
    engineNamed(engine).compile(graphOf((x) => [exp(x), log(x), tanh(x)], aval([size])));
  const count = 100_000;
  const given = numbers(count);
  let all: Float64Array[] = [];
  beforeAll(() => {
    const results = compileFor(count)([fromTypedArray(given, [count], 'f32')]);
    all = results.map(({ data }) => Float64Array.from(data));
  });

  test.each(names)('%s is within 2 ulps of what is right, at every edge too', (name) => {
    const results = all[names.indexOf(name)];
    let worst = { ulps: 0, x: 0, found: 0 };
    results.forEach((found, i) => {
      const ulps = ulpsApart(found, functions[name](given[i]));
      if (!(ulps <= worst.ulps)) worst = { ulps, x: given[i], found };
    });
    expect(worst.ulps, `${name}(${worst.x}) is not ${worst.found}`).toBeLessThanOrEqual(2);
  });

  test('one number gives the same bits in a vector and after the last whole one', () => {
    const [size, last, rounds] = [35, 3, 400]; // 3 numbers fill no vector of any width
    const run = compileFor(size);
    for (let round = 0; round < rounds; round++) {
      const from = round * last;
      const part = given.slice(from, from + size);
      const results = run([fromTypedArray(part, [size], 'f32')]);
      results.forEach(({ data }, f) => {
        for (let i = size - last; i < size; i++)
          if (!Object.is(data[i], all[f][from + i])) expect.fail(`${names[f]}(${part[i]}) is ${data[i]}`);
      });
    }
  });

  test('the signs of zeros are right', () => {
    const zeros = new Float32Array([0, -0, 0, -0, 0, -0, 0, -0, 0, -0, 0, -0, 0, -0, 0, -0, 0, -0, 0]);
    const run = engineNamed(engine).compile(graphOf((x) => tanh(x), aval([19])));
    const [{ data }] = run([fromTypedArray(zeros, [19], 'f32')]);
    expect(data).toEqual(zeros);
  });
});
