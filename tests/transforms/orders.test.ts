// Second and third derivatives: all orders of forward and reverse mode agree, for every float primitive.
import { beforeAll, describe, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import { prims } from '../../src/graph/index.ts';
import { add, div, erf, exp, log, mul, pow, sin, sum, tanh } from '../../src/ops/index.ts';
import type { Tensor } from '../../src/tensor/index.ts';
import { grad, jvp } from '../../src/transforms/index.ts';
import { forEachPrimitive } from '../graph/primitives/suites.ts';
import { randomTensor } from '../helpers/draws.ts';
import { expectNumbers } from '../helpers/grids.ts';
import { directional, inner } from '../helpers/numeric.ts';
import {
  type Differentiable,
  differentiable,
  directions,
  givesFloats,
  isSmooth,
  titleOf,
} from '../helpers/primitive.ts';

beforeAll(() => {
  useEngine('reference');
});

type List = readonly Tensor[];

const dotTrees = (a: List, b: List): Tensor => a.map((x, i) => sum(mul(x, b[i]))).reduce((x, y) => add(x, y));
const innerTrees = (a: List, b: List): number =>
  a.reduce((total, x, i) => total + inner(x.data, b[i].data), 0);

/** The second derivative of ⟨w, f⟩ along u and v, in the four orders and by differences. */
function secondDerivatives({ f, x }: Differentiable): { orders: Record<string, number>; expected: number } {
  const [u, v] = [directions(x, 60), directions(x, 70)];
  const [w] = directions([f(...x)], 80);
  const scalar = (at: List): Tensor => sum(mul(f(...at), w));
  const forward = (at: List): Tensor => jvp((y: List) => f(...y), [at], [v])[1];
  const reverse = grad(scalar);
  return {
    orders: {
      'forward over forward': inner(jvp(forward, [x], [u])[1].data, w.data),
      'forward over reverse': innerTrees(jvp(reverse, [x], [u])[1], v),
      'reverse over forward': innerTrees(grad((at: List) => sum(mul(forward(at), w)))(x), u),
      'reverse over reverse': innerTrees(grad((at: List) => dotTrees(reverse(at), v))(x), u),
    },
    expected: inner(
      directional((...at) => forward(at), x, u),
      w.data,
    ),
  };
}

describe('Second derivatives', () => {
  forEachPrimitive((op, suite) => {
    for (const c of suite.cases.filter((one) => isSmooth(suite, one) && givesFloats(suite, one)))
      test(`of ${op} agree in all four orders for ${titleOf(c)}`, () => {
        const { orders, expected } = secondDerivatives(differentiable(op, c));
        expectNumbers(Object.values(orders), [expected, expected, expected, expected], 1e-8);
        const [first] = Object.values(orders);
        expectNumbers(Object.values(orders), [first, first, first, first], 1e-12);
      });
  });
});

describe('Second derivatives of pow', () => {
  const f = (a: Tensor, b: Tensor): Tensor => prims.pow(a, b);
  const point = (a: number, b: number): Differentiable => ({
    f,
    x: [prims.full([], a, 'f64'), prims.full([], b, 'f64')],
  });

  test('are right where the exponent is 0', () => {
    const { orders, expected } = secondDerivatives(point(2, 0));
    expectNumbers(Object.values(orders), [expected, expected, expected, expected], 1e-8);
  });

  test('by the exponent are 0 at the base 0', () => {
    const zero = prims.full([], 0, 'f64');
    let g = (b: Tensor): Tensor => f(zero, b);
    for (const _ of [1, 2, 3]) {
      g = grad(g);
      expectNumbers([g(prims.full([], 2, 'f64')).item()], [0]);
    }
  });

  test('by the base are right where the exponent is 1 or 2', () => {
    const second = (n: number): number =>
      grad(grad((a: Tensor) => f(a, prims.full([], n, 'f64'))))(prims.full([], 1.5, 'f64')).item();
    expectNumbers([second(1), second(2), second(0)], [0, 2, 0]);
  });
});

describe('Derivatives by the base at 0', () => {
  test.each([
    [0, [0, 0, 0, 0]],
    [1, [1, 0, 0, 0]],
    [2, [0, 2, 0, 0]],
    [3, [0, 0, 6, 0]],
  ])('of x^%s are finite to the fourth order, in both modes', (n, expected) => {
    const zero = prims.full([], 0, 'f64');
    const one = prims.full([], 1, 'f64');
    let reverse = (x: Tensor): Tensor => pow(x, n);
    let forward = reverse;
    for (const value of expected) {
      const [r, f] = [reverse, forward];
      reverse = grad(r);
      forward = (x) => jvp(f, [x], [one])[1];
      expectNumbers([reverse(zero).item(), forward(zero).item()], [value, value]);
    }
  });
});

describe('Third derivatives', () => {
  const functions: Record<string, (x: Tensor) => Tensor> = {
    'sin x eˣ': (x) => mul(sin(x), exp(x)),
    'tanh x / x': (x) => div(tanh(x), x),
    'erf(x²)': (x) => erf(mul(x, x)),
    'x^x': (x) => pow(x, x),
    'log(1 + x³)': (x) => log(add(1, pow(x, 3))),
  };

  test.each(Object.entries(functions))('of %s agree in all eight orders', (_, f) => {
    const x = randomTensor([3], 5, 'f64', 'positive');
    const ones = prims.full([3], 1, 'f64');
    const forward = (g: (x: Tensor) => Tensor) => (at: Tensor) => jvp(g, [at], [ones])[1];
    const reverse = (g: (x: Tensor) => Tensor) => grad((at: Tensor) => sum(g(at)));
    const expected = directional(forward(forward(f)), [x], [ones]);
    for (const a of [forward, reverse])
      for (const b of [forward, reverse])
        for (const c of [forward, reverse]) expectNumbers(a(b(c(f)))(x).data, expected, 1e-8);
  });
});
