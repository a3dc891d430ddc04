// grad, jvp, vjp, linearize, jit and vmap in every order to depth three, against the derivative on paper.
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import { cos, exp, mul, sin, sum, tensor } from '../../src/ops/index.ts';
import type { Tensor } from '../../src/tensor/index.ts';
import { grad, jit, jvp, linearize, vjp, vmap } from '../../src/transforms/index.ts';
import { randomTensor } from '../helpers/draws.ts';
import { expectNumbers, expectSame } from '../helpers/grids.ts';

type Scalar = (x: Tensor) => Tensor;

const scales = [0.5, -1.25, 2];
const one = tensor(1, 'f64');

/** Each turns a function of one number into another. */
const wrappers: Record<string, (f: Scalar) => Scalar> = {
  grad: (f) => grad(f),
  jvp: (f) => (x) => jvp(f, [x], [one])[1],
  vjp: (f) => (x) => vjp(f, x)[1](one)[0],
  linearize: (f) => (x) => linearize(f, x)[1](one),
  jit: (f) => jit(f),
  vmap: (f) => (x) => sum(vmap(f)(mul(x, tensor(scales, 'f64')))),
};

/** What the wrappers make of sin stays a sum of a sin⁽ⁿ⁾(b x) over some terms (a, b). */
function expected(names: readonly string[], x: number): number {
  let n = 0;
  let terms: (readonly [a: number, b: number])[] = [[1, 1]];
  for (const name of names.toReversed()) {
    if (name === 'jit') continue;
    if (name === 'vmap') terms = terms.flatMap(([a, b]) => scales.map((c) => [a, b * c] as const));
    else {
      n++;
      terms = terms.map(([a, b]) => [a * b, b]);
    }
  }
  return terms.reduce((total, [a, b]) => total + a * Math.sin(b * x + (n * Math.PI) / 2), 0);
}

beforeAll(() => {
  useEngine('reference');
});

describe('Nested transformations', () => {
  const names = Object.keys(wrappers);
  const triples = names.flatMap((a) => names.flatMap((b) => names.map((c) => [a, b, c])));

  test.each(triples)('%s of %s of %s is what it is on paper', (...order) => {
    const f = order.toReversed().reduce<Scalar>(
      (g, name) => wrappers[name](g),
      (x) => sin(x),
    );
    expectNumbers([f(tensor(0.7, 'f64')).item()], [expected(order, 0.7)], 1e-12);
  });

  test('agree with loops when vmap maps gradients that close over its example', () => {
    const x = randomTensor([4], 3);
    const outer = vmap((a: Tensor) => grad((b: Tensor) => mul(sin(mul(a, b)), b))(mul(a, a)));
    const at = (a: number): number => a ** 3 * Math.cos(a ** 3) + Math.sin(a ** 3);
    expectNumbers(outer(x).data, Array.from(x.data, at), 1e-12);
  });

  test('agree when vmap runs over two axes in either order', () => {
    const [x, y] = [randomTensor([3], 1), randomTensor([4], 2)];
    const f = grad((a: Tensor, b: Tensor) => mul(exp(mul(a, 0.3)), cos(b)));
    const rows = vmap(vmap(f, [null, 0]), [0, null])(x, y);
    const columns = vmap(vmap(f, [0, null]), [null, 0], 1)(x, y);
    expect(rows.shape).toEqual([3, 4]);
    expectSame(rows, columns);
    const value = (i: number): number =>
      0.3 * Math.exp(0.3 * x.data[Math.floor(i / 4)]) * Math.cos(y.data[i % 4]);
    expectNumbers(
      rows.data,
      Array.from(rows.data, (_, i) => value(i)),
      1e-12,
    );
  });

  test('give the same gradient of a loss over examples in any order of jit, grad and vmap', () => {
    const [w, xs] = [randomTensor([3], 1), randomTensor([5, 3], 2)];
    const loss = (p: Tensor, x: Tensor): Tensor => sin(sum(mul(p, x)));
    const total = (f: typeof loss) => (p: Tensor, x: Tensor) => sum(vmap(f, [null, 0])(p, x));
    const results = [
      grad(total(loss))(w, xs),
      jit(grad(total(loss)))(w, xs),
      grad(jit(total(loss)))(w, xs),
      grad(total(jit(loss)))(w, xs),
      sum(vmap(grad(loss), [null, 0])(w, xs), 0),
      sum(jit(vmap(jit(grad(jit(loss))), [null, 0]))(w, xs), 0),
    ];
    for (const result of results) expectSame(result, results[0], 1e-13);
  });
});
