// vmap as people call it: axes in and out, trees, shared arguments, and what it refuses.
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import {
  add,
  matmul,
  moveaxis,
  mul,
  slice,
  sort,
  stack,
  sum,
  take,
  tensor,
  zeros,
} from '../../src/ops/index.ts';
import { ShapeError, type Tensor } from '../../src/tensor/index.ts';
import { vmap } from '../../src/transforms/index.ts';
import * as arbitrary from '../helpers/arbitraries.ts';
import { randomTensor } from '../helpers/draws.ts';
import { expectSame } from '../helpers/grids.ts';

beforeAll(() => {
  useEngine('reference');
});

const plus = (a: Tensor, b: Tensor): Tensor => add(a, b);

/** The examples of `x` along `axis`. */
const examples = (x: Tensor, axis: number): Tensor[] => {
  const front = moveaxis(x, axis, 0);
  return Array.from({ length: front.shape[0] }, (_, i) => slice(front, i));
};

describe('vmap', () => {
  test('maps any axis in to any axis out, as a loop would (property)', () => {
    const dims = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 });
    const setting = dims.chain((shape) =>
      fc.tuple(fc.constant(shape), arbitrary.axis(shape.length), arbitrary.axis(shape.length)),
    );
    fc.assert(
      fc.property(setting, ([shape, from, to]) => {
        const x = randomTensor(shape);
        const f = (y: Tensor): Tensor => add(mul(y, 2), 1);
        const loop = moveaxis(stack(examples(x, from).map(f)), 0, to);
        expectSame(vmap(f, from, to)(x), loop);
      }),
    );
  });

  test('takes an axis an argument, and shares what has none', () => {
    const [w, x] = [randomTensor([3, 4], 1), randomTensor([4, 5], 2)];
    const mapped = vmap(matmul, [null, 1], 1)(w, x);
    expectSame(mapped, matmul(w, x), 1e-14);
    expectSame(vmap(matmul, [0, null])(w, x), matmul(w, x), 1e-14);
  });

  test('maps the leaves of trees alike', () => {
    const params = { w: randomTensor([2, 3, 4]), b: randomTensor([2, 4], 1) };
    const x = randomTensor([5, 3], 2);
    const layer = (p: typeof params, y: Tensor): { out: Tensor } => ({ out: add(matmul(y, p.w), p.b) });
    const { out } = vmap(layer, [0, null])(params, x);
    expect(out.shape).toEqual([2, 5, 4]);
    const one = layer({ w: slice(params.w, 1), b: slice(params.b, 1) }, x).out;
    expectSame(slice(out, 1), one, 1e-14);
  });

  test('repeats results that do not depend on the example', () => {
    const c = tensor([7, 8]);
    const { constant, number } = vmap((_: Tensor) => ({ constant: c, number: tensor(3) }))(zeros([3]));
    expect(constant.toArray()).toEqual([
      [7, 8],
      [7, 8],
      [7, 8],
    ]);
    expect(number.toArray()).toEqual([3, 3, 3]);
  });

  test('gives the identity back with its axis moved', () => {
    const x = randomTensor([2, 3]);
    expectSame(vmap((y: Tensor) => y, 1, -1)(x), x);
    expectSame(vmap((y: Tensor) => y, 1)(x), moveaxis(x, 1, 0));
  });

  test('maps over no examples', () => {
    expect(vmap((y: Tensor) => sum(y))(zeros([0, 3])).shape).toEqual([0]);
    expect(vmap((y: Tensor) => sort(y))(zeros([0, 3])).shape).toEqual([0, 3]);
  });

  test('calls its function once, with the shape of one example', () => {
    const seen: (readonly number[])[] = [];
    vmap((y: Tensor) => {
      seen.push(y.shape);
      return y;
    }, 1)(zeros([2, 5, 3]));
    expect(seen).toEqual([[2, 3]]);
  });

  test('reads 0 outside, for each example by itself', () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    const picked = vmap((row: Tensor, i: Tensor) => take(row, i))(x, tensor([1, 9], 'i32'));
    expect(picked.toArray()).toEqual([2, 0]);
  });

  test('refuses sizes that differ', () => {
    expect(() => vmap(plus)(zeros([2]), zeros([3]))).toThrow(
      new ShapeError('vmap: the mapped axes have different sizes: 2, 3'),
    );
    expect(() => vmap((p: Tensor[]) => p[0])([zeros([2]), zeros([4])])).toThrow('different sizes: 2, 4');
  });

  test('refuses to map nothing', () => {
    const message = 'vmap: no argument is mapped; give at least one axis that is not null';
    expect(() => vmap(plus, [null, null])(zeros([2]), zeros([2]))).toThrow(new ShapeError(message));
    expect(() => vmap(() => tensor(1))()).toThrow(new ShapeError(message));
  });

  test('refuses axes that are not there', () => {
    expect(() => vmap((y: Tensor) => y)(tensor(1))).toThrow(
      new ShapeError('vmap: axis 0 is outside a tensor of 0 dimensions'),
    );
    expect(() => vmap((y: Tensor) => y, -3)(zeros([2, 2]))).toThrow('vmap: axis -3 is outside a tensor of 2');
    expect(() => vmap((y: Tensor) => sum(y), 0, 1)(zeros([2, 2]))).toThrow('axis 1 is outside a tensor of 1');
    expect(() => vmap(plus, [0])(zeros([2]), zeros([2]))).toThrow(
      new TypeError('vmap: 1 axes in for 2 arguments'),
    );
  });

  test('names the leaf that is not a tensor', () => {
    expect(() => vmap((p: Tensor[]) => p[0])([zeros([2]), 'x' as unknown as Tensor])).toThrow(
      'vmap: leaf [0][1] is "x", not a tensor',
    );
  });
});
