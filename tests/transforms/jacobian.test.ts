// Jacobians by either mode, Hessians and their products, gradients of single examples.
import { beforeAll, describe, expect, test } from 'vitest';
import {
  add,
  engineNames,
  exp,
  grad,
  hessian,
  hvp,
  jacfwd,
  jacrev,
  jit,
  jvp,
  matmul,
  mul,
  nn,
  outer,
  perExampleGrad,
  random,
  reshape,
  sin,
  slice,
  square,
  sum,
  type Tensor,
  take,
  tanh,
  tensor,
  transpose,
  useEngine,
  vjp,
  vmap,
} from '../../src/index.ts';
import { randomTensor } from '../helpers/draws.ts';
import { expectSame } from '../helpers/grids.ts';

beforeAll(() => {
  useEngine('reference');
});

const matrix = randomTensor([3, 4], 1);
const x = randomTensor([4], 2);

describe.each([
  ['jacfwd', jacfwd],
  ['jacrev', jacrev],
])('%s', (_, jacobian) => {
  test('of a linear map is its matrix', () => {
    expectSame(jacobian((v: Tensor) => matmul(matrix, v))(x), matrix, 1e-12);
  });

  test("has the result's axes before the argument's", () => {
    const f = (v: Tensor): Tensor => outer(sin(reshape(v, [4])), v.ndim === 1 ? v : reshape(v, [4]));
    const at = jacobian(f)(x);
    expect(at.shape).toEqual([4, 4, 4]);
    const direction = randomTensor([4], 3);
    expectSame(matmul(at, direction), jvp(f, [x], [direction])[1], 1e-12);
    const cotangent = randomTensor([4, 4], 4);
    const pulled = matmul(reshape(cotangent, [1, 16]), reshape(at, [16, 4]));
    expectSame(reshape(pulled, [4]), vjp(f, x)[1](cotangent)[0], 1e-12);
  });

  test('of trees is a tree of trees', () => {
    const params = { a: randomTensor([2], 5), b: [randomTensor([], 6), randomTensor([2, 3], 7)] as const };
    const f = ({ a, b: [scale, m] }: typeof params) => ({
      all: mul(scale, matmul(a, m)),
      total: sum(mul(a, a)),
    });
    const { all, total } = jacobian(f)(params);
    expect([all.a, all.b[0], all.b[1]].map((leaf) => leaf.shape)).toEqual([[3, 2], [3], [3, 2, 3]]);
    expectSame(all.a, mul(params.b[0], transpose(params.b[1])), 1e-12);
    expectSame(all.b[0], matmul(params.a, params.b[1]), 1e-12);
    expectSame(total.a, mul(params.a, 2), 1e-12);
    expectSame(total.b[1], mul(params.b[1], 0), 1e-12);
  });

  test('takes what is behind the first argument as it is', () => {
    const f = (v: Tensor, index: Tensor): Tensor => square(take(v, index));
    const index = tensor([2, 0], 'i32');
    const rows = jacobian(f)(x, index).toArray() as number[][];
    expect(rows.map((row) => row.map(Boolean))).toEqual([
      [false, false, true, false],
      [true, false, false, false],
    ]);
  });

  test('works inside jit and vmap, and of nothing is empty', () => {
    const f = (v: Tensor): Tensor => tanh(matmul(matrix, v));
    const many = randomTensor([2, 4], 8);
    const mapped = jit(vmap(jacobian(f)))(many);
    for (const i of [0, 1]) expectSame(slice(mapped, i), jacobian(f)(slice(many, i)), 1e-12);
    expect(jacobian(f)(x).shape).toEqual([3, 4]);
    expect(jacobian((v: Tensor) => slice(v, ':0'))(x).shape).toEqual([0, 4]);
  });

  test('refuses integers', () => {
    expect(() => jacobian((v: Tensor) => v)(tensor([1, 2], 'i32'))).toThrow(
      /is i32\[2\], which has no derivative/,
    );
  });
});

describe('hessian', () => {
  test('of a quadratic form is its matrix and that transposed', () => {
    const form = randomTensor([4, 4], 9);
    const found = hessian((v: Tensor) => sum(mul(v, matmul(form, v))))(x);
    expectSame(found, add(form, transpose(form)), 1e-12);
  });

  test('of a function of several arguments holds their mixed derivatives', () => {
    const f = ({ u, v }: { u: Tensor; v: Tensor }): Tensor => sum(mul(exp(u), outer(v, u)));
    const at = { u: randomTensor([2], 10), v: randomTensor([3], 11) };
    const { u, v } = hessian(f)(at);
    expect([u.u, u.v, v.u, v.v].map((leaf) => leaf.shape)).toEqual([
      [2, 2],
      [2, 3],
      [3, 2],
      [3, 3],
    ]);
    expectSame(u.v, transpose(v.u), 1e-12);
    expectSame(v.v, mul(v.v, 0), 1e-12);
  });

  test.each(engineNames())('is the same by every order of the two modes, on %s', (engine) => {
    useEngine(engine);
    const f = (v: Tensor): Tensor => sum(sin(matmul(matrix, mul(v, exp(tanh(v))))));
    const orders = [hessian(f), jacfwd(jacfwd(f)), jacrev(jacfwd(f)), jacrev(jacrev(f))];
    const [first, ...others] = orders.map((of) => jit(of)(x));
    for (const other of others) expectSame(other, first, 1e-12);
    expectSame(first, transpose(first), 1e-12);
    useEngine('reference');
  });

  test('of f32 is f32', () => {
    expect(hessian((v: Tensor) => sum(mul(v, mul(v, v))))(tensor([1, 2], 'f32')).toArray()).toEqual([
      [6, 0],
      [0, 12],
    ]);
  });
});

test('hvp is the Hessian times a direction', () => {
  const f = (v: Tensor, scale: Tensor): Tensor =>
    sum(mul(scale, mul(sin(v), exp(matmul(transpose(matrix), tanh(matmul(matrix, v)))))));
  const [v, scale] = [randomTensor([4], 12), randomTensor([4], 13)];
  expectSame(hvp(f, x, v, scale), matmul(hessian(f)(x, scale), v), 1e-10);
});

test('perExampleGrad is the gradient of each example alone', () => {
  const model = nn.initMlp(random.key(1), [4, 5, 3], undefined, 'f64');
  const images = randomTensor([6, 4], 14);
  const labels = tensor([0, 1, 2, 2, 1, 0], 'i32');
  const loss = (params: nn.Dense[], image: Tensor, label: Tensor): Tensor =>
    nn.crossEntropy(nn.mlp(params, image), label);
  const each = perExampleGrad(loss)(model, images, labels);
  for (const i of [0, 3, 5]) {
    const alone = grad(loss)(model, slice(images, i), slice(labels, i));
    alone.forEach(({ weight, bias }, layer) => {
      expectSame(slice(each[layer].weight, i), weight, 1e-12);
      expectSame(slice(each[layer].bias, i), bias, 1e-12);
    });
  }
});
