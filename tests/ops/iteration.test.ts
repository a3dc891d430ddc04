// Going along a tensor: its parts along axis 0, eager and traced, on every engine.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engineNames, useEngine } from '../../src/engines/index.ts';
import { add, mul, ones, reshape, slice, square, sum, tensor, zeros } from '../../src/ops/index.ts';
import { key, split, uniform } from '../../src/random/index.ts';
import { dtypes, ShapeError, type Tensor, TraceError } from '../../src/tensor/index.ts';
import { grad, jit, vmap } from '../../src/transforms/index.ts';
import { expectSame } from '../helpers/grids.ts';

afterAll(() => {
  useEngine('reference');
});

describe.each(engineNames())('A tensor on the %s engine', (engine) => {
  beforeAll(() => {
    useEngine(engine);
  });

  const matrix = () =>
    tensor(
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      'f32',
    );

  test.each(dtypes)('of %s is gone along as its slices', (dtype) => {
    const x = tensor([[[1, 0]], [[0, 1]], [[1, 1]]], dtype);
    const parts = [...x];
    expect(parts.length).toBe(3);
    parts.forEach((part, i) => {
      expectSame(part, slice(x, i));
    });
    const numbers = Array.from(tensor([1, 0, 1], dtype), (part) => [part.dtype, part.ndim, part.item()]);
    expect(numbers).toEqual([1, 0, 1].map((v) => [dtype, 0, v]));
  });

  test('is taken apart, in whole or in part', () => {
    const [first, , last] = matrix();
    expect([first.toArray(), last.toArray()]).toEqual([
      [1, 2],
      [5, 6],
    ]);
    const [head, ...tail] = matrix();
    expect([head.shape, tail.length]).toEqual([[2], 2]);
    const rows: unknown[] = [];
    for (const row of matrix()) {
      rows.push(row.toArray());
      if (rows.length === 2) break;
    }
    expect(rows).toEqual([
      [1, 2],
      [3, 4],
    ]);
    const [a, b] = split(key(1));
    expectSame(uniform(a, [3]), uniform(slice(split(key(1)), 0), [3]));
    expect(a.data).not.toEqual(b.data);
  });

  test('is gone along while it is traced', () => {
    const f = (x: Tensor): Tensor => {
      let total = zeros([2]);
      for (const row of x) total = add(mul(total, 2), square(row));
      const [[corner]] = x;
      return add(total, corner);
    };
    expect(jit(f)(matrix()).toArray()).toEqual([4 + 18 + 25 + 1, 16 + 32 + 36 + 1]);
    expect(grad((x: Tensor) => sum(f(x)))(matrix()).toArray()).toEqual([
      [8 + 2, 16],
      [12, 16],
      [10, 12],
    ]);
    const swapped = vmap(([a, b]: Tensor) => add(mul(a, 10), b));
    expect(swapped(matrix()).toArray()).toEqual([12, 34, 56]);
    const draws = jit((k: Tensor) => {
      const [a, b] = split(k);
      return [uniform(a, [2]), uniform(b, [2])];
    });
    const [one, other] = split(key(3));
    const [left, right] = draws(key(3));
    expectSame(left, uniform(one, [2]));
    expectSame(right, uniform(other, [2]));
  });
});

describe('A tensor', () => {
  test('without an axis is refused, one without entries is over at once', () => {
    const why = new ShapeError('a tensor of shape [] has no axis to go along; read its number with item()');
    expect(() => [...tensor(3)]).toThrow(why);
    expect(() => {
      const [a] = tensor(3);
      return a;
    }).toThrow(why);
    expect(() => jit((x: Tensor) => [...x])(tensor(3))).toThrow(why);
    expect([...zeros([0, 2])]).toEqual([]);
    expect([...zeros([2, 0])].map(({ shape }) => shape)).toEqual([[0], [0]]);
  });

  test('that was donated has no parts', () => {
    const x = reshape(ones([4]), [2, 2]);
    x.storage.giveUp();
    expect(() => [...x]).toThrow(TraceError);
  });
});
