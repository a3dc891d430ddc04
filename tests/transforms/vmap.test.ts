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

describe('Trees of axes', () => {
  type Layer = { weight: Tensor; bias: Tensor; norms: Tensor[] };
  const layer: Layer = {
    weight: randomTensor([5, 3], 1),
    bias: randomTensor([5], 2),
    norms: Array.from({ length: 11 }, (_, i) => randomTensor([2, 3], 10 + i)),
  };
  const f = ({ weight, bias, norms }: Layer, x: Tensor): { y: Tensor; parts: [Tensor, Tensor] } => ({
    y: add(matmul(weight, x), bias),
    parts: [sum(stack(norms), 0), add(norms[2], norms[10])],
  });
  test('give each part of an argument its own, or a part of them one', () => {
    const g = ({ norms: [a, b], ...rest }: { norms: Tensor[]; weight: Tensor; bias: Tensor }) =>
      add(add(matmul(rest.weight, rest.bias), a), b);
    const own = {
      weight: randomTensor([2, 3, 5], 5),
      bias: randomTensor([5], 6),
      norms: [randomTensor([2], 7), randomTensor([2, 3], 8)],
    };
    const mapped = vmap(g, [{ weight: 1, bias: null, norms: [null, 1] }])(own);
    for (let i = 0; i < 3; i++)
      expectSame(
        slice(mapped, i),
        g({ ...own, weight: slice(own.weight, ':', i), norms: [own.norms[0], slice(own.norms[1], ':', i)] }),
      );
    const many = [...Array.from({ length: 10 }, (_, i) => randomTensor([2], i)), randomTensor([2, 3], 10)];
    const last = vmap((list: Tensor[]) => add(list[2], list[10]), [[...Array(10).fill(null), 1]])(many);
    for (let i = 0; i < 3; i++) expectSame(slice(last, i), add(many[2], slice(many[10], ':', i)));
  });

  test('say where the mapped axis stands in each part of the result', () => {
    const shared = vmap(f, [null, 0])(layer, randomTensor([4, 3], 4));
    const moved = vmap(f, [null, 0], { y: 1, parts: [0, 1] })(layer, randomTensor([4, 3], 4));
    expectSame(moved.y, moveaxis(shared.y, 0, 1));
    expectSame(moved.parts[0], shared.parts[0]);
    expectSame(moved.parts[1], moveaxis(shared.parts[1], 0, 1));
  });

  test('with other parts than what they are for are refused', () => {
    const refused = (inAxes: never, outAxes?: never) => () =>
      vmap(f, inAxes, outAxes)(layer, randomTensor([4, 3], 4));
    expect(refused([{ weight: 0, bias: null }, 0] as never)).toThrow(
      new TypeError('vmap: inAxes[0] has axes for { bias, weight }, and there is { bias, norms, weight }'),
    );
    expect(refused([{ weight: 0, bias: null, norms: [0] }, 0] as never)).toThrow(
      'inAxes[0].norms has axes for a list of 1, and there is a list of 11',
    );
    expect(refused([null, [0]] as never)).toThrow(
      'inAxes[1] has axes for a list of 1, and there is a tensor',
    );
    expect(refused([null, 0] as never, { y: 0 } as never)).toThrow(
      'outAxes has axes for { y }, and there is { parts, y }',
    );
    expect(refused([null, 0] as never, { y: null, parts: 0 } as never)).toThrow(
      'vmap: outAxes is { y, parts }; it must be the number of an axis, or a tree of such',
    );
    expect(refused([null, 0.5] as never)).toThrow(
      'vmap: inAxes is [null, 0.5]; it must be the number of an axis',
    );
  });
});
