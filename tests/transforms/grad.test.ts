// grad and valueAndGrad: trees, closures, integers beside the parameters, and what they refuse.
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import { prims, showGraph } from '../../src/graph/index.ts';
import {
  add,
  astype,
  cos,
  exp,
  greater,
  matmul,
  mean,
  mul,
  sin,
  square,
  stopGradient,
  sub,
  sum,
  take,
  tensor,
  where,
} from '../../src/ops/index.ts';
import { DTypeError, flatten, ShapeError, type Tensor, type Tree, treeMap } from '../../src/tensor/index.ts';
import { traceTree } from '../../src/transforms/function.ts';
import { grad, jit, valueAndGrad, vmap } from '../../src/transforms/index.ts';
import { randomTensor } from '../helpers/draws.ts';
import { expectNumbers, expectSame } from '../helpers/grids.ts';
import { gradientOf } from '../helpers/numeric.ts';

const scalar = (x: number): Tensor => tensor(x, 'f64');

beforeAll(() => {
  useEngine('reference');
});

describe('grad', () => {
  test('of a small network is that of finite differences', () => {
    const shapes = [[3, 4], [4], [4, 2]];
    const params = shapes.map((shape, i) => randomTensor(shape, i));
    const [x, y] = [randomTensor([5, 3], 8), randomTensor([5, 2], 9)];
    const loss = (w1: Tensor, b: Tensor, w2: Tensor): Tensor =>
      mean(square(sub(matmul(sin(add(matmul(x, w1), b)), w2), y)));
    const gradients = grad(([w1, b, w2]: Tensor[]) => loss(w1, b, w2))(params);
    gradients.forEach((g, k) => {
      expectNumbers(g.data, gradientOf(loss, params, [1], k), 1e-8);
    });
  });

  test('keeps the structure, shapes and dtypes of nested objects and tuples', () => {
    const params = {
      b: [tensor([1, 2], 'f32'), tensor([[3]], 'f64')] as const,
      a: { y: tensor(4, 'f32'), x: [] },
    };
    const gradient = grad((p: typeof params) =>
      add(add(sum(square(p.b[0])), mul(p.a.y, 3)), astype(sum(p.b[1]), 'f32')),
    )(params);
    expect(Object.keys(gradient)).toEqual(['a', 'b']);
    expect(gradient.a.x).toEqual([]);
    expect(gradient.a.y.item()).toBe(3);
    expect(gradient.b[0].toArray()).toEqual([2, 4]);
    expect(gradient.b[1].dtype).toBe('f64');
    expect(gradient.b[1].toArray()).toEqual([[1]]);
  });

  test('takes object keys in sorted order, whatever order they were written in', () => {
    const f = grad((p: { a: Tensor; b: Tensor }) => sub(mul(p.a, 2), mul(p.b, 3)));
    const [one, other] = [f({ a: scalar(1), b: scalar(1) }), f({ b: scalar(1), a: scalar(1) })];
    for (const g of [one, other]) expect([g.a.item(), g.b.item()]).toEqual([2, -3]);
  });

  test('is zero for what the result does not depend on', () => {
    const g = grad((p: { used: Tensor; unused: Tensor }) => sum(p.used))({
      used: tensor([1, 2], 'f32'),
      unused: tensor([[3, 4]], 'f32'),
    });
    expect(g.unused.toArray()).toEqual([[0, 0]]);
  });

  test('of a constant function is zero', () => {
    expect(grad((_: Tensor) => scalar(3))(randomTensor([2])).toArray()).toEqual([0, 0]);
  });

  test('of the identity is one', () => {
    expect(grad((x: Tensor) => x)(scalar(5)).item()).toBe(1);
  });

  test('adds up where a value is used several times', () => {
    expect(grad((x: Tensor) => add(mul(x, x), add(x, x)))(scalar(5)).item()).toBe(12);
  });

  test('differentiates the first argument alone, and takes integers beside it', () => {
    const f = grad((w: Tensor, labels: Tensor, scale: Tensor) => mul(sum(take(w, labels)), scale));
    const g = f(randomTensor([4]), tensor([2, 0, 2], 'i32'), scalar(10));
    expect(g.toArray()).toEqual([10, 0, 20, 0]);
  });

  test('takes trees and booleans beside the parameters', () => {
    const f = grad((w: Tensor, data: { mask: Tensor; x: Tensor }) =>
      sum(where(data.mask, mul(w, data.x), 0)),
    );
    const g = f(randomTensor([3]), { x: tensor([1, 2, 3], 'f64'), mask: tensor([true, false, true]) });
    expect(g.toArray()).toEqual([1, 0, 3]);
  });

  test('sees closed-over tensors as constants', () => {
    const c = scalar(3);
    expect(grad((x: Tensor) => mul(mul(x, c), c))(scalar(2)).item()).toBe(9);
  });

  test('does not confuse the perturbations of nested gradients', () => {
    const f = (x: Tensor): Tensor => mul(x, grad((y: Tensor) => add(x, y))(scalar(1)));
    expect(grad(f)(scalar(1)).item()).toBe(1);
    const g = (x: Tensor): Tensor => mul(x, grad((y: Tensor) => mul(x, y))(scalar(2)));
    expect(grad(g)(scalar(5)).item()).toBe(10);
  });

  test('goes through gradients that close over its argument', () => {
    // d/dx [d/dy sin(x y) at y = x²] = d/dx [x cos(x³)]
    const f = grad((x: Tensor) => grad((y: Tensor) => sin(mul(x, y)))(mul(x, x)));
    expectNumbers([f(scalar(0.8)).item()], [Math.cos(0.512) - 3 * 0.512 * Math.sin(0.512)], 1e-13);
  });

  test('stops at stopGradient', () => {
    const f = (x: Tensor): Tensor => add(mul(stopGradient(sin(x)), x), stopGradient(x));
    expectNumbers([grad(f)(scalar(0.4)).item()], [Math.sin(0.4)], 1e-15);
    expect(grad((x: Tensor) => stopGradient(x))(scalar(2)).item()).toBe(0);
    expectNumbers([grad(grad(f))(scalar(0.4)).item()], [0], 1e-15);
  });

  test('goes through casts between floats, and stops at integers', () => {
    const through = (dtype: 'f32' | 'i32'): number =>
      grad((x: Tensor) => astype(mul(astype(x, dtype), 3), 'f64'))(scalar(2)).item();
    expect([through('f32'), through('i32')]).toEqual([3, 0]);
  });

  test('does not divide by zero in the branch that where leaves out', () => {
    const f = (x: Tensor): Tensor => sum(where(greater(x, 0), mul(x, 2), exp(x)));
    expect(grad(f)(tensor([1, 2], 'f64')).toArray()).toEqual([2, 2]);
  });

  test('shares the derivative among equals of a maximum', () => {
    const f = grad((x: Tensor) => prims.reduceMax(x, [0]));
    expect(f(tensor([1, 3, 3, 0], 'f64')).toArray()).toEqual([0, 0.5, 0.5, 0]);
    const g = grad((p: Tensor[]) => prims.max(p[0], p[1]));
    expect(g([scalar(2), scalar(2)]).map((x) => x.item())).toEqual([0.5, 0.5]);
    const h = grad((p: Tensor[]) => prims.min(p[0], p[1]));
    expect(h([scalar(1), scalar(2)]).map((x) => x.item())).toEqual([1, 0]);
  });

  test('is 0 for abs at 0', () => {
    expect(grad((x: Tensor) => prims.abs(x))(scalar(0)).item()).toBe(0);
  });

  test('runs where there are no examples', () => {
    const g = grad((w: Tensor, x: Tensor) => sum(matmul(x, w)))(randomTensor([3]), randomTensor([0, 3]));
    expect(g.toArray()).toEqual([0, 0, 0]);
  });

  test('does not run out of stack in a long program', () => {
    const steps = 500;
    const f = (x: Tensor): Tensor => {
      let y = x;
      for (let i = 0; i < steps; i++) y = sub(y, mul(sin(y), 0.001));
      return y;
    };
    let [y, slope] = [1, 1];
    for (let i = 0; i < steps; i++) {
      slope *= 1 - 0.001 * Math.cos(y);
      y -= 0.001 * Math.sin(y);
    }
    expectNumbers([grad(f)(scalar(1)).item()], [slope], 1e-12);
  });

  test('needs as many big products as the derivative has', () => {
    const [w, x] = [randomTensor([3, 4]), randomTensor([5, 3])];
    const { structure } = flatten('test', [w, x]);
    const { graph } = traceTree(
      'test',
      grad((p: Tensor, y: Tensor) => sum(square(matmul(y, p)))),
      structure,
      [w, x],
    );
    expect(showGraph(graph).match(/ dot /g)).toHaveLength(2);
  });

  test.each([
    ['a vector', (x: Tensor) => x, 'f64[2]'],
    ['a column', (x: Tensor) => sum(x, 0, true), 'f64[1]'],
    ['an integer', (x: Tensor) => astype(sum(x), 'i32'), 'i32[]'],
    ['several numbers', (x: Tensor) => [sum(x), sum(x)] as unknown as Tensor, 'f64[], f64[]'],
    ['nothing', () => [] as unknown as Tensor, 'nothing'],
  ])('refuses a function that gives %s', (_, f, what) => {
    expect(() => grad(f)(randomTensor([2]))).toThrow(
      new ShapeError(
        `grad: the function gave ${what}; it must give one float of shape []. Reduce it, or use vjp`,
      ),
    );
  });

  test.each(['i32', 'bool'] as const)('refuses an argument of dtype %s', (dtype) => {
    expect(() => grad((x: Tensor) => sum(astype(x, 'f32')))(tensor([1, 0], dtype))).toThrow(
      new DTypeError(
        `grad: an argument is ${dtype}[2], which has no derivative; only floats have. Make it one, as tensor([1, 2, 3], 'f32') does, close over it, or pass it after the first argument of grad`,
      ),
    );
  });

  test('names the path of a leaf that is not a tensor', () => {
    const f = grad((p: { layers: Tensor[] }) => sum(p.layers[0]));
    expect(() => f({ layers: [tensor(1, 'f32'), 2 as unknown as Tensor] })).toThrow(
      new TypeError(
        'grad: leaf [0].layers[1] is 2, not a tensor; wrap numbers with tensor(…), and close over what is not data',
      ),
    );
    expect(() => grad(() => 3 as unknown as Tensor)(tensor(1, 'f32'))).toThrow(
      "grad: the function's result: leaf itself is 3, not a tensor",
    );
  });
});

