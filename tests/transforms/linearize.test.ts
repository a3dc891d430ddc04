// jvp, linearize and vjp: forward mode, its reuse, and the pullback.
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import { checkGraph, prims, showGraph, trace } from '../../src/graph/index.ts';
import { add, argmax, exp, eye, matmul, mul, sin, sum, tensor, zeros } from '../../src/ops/index.ts';
import { DTypeError, ShapeError, type Tensor } from '../../src/tensor/index.ts';
import { grad, jit, jvp, linearize, vjp, vmap } from '../../src/transforms/index.ts';
import { linearizeGraph } from '../../src/transforms/linearize.ts';
import { randomTensor } from '../helpers/draws.ts';
import { expectNumbers, expectSame } from '../helpers/grids.ts';
import { directional } from '../helpers/numeric.ts';

const scalar = (x: number): Tensor => tensor(x, 'f64');
const f = (w: Tensor, x: Tensor): Tensor => sin(matmul(x, exp(mul(w, 0.3))));
const [w, x] = [randomTensor([3, 2], 1), randomTensor([4, 3], 2)];
const [dw, dx] = [randomTensor([3, 2], 3), randomTensor([4, 3], 4)];

beforeAll(() => {
  useEngine('reference');
});

describe('jvp', () => {
  test('gives the value and the derivative along the tangents', () => {
    const [y, dy] = jvp(f, [w, x], [dw, dx]);
    expectSame(y, f(w, x));
    expectNumbers(dy.data, directional(f, [w, x], [dw, dx]), 1e-8);
  });

  test('keeps the structure of the result, with zeros for integers', () => {
    const g = (p: { a: Tensor }): { sum: Tensor; rest: Tensor[] } => ({
      sum: sum(p.a),
      rest: [argmax(p.a), mul(p.a, 2)],
    });
    const [value, tangent] = jvp(g, [{ a: tensor([1, 5], 'f32') }], [{ a: tensor([10, 20], 'f32') }]);
    expect(value.rest.map((t) => t.toArray())).toEqual([1, [2, 10]]);
    expect(tangent.sum.item()).toBe(30);
    expect(tangent.rest.map((t) => t.toArray())).toEqual([0, [20, 40]]);
    expect(tangent.rest[0].dtype).toBe('f32');
  });

  test('of a maximum over nothing is 0', () => {
    const nothing = zeros([2, 0], 'f64');
    const [y, dy] = jvp((z: Tensor) => prims.reduceMax(z, [1]), [nothing], [nothing]);
    expect([y.toArray(), dy.toArray()]).toEqual([
      [-Infinity, -Infinity],
      [0, 0],
    ]);
  });

  test('does not confuse the perturbations of nested derivatives', () => {
    const d = (g: (y: Tensor) => Tensor, at: Tensor): Tensor => jvp(g, [at], [scalar(1)])[1];
    const outer = (y: Tensor): Tensor =>
      mul(
        y,
        d((z) => add(y, z), scalar(1)),
      );
    expect(d(outer, scalar(1)).item()).toBe(1);
    expect(grad(outer)(scalar(1)).item()).toBe(1);
    expect(d((y) => mul(y, grad((z: Tensor) => mul(y, z))(scalar(3))), scalar(4)).item()).toBe(8);
  });

  test('refuses tangents of another structure, shape or dtype', () => {
    const one = (t: unknown): unknown => jvp((y: Tensor) => y, [tensor([1, 2], 'f32')], [t as Tensor]);
    expect(() => one([tensor([1, 2], 'f32')])).toThrow(
      new TypeError('jvp: the tangents have structure [[*]], not [*]'),
    );
    expect(() => one(tensor([1, 2, 3], 'f32'))).toThrow(
      new ShapeError('jvp: the tangents hold f32[3] where f32[2] is needed'),
    );
    expect(() => one(tensor([1, 2], 'f64'))).toThrow(
      new ShapeError('jvp: the tangents hold f64[2] where f32[2] is needed'),
    );
  });

  test('refuses integers', () => {
    const i = tensor([1, 2], 'i32');
    expect(() => jvp((y: Tensor) => y, [i], [i])).toThrow(DTypeError);
    expect(() => jvp((y: Tensor) => y, [i], [i])).toThrow(
      'jvp: an argument is i32[2], which has no derivative',
    );
  });
});

