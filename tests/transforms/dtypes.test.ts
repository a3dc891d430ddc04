// Derivatives through dtypes for storage: bf16 and f16 are floats whose tangents and cotangents are f32.
import { beforeAll, describe, expect, test } from 'vitest';
import { prims } from '../../src/graph/index.ts';
import {
  add,
  astype,
  checkpoint,
  concat,
  cond,
  customJvp,
  customVjp,
  grad,
  hessian,
  jacfwd,
  jacrev,
  jit,
  jvp,
  linearize,
  matmul,
  mul,
  nn,
  scan,
  square,
  sum,
  type Tensor,
  take,
  tensor,
  treeMap,
  useEngine,
  vjp,
  vmap,
  where,
  zeros,
} from '../../src/index.ts';
import { DTypeError, isStorage, showShape } from '../../src/tensor/index.ts';

beforeAll(() => {
  useEngine('reference');
});

const kind = ({ dtype, shape }: Tensor): string => dtype + showShape(shape);

describe.each(['bf16', 'f16'] as const)('On %s', (dtype) => {
  const x = tensor([1, 2, 3], dtype);

  test('a gradient is f32, and is that of the numbers in f32', () => {
    const loss = (p: Tensor): Tensor => sum(mul(square(p), p));
    const gradient = grad(loss)(x);
    expect([kind(gradient), gradient.toArray()]).toEqual(['f32[3]', [3, 12, 27]]);
    expect(jit(grad(loss))(x).toArray()).toEqual([3, 12, 27]);
    expect(hessian(loss)(x).toArray()).toEqual([
      [6, 0, 0],
      [0, 12, 0],
      [0, 0, 18],
    ]);
  });

  test('derivatives flow through casts to it and back, unrounded', () => {
    const f = (p: Tensor): Tensor => mul(astype(astype(p, dtype), 'f32'), 1 / 3);
    const p = tensor([1, 2], 'f32');
    const [, dy] = jvp(f, [p], [tensor([1, 3], 'f32')]);
    expect([kind(dy), dy.toArray()]).toEqual(['f32[2]', [Math.fround(1 / 3), 1]]);
    expect(grad((q: Tensor) => sum(f(q)))(p).toArray()).toEqual([Math.fround(1 / 3), Math.fround(1 / 3)]);
    const wide = grad((q: Tensor) => sum(astype(astype(q, dtype), 'f64')))(tensor([1, 2], 'f64'));
    expect(kind(wide)).toBe('f64[2]');
  });

  test('movement, choice and joining carry f32 tangents, also where a part does not move', () => {
    const still = tensor([7], dtype);
    const f = (p: Tensor): Tensor =>
      concat([take(where([true, false, true], p, 0), [2, 1, 0]), still, prims.flip(p, [0])]);
    const [y, dy] = jvp(f, [x], [tensor([10, 20, 30], 'f32')]);
    expect([kind(y), kind(dy), dy.toArray()]).toEqual([`${dtype}[7]`, 'f32[7]', [30, 0, 10, 0, 30, 20, 10]]);
    const [, derivative] = linearize(f, x);
    expect(derivative(tensor([10, 20, 30], 'f32') as never).toArray()).toEqual(dy.toArray());
    const [, pullback] = vjp(f, x);
    const [ct] = pullback(tensor([1, 2, 3, 4, 5, 6, 7], 'f32'));
    expect([kind(ct), ct.toArray()]).toEqual(['f32[3]', [10, 6, 6]]);
    for (const jacobian of [jacfwd(f)(x), jacrev(f)(x)]) expect(kind(jacobian)).toBe('f32[7, 3]');
    expect(vmap(grad((p: Tensor) => sum(square(p))))(tensor([[1], [2]], dtype)).toArray()).toEqual([
      [2],
      [4],
    ]);
  });

  test('loops, branches and custom rules carry f32 tangents of it', () => {
    const total = (p: Tensor): Tensor =>
      scan((sum: Tensor, row: Tensor) => [add(sum, mul(row, row)), row] as const, zeros([]), p)[0];
    const kept = (p: Tensor): Tensor =>
      sum(scan((_: Tensor, row: Tensor) => [row, row] as const, tensor(0, dtype), p)[1]);
    const own = customVjp(
      (p: Tensor) => sum(square(p)),
      (p) => [sum(square(p)), p] as const,
      (p, ct) => [mul(mul(p, 2), ct)],
    );
    const forward = customJvp(
      (p: Tensor) => sum(square(p)),
      ([p], [dp]) => [sum(square(p)), sum(mul(mul(p, 2), dp))] as const,
    );
    const chosen = (p: Tensor): Tensor =>
      cond(
        tensor(true),
        (q: Tensor) => sum(square(q)),
        (q: Tensor) => sum(q),
        p,
      );
    for (const f of [total, own, forward, checkpoint(own), chosen]) {
      expect([kind(grad(f)(x)), grad(f)(x).toArray()]).toEqual(['f32[3]', [2, 4, 6]]);
      expect(jit(grad(f))(x).toArray()).toEqual([2, 4, 6]);
    }
    expect([kind(grad(kept)(x)), grad(kept)(x).toArray()]).toEqual(['f32[3]', [1, 1, 1]]);
    expect(jvp(total, [x], [tensor([1, 0, 1], 'f32')])[1].item()).toBe(8);
  });

  test('tangents of its own dtype are refused, with the dtype that they must have', () => {
    expect(() => jvp((p: Tensor) => p, [x], [x])).toThrow(
      `jvp: the tangents hold ${dtype}[3] where f32[3] is needed`,
    );
  });

  test('optimisers keep what they follow in f32 and the parameters in their dtype', () => {
    const params = { w: x };
    for (const optimizer of [nn.sgd({ learningRate: 0.5, momentum: 0.9 }), nn.adam({ learningRate: 0.5 })]) {
      const state = optimizer.init(params);
      const gradients = { w: tensor([1, 1, 1], 'f32') };
      const [next, after] = optimizer.update(params, gradients, state as never);
      expect(next.w.dtype).toBe(dtype);
      expect(next.w.toArray()).not.toEqual(x.toArray());
      treeMap((leaf) => {
        expect(isStorage(leaf.dtype)).toBe(false);
        return leaf;
      }, after);
    }
  });
});

test('Small integers have no derivative, and say what has', () => {
  expect(() => grad((p: Tensor) => sum(mul(p, 2)))(tensor([1, 2, 3]))).toThrow(
    new DTypeError(
      "grad: an argument is i32[3], which has no derivative; only floats have. Make it one, as tensor([1, 2, 3], 'f32') does, close over it, or pass it after the first argument of grad",
    ),
  );
  const w = tensor([[1, 2]], 'i8');
  const scale = tensor([0.5, 2], 'f32');
  const f = (s: Tensor, v: Tensor): Tensor => sum(matmul(v, mul(w, s)));
  expect(grad(f)(scale, tensor([[3]], 'f32')).toArray()).toEqual([3, 6]);
  expect(add(tensor([1, 2]), 1).dtype).toBe('i32');
});