describe('valueAndGrad', () => {
  test('gives the value too', () => {
    const [value, gradient] = valueAndGrad((x: Tensor) => mul(sin(x), 2))(scalar(1));
    expectNumbers([value.item(), gradient.item()], [2 * Math.sin(1), 2 * Math.cos(1)], 1e-15);
  });

  test('runs under jit and vmap with the whole tree', () => {
    const f = valueAndGrad((p: { a: Tensor; b: Tensor }) => mul(p.a, cos(p.b)));
    const xs = { a: randomTensor([3], 1), b: randomTensor([3], 2) };
    const [values, gradients] = jit(vmap(f))(xs);
    for (const i of [0, 1, 2]) {
      const [value, gradient] = f(treeMap((x) => take(x, tensor(i, 'i32')), xs));
      expect(values.data[i]).toBe(value.item());
      expect([gradients.a.data[i], gradients.b.data[i]]).toEqual([gradient.a.item(), gradient.b.item()]);
    }
    expectSame(values, mul(xs.a, cos(xs.b)));
  });
});

describe('In chosen arguments', () => {
  const f = (a: Tensor, { b, c }: { b: Tensor; c: Tensor }, n: Tensor, d: Tensor): Tensor =>
    sum(mul(mul(a, b), mul(c, mul(d, astype(n, 'f64')))));
  const [a, b, c, d] = [0, 1, 2, 3].map((seed) => randomTensor([3], seed));
  const args = [a, { b, c }, tensor([2, 3, 4], 'i32'), d] as const;
  const first = grad(f)(...args);
  const second = grad((p: { b: Tensor; c: Tensor }) => f(a, p, args[2], d))({ b, c });
  const last = grad((p: Tensor) => f(a, { b, c }, args[2], p))(d);

  test('a gradient is that of a function of these alone', () => {
    expectSame(grad(f, { argnums: 0 })(...args), first);
    expectSame(grad(f, { argnums: 3 })(...args), last);
    const own = grad(f, { argnums: 1 })(...args);
    expectSame(own.b, second.b);
    expectSame(own.c, second.c);
  });

  test('a list of them gives a list, in its order, each as often as it stands there', () => {
    const [x, y, z] = jit(grad(f, { argnums: [3, 1, 3] }))(...args);
    expectSame(x, last);
    expectSame(y.c, second.c);
    expectSame(z, last);
    const [value, [only]] = valueAndGrad(f, { argnums: [1] })(...args);
    expectSame(value, f(...args));
    expectSame(only.b, second.b);
    expect(grad(f, { argnums: [] })(...args)).toEqual([]);
  });

  test('what cannot be is refused', () => {
    expect(() => grad(f, { argnums: 4 })(...args)).toThrow(
      new RangeError('grad: argnums names argument 4, but the function was given 4'),
    );
    expect(() => grad(f, { argnums: [0, 2] })(...args)).toThrow(DTypeError);
    for (const [argnums, shown] of [
      [-1, '-1'],
      ['a', '"a"'],
      [[0, 0.5], '[0, 0.5]'],
    ] as const)
      expect(() => grad(f, { argnums: argnums as never })(...args)).toThrow(
        new TypeError(`grad: argnums is ${shown}; it must be the position of an argument or a list of such`),
      );
  });
});