describe('linearize', () => {
  test('is jvp, applied to as many tangents as wanted', () => {
    const [y, derivative] = linearize(f, w, x);
    expectSame(y, f(w, x));
    for (const seed of [5, 6, 7]) {
      const tangents: [Tensor, Tensor] = [randomTensor([3, 2], seed), randomTensor([4, 3], seed + 10)];
      expectSame(derivative(...tangents), jvp(f, [w, x], tangents)[1], 1e-14);
    }
  });

  test('calls its function once', () => {
    let calls = 0;
    const [, derivative] = linearize((y: Tensor) => {
      calls++;
      return sin(y);
    }, x);
    derivative(dx);
    derivative(dx);
    expect(calls).toBe(1);
  });

  test('gives a derivative that can be mapped, compiled and differentiated', () => {
    const [, derivative] = linearize((y: Tensor) => sin(y), tensor([0.1, 0.2], 'f64'));
    const jacobian = vmap(derivative)(eye(2, 2, 'f64'));
    expectNumbers(jacobian.data, [Math.cos(0.1), 0, 0, Math.cos(0.2)], 1e-15);
    expectSame(jit(derivative)(tensor([1, 0], 'f64')), derivative(tensor([1, 0], 'f64')));
    const g = grad((v: Tensor) => sum(mul(derivative(v), derivative(v))))(tensor([3, 0], 'f64'));
    expectNumbers(g.data, [6 * Math.cos(0.1) ** 2, 0], 1e-14);
  });

  test('refuses tangents that do not fit', () => {
    const [, derivative] = linearize(f, w, x);
    expect(() => derivative(dw, dw)).toThrow(
      'linearize: the tangents hold f64[3, 2] where f64[4, 3] is needed',
    );
  });
});

describe('linearizeGraph', () => {
  test('keeps what depends on the inputs, once, and makes constants again', () => {
    const { graph } = trace(
      ([y]) => [prims.mul(prims.mul(prims.sin(y), prims.sin(y)), prims.full([2], 3, 'f64'))],
      [{ dtype: 'f64', shape: [2] }],
    );
    const { primal, linear, residuals } = linearizeGraph(graph, [true], 'split');
    expect(residuals).toHaveLength(2); // sin y and cos y
    expect(primal.outputs).toHaveLength(3);
    expect(linear.inputs).toHaveLength(3);
    expect(checkGraph(primal)).toBe(primal);
    expect(checkGraph(linear)).toBe(linear);
  });

  test('gives zeros for what does not move', () => {
    const { graph } = trace(([y]) => [y, prims.floor(y)], [{ dtype: 'f64', shape: [] }]);
    const { linear, residuals } = linearizeGraph(graph, [true], 'split');
    expect(residuals).toEqual([]);
    expect(showGraph(linear)).toBe(
      'graph(%0: f64[]) {\n  %1: f64[] = full {"value":0,"shape":[],"dtype":"f64"}\n  return %0, %1\n}',
    );
  });
});

describe('vjp', () => {
  test('can be applied to many cotangents, and is linear in them', () => {
    const [y, pullback] = vjp(f, w, x);
    expectSame(y, f(w, x));
    const [a, b] = [randomTensor([4, 2], 5), randomTensor([4, 2], 6)];
    const [sumW, sumX] = pullback(add(a, b));
    const [aW, aX] = pullback(a);
    const [bW, bX] = pullback(b);
    expectSame(sumW, add(aW, bW), 1e-13);
    expectSame(sumX, add(aX, bX), 1e-13);
  });

  test('calls its function once', () => {
    let calls = 0;
    const [, pullback] = vjp((y: Tensor) => {
      calls++;
      return sin(y);
    }, x);
    pullback(dx);
    pullback(dx);
    expect(calls).toBe(1);
  });

  test('mapped over the identity is the Jacobian, as is linearize', () => {
    const g = (y: Tensor): Tensor => sin(matmul(w, matmul(w.shape[0] === 3 ? eye(2, 3, 'f64') : w, y)));
    const at = randomTensor([3], 9);
    const rows = vmap(vjp(g, at)[1])(eye(3, 3, 'f64'))[0];
    const columns = vmap(linearize(g, at)[1], 0, 1)(eye(3, 3, 'f64'));
    expectSame(rows, columns, 1e-13);
    const e0 = tensor([1, 0, 0], 'f64');
    expectNumbers(
      columns.data.filter((_, i) => i % 3 === 0),
      directional(g, [at], [e0]),
      1e-8,
    );
  });

  test('keeps the structure of the arguments and takes that of the result', () => {
    const g = (p: { a: Tensor; b: Tensor }, q: Tensor): { u: Tensor; v: Tensor } => ({
      u: mul(p.a, q),
      v: sum(p.b),
    });
    const [, pullback] = vjp(g, { a: scalar(2), b: tensor([1, 1], 'f64') }, scalar(3));
    const [p, q] = pullback({ u: scalar(10), v: scalar(100) });
    expect([p.a.item(), p.b.toArray(), q.item()]).toEqual([30, [100, 100], 20]);
  });

  test('takes an argument that is given back as it is', () => {
    const [, pullback] = vjp((y: Tensor) => [y, y], scalar(1));
    expect(pullback([scalar(2), scalar(3)])[0].item()).toBe(5);
  });

  test('refuses cotangents that do not fit', () => {
    const [, pullback] = vjp(f, w, x);
    expect(() => pullback(w)).toThrow('vjp: the cotangents hold f64[3, 2] where f64[4, 2] is needed');
    expect(() => pullback([w] as unknown as Tensor)).toThrow('vjp: the cotangents have structure [*], not *');
    expect(() => vjp((y: Tensor) => y, tensor([true]))).toThrow('vjp: an argument is bool[1]');
  });
});
