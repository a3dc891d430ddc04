// Rotary positions: against a loop over pairs, and that products depend on differences of positions alone.
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import { type Pairing, rotary } from '../../src/nn/index.ts';
import { add, arange, expandDims, square, sum, take, tensor, zeros } from '../../src/ops/index.ts';
import { ShapeError, type Tensor } from '../../src/tensor/index.ts';
import { grad, jit, vmap } from '../../src/transforms/index.ts';
import { randomTensor } from '../helpers/draws.ts';
import { at, expectGrid, expectNumbers, expectSame, makeGrid, toGrid } from '../helpers/grids.ts';
import { gradientOf, inner } from '../helpers/numeric.ts';

beforeAll(() => {
  useEngine('reference');
});

const pairings: Pairing[] = ['halves', 'neighbours'];

/** The definition for x [tokens, depth]: each pair is a complex number times e^(i position base^(−2 pair / depth)). */
function looped(x: Tensor, positions: readonly number[], pairing: Pairing, base: number) {
  const grid = toGrid(x);
  const depth = x.shape[1];
  return makeGrid(x.dtype, x.shape, ([t, c]) => {
    const pair = pairing === 'halves' ? c % (depth / 2) : Math.floor(c / 2);
    const [first, second] = pairing === 'halves' ? [pair, pair + depth / 2] : [2 * pair, 2 * pair + 1];
    const angle = positions[t] / base ** ((2 * pair) / depth);
    const [re, im] = [at(grid, [t, first]), at(grid, [t, second])];
    return c === first
      ? re * Math.cos(angle) - im * Math.sin(angle)
      : re * Math.sin(angle) + im * Math.cos(angle);
  });
}

describe('rotary', () => {
  test.each(pairings)('turns pairs of %s as its definition says', (pairing) => {
    const x = randomTensor([4, 6], 1);
    const positions = [0, 1, 7, 1000];
    const given = tensor(positions, 'i32');
    expectGrid(rotary(x, given, { pairing }), looped(x, positions, pairing, 10000), 1e3);
    expectGrid(rotary(x, given, { pairing, base: 50 }), looped(x, positions, pairing, 50), 1e3);
  });

  test('pairs halves unless it is told otherwise', () => {
    const x = tensor([[1, 2, 0, 0]], 'f64');
    expectNumbers(
      rotary(x, [1], { base: 1 }).data,
      [Math.cos(1), 2 * Math.cos(1), Math.sin(1), 2 * Math.sin(1)],
      1e-15,
    );
    expectNumbers(
      rotary(x, [1], { base: 1, pairing: 'neighbours' }).data,
      [Math.cos(1) - 2 * Math.sin(1), Math.sin(1) + 2 * Math.cos(1), 0, 0],
      1e-15,
    );
  });

  test('of neighbours is that of halves with the numbers in another order', () => {
    const x = randomTensor([3, 8], 1);
    const order = tensor([0, 2, 4, 6, 1, 3, 5, 7], 'i32');
    const halves = rotary(take(x, order, 1), arange(3), { pairing: 'halves' });
    expectSame(take(rotary(x, arange(3), { pairing: 'neighbours' }), order, 1), halves);
  });

  test.each(pairings)('with pairs of %s makes products depend on differences of positions', (pairing) => {
    const [q, k] = [randomTensor([1, 8], 1), randomTensor([1, 8], 2)];
    const product = (a: number, b: number): number =>
      inner(rotary(q, [a], { pairing }).data, rotary(k, [b], { pairing }).data);
    expect(product(103, 100)).toBeCloseTo(product(3, 0), 10);
    expect(Math.abs(product(3, 1) - product(3, 0))).toBeGreaterThan(1e-3);
  });

  test('takes positions a row, and such as are not known yet', () => {
    const x = randomTensor([2, 3, 4, 6], 1); // [rows, heads, tokens, depth]
    const positions = tensor(
      [
        [0, 1, 2, 3],
        [5, 6, 7, 8],
      ],
      'i32',
    );
    const all = rotary(x, expandDims(positions, 1));
    const each = vmap((own: Tensor, at: Tensor) => rotary(own, at))(x, positions);
    expectSame(each, all, 1e-15);
    expectSame(
      jit((at: Tensor) => rotary(x, add(expandDims(at, 1), 1)))(positions),
      rotary(x, expandDims(add(positions, 1), 1)),
      1e-14,
    );
  });

  test('is right in f32 at far positions, and gives f32 for bf16', () => {
    const x = randomTensor([2, 4], 1, 'f32');
    const exact = looped(x, [4095, 100000], 'halves', 10000);
    expectNumbers(rotary(x, [4095, 100000]).data, exact.data, 5e-3);
    expect(rotary(zeros([2, 4], 'bf16'), arange(2)).dtype).toBe('f32');
  });

  test('has the derivative that finite differences have', () => {
    const x = randomTensor([3, 4], 1);
    for (const pairing of pairings) {
      const f = (x: Tensor): Tensor => rotary(x, arange(3), { pairing });
      const gradient = grad((x: Tensor) => sum(square(f(x))))(x);
      expectNumbers(
        gradient.data,
        gradientOf(
          f,
          [x],
          f(x).data.map((v) => 2 * v),
          0,
        ),
        1e-8,
      );
    }
  });

  test('refuses an odd depth, positions that do not fit, and another pairing', () => {
    expect(() => rotary(zeros([2, 3]), arange(2))).toThrow(
      new ShapeError('rotary: [2, 3]; it must be [..., tokens, depth], with an even depth'),
    );
    expect(() => rotary(zeros([2, 4]), zeros([3, 2], 'i32'))).toThrow(
      new ShapeError('rotary: positions [3, 2] do not broadcast to [2], the axes of x before the last'),
    );
    expect(() => rotary(zeros([2, 4]), arange(2), { pairing: 'interleaved' as Pairing })).toThrow(
      new RangeError(`rotary: pairing is "interleaved"; it must be 'halves' or 'neighbours'`),
    );
  });
});
