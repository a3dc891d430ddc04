// Functions with derivatives of their own, and such as compute again what theirs need, under every transformation.
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import { type Graph, trace } from '../../src/graph/index.ts';
import {
  add,
  argmax,
  cos,
  exp,
  greater,
  less,
  mul,
  sin,
  square,
  sub,
  sum,
  take,
  tanh,
  tensor,
  where,
  zerosLike,
} from '../../src/ops/index.ts';
import { type Tensor, type Tree, treeLeaves } from '../../src/tensor/index.ts';
import {
  checkpoint,
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
  scan,
  valueAndGrad,
  vjp,
  vmap,
} from '../../src/transforms/index.ts';
import { linearizeGraph } from '../../src/transforms/linearize.ts';
import { randomTensor } from '../helpers/draws.ts';
import { expectSame } from '../helpers/grids.ts';

beforeAll(() => {
  useEngine('reference');
});

type F = (x: Tensor, y: Tensor) => Tensor;

const [x, y] = [randomTensor([3], 1), randomTensor([3], 2)];
const [dx, dy] = [randomTensor([3], 3), randomTensor([3], 4)];
const [xs, ys] = [randomTensor([2, 3], 5), randomTensor([2, 3], 6)];
const number = (v: number): Tensor => tensor(v, 'f64');

const plain: F = (a, b) => mul(sin(a), exp(mul(b, 0.3)));
const slopes = (a: Tensor, b: Tensor): [Tensor, Tensor] => [
  mul(cos(a), exp(mul(b, 0.3))),
  mul(mul(sin(a), exp(mul(b, 0.3))), 0.3),
];

/** The same function, with its derivative by other ways. */
const ways: Record<string, F> = {
  checkpoint: checkpoint(plain),
  'checkpoint of checkpoint': checkpoint(checkpoint(plain)),
  customJvp: customJvp(plain, ([a, b], [da, db]) => {
    const [sa, sb] = slopes(a, b);
    return [plain(a, b), add(mul(sa, da), mul(sb, db))];
  }),
  customVjp: customVjp(
    plain,
    (a, b) => [plain(a, b), { slopes: slopes(a, b) }],
    ({ slopes: [sa, sb] }, ct) => [mul(ct, sa), mul(ct, sb)],
  ),
};
// one whose forward pass is it itself again, and so on to all orders
const again: F = customVjp(
  plain,
  (a, b) => [again(a, b), [a, b]],
  ([a, b], ct) => [mul(ct, slopes(a, b)[0]), mul(ct, mul(again(a, b), 0.3))],
);
ways['customVjp by itself'] = again;

/** Where `f` stands in a number. */
const places: Record<string, (f: F) => F> = {
  alone: (f) => (a, b) => sum(square(f(a, b))),
  'in a scan': (f) => (a, b) => {
    const [last, all] = scan(
      (c: Tensor, k: Tensor) => [f(c, mul(b, k)), f(b, c)],
      a,
      tensor([0.5, -1], 'f64'),
    );
    return add(sum(last), sum(sin(all)));
  },
  'in a branch in jit': (f) =>
    jit((a, b) => sum(cond(greater(sum(a), 0), f, (p: Tensor, q: Tensor) => sub(q, p), a, b))),
};

const along =
  (f: F): F =>
  (a, b) =>
    jvp(f, [a, b], [dx, dy])[1];
const gradient = (f: F) => (a: Tensor, b: Tensor) => grad(f, { argnums: [0, 1] })(a, b);
const steepness =
  (f: F): F =>
  (a, b) =>
    gradient(f)(a, b)
      .map((g) => sum(sin(g)))
      .reduce((p, q) => add(p, q));

const transformations: Record<string, (f: F) => Tree> = {
  'the value': (f) => f(x, y),
  jvp: (f) => jvp(f, [x, y], [dx, dy]),
  grad: (f) => gradient(f)(x, y),
  'grad in the second argument alone': (f) => grad(f, { argnums: 1 })(x, y),
  'vjp, applied twice': (f) => {
    const pullback = vjp(f, x, y)[1];
    return [pullback(number(1)), pullback(number(-2))];
  },
  'linearize, mapped': (f) => vmap(linearize(f, x, y)[1])(xs, ys),
  'grad of grad': (f) => gradient(steepness(f))(x, y),
  'jvp of grad': (f) => along(steepness(f))(x, y),
  'grad of jvp': (f) => gradient(along(f))(x, y),
  'jvp of jvp': (f) => along(along(f))(x, y),
  hessian: (f) => hessian((a: Tensor) => f(a, y))(x),
  jacfwd: (f) => jacfwd((a: Tensor) => f(a, y))(x),
  jacrev: (f) => jacrev((a: Tensor) => f(a, y))(x),
  'the third derivative': (f) => gradient(steepness(steepness(f)))(x, y),
  vmap: (f) => vmap(f)(xs, ys),
  'vmap over the second': (f) => vmap(f, [null, 0])(x, ys),
  'vmap of vmap of grad': (f) => vmap(vmap(gradient(f), [0, null]), [null, 0])(xs, ys),
  'grad of vmap': (f) => gradient((a, b) => sum(sin(vmap(f, [0, null])(mul(xs, a), b))))(x, y),
  'grad of vmap of grad': (f) => gradient((a, b) => sum(vmap(steepness(f), [0, null])(mul(xs, a), b)))(x, y),
  'jvp of vmap': (f) => along((a, b) => sum(vmap(f, [0, null])(mul(xs, a), b)))(x, y),
  'jit of grad': (f) => jit(gradient(f))(x, y),
};

function expectAlike(actual: Tree, expected: Tree): void {
  const wanted = treeLeaves(expected);
  expect(treeLeaves(actual).length).toBe(wanted.length);
  treeLeaves(actual).forEach((leaf, i) => {
    expectSame(leaf, wanted[i], 1e-11);
  });
}

describe.each(Object.entries(ways))('%s', (_, f) => {
  for (const [place, placed] of Object.entries(places))
    test(`${place} has the derivatives of the function, whatever is asked for`, () => {
      for (const transformed of Object.values(transformations))
        expectAlike(transformed(placed(f)), transformed(placed(plain)));
    });
});