describe('An aux', () => {
  type Aux = { seen: Tensor; most: [Tensor] };
  const f = (x: Tensor, k: Tensor): [Tensor, Aux] => {
    const y = mul(square(x), k);
    return [sum(y), { seen: greater(y, scalar(1)), most: [exp(y)] }];
  };
  const [x, k] = [randomTensor([4], 1), randomTensor([4], 2)];
  const plain = (a: Tensor, b: Tensor): Tensor => f(a, b)[0];

  test('is handed on as it is, beside the value and the gradient of the loss alone', () => {
    const [[value, aux], gradient] = valueAndGrad(f, { hasAux: true })(x, k);
    expectSame(value, plain(x, k));
    expectSame(gradient, grad(plain)(x, k));
    expectSame(aux.seen, f(x, k)[1].seen);
    expectSame(aux.most[0], f(x, k)[1].most[0]);
    const [[own], again] = jit(grad(f, { argnums: [1], hasAux: true }))(x, k);
    expectSame(own, grad(plain, { argnums: 1 })(x, k));
    expectSame(again.seen, aux.seen);
  });

  test('costs no derivative of its own', () => {
    const nodes = (g: (a: Tensor, b: Tensor) => Tree) =>
      traceTree('test', g, flatten('test', [x, k]).structure, [x, k]).graph.nodes.map(({ op }) => op);
    const more = nodes(grad(f, { hasAux: true }));
    for (const op of nodes(grad(plain))) more.splice(more.indexOf(op), 1);
    expect(more.sort()).toEqual(['broadcast', 'exp', 'lt', 'mul', 'mul']); // what it gives, and no more
  });

  test('is where it is announced, and nowhere else', () => {
    expect(() => grad(plain as never, { hasAux: true })(x as never, k as never)).toThrow(
      'grad: with hasAux the function must give [loss, aux], and it gave *',
    );
    expect(() => grad(f as never)(x as never, k as never)).toThrow('it must give one float of shape []');
    expect(() => valueAndGrad((a: Tensor): [Tensor, Tensor] => [a, sum(a)], { hasAux: true })(x)).toThrow(
      new ShapeError(
        'valueAndGrad: the function gave f64[4]; it must give one float of shape []. Reduce it, or use vjp',
      ),
    );
  });
});
