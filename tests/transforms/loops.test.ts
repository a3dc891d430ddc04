// scan, cond and whileLoop under every transformation, against what they are written out as straight lines.
import { beforeAll, describe, expect, test } from 'vitest';
import { engineNames, useEngine } from '../../src/engines/index.ts';
import { trace } from '../../src/graph/index.ts';
import {
  add,
  astype,
  cos,
  equal,
  exp,
  greater,
  less,
  logicalNot,
  mul,
  remainder,
  sin,
  square,
  sum,
  take,
  tanh,
  tensor,
  where,
  zerosLike,
} from '../../src/ops/index.ts';
import { type Tensor, type Tree, treeLeaves } from '../../src/tensor/index.ts';
import { grad, hessian, jacfwd, jacrev, jit, jvp, linearize, vjp, vmap } from '../../src/transforms/index.ts';
import { bounded, compare } from '../helpers/bounds.ts';
import { type Control, looped, unrolled } from '../helpers/control.ts';
import { randomTensor } from '../helpers/draws.ts';
import { expectSame, toGrid } from '../helpers/grids.ts';
import { sampled } from '../helpers/long.ts';

/** A number from w, f64 [3], and xs, f64 [3, 3]. */
type F = (w: Tensor, xs: Tensor) => Tensor;

const zero = tensor(0, 'i32');
const total = (...trees: Tensor[]): Tensor => trees.map((x) => sum(sin(x))).reduce((a, b) => add(a, b));
const isPositive = (x: Tensor): Tensor => greater(sum(x), 0);

/** A step that is not linear in anything. */
const step = (c: Tensor, x: Tensor, w: Tensor): Tensor => tanh(add(mul(c, mul(w, 0.5)), sin(x)));

/** What has a derivative in both modes. */
const smooth: Record<string, (control: Control) => F> = {
  'a carry and what is stacked':
    ({ scan }) =>
    (w, xs) => {
      const [last, ys] = scan((c: Tensor, x: Tensor) => [step(c, x, w), sum(mul(c, x))], w, xs);
      return total(last, ys);
    },
  'rounds in the other order':
    ({ scan }) =>
    (w, xs) => {
      const [last, ys] = scan((c: Tensor, x: Tensor) => [step(c, x, w), mul(c, x)], w, xs, { reverse: true });
      return total(last, mul(ys, xs));
    },
  'no carry':
    ({ scan }) =>
    (w, xs) =>
      total(scan((_: Tree, x: Tensor) => [[], mul(exp(x), w)], [], xs)[1] as Tensor),
  'a carry alone':
    ({ scan }) =>
    (w) =>
      total(scan((c: Tensor) => [sin(mul(c, w)), []], w, [], { length: 3 })[0]),
  'a carry that rounds set in motion':
    ({ scan }) =>
    (w, xs) =>
      total(scan((c: Tensor, x: Tensor) => [add(sin(c), mul(x, w)), []], zerosLike(w), xs)[0]),
  'a carry that sets another in motion':
    ({ scan }) =>
    (w, xs) => {
      const first = [w, zerosLike(w), astype(tensor([1, 2, 3]), w.dtype)];
      const round = ([a, b, c]: readonly Tensor[], x: Tensor): [Tensor[], Tensor[]] => [
        [c, mul(a, x), sin(b)],
        [b, c],
      ];
      const [last, ys] = scan(round, first, xs);
      return total(...last, ...ys);
    },
  'carries that change places':
    ({ scan }) =>
    (w, xs) => {
      const [[a, b]] = scan(([p, q]: Tensor[]) => [[q, mul(p, q)], []], [w, cos(w)], [], { length: 4 });
      return total(a, mul(b, xs));
    },
  'what is given as it came':
    ({ scan }) =>
    (w, xs) => {
      const [c, ys] = scan((c: Tensor, x: Tensor) => [x, [c, x, w, x]], w, xs);
      return total(c, ...ys);
    },
  'trees, integers and booleans':
    ({ scan }) =>
    (w, xs) => {
      const init = { at: zero, on: tensor(true), sum: { even: w, odd: [w] } };
      const [last, ys] = scan(
        ({ at, on, sum: { even, odd } }: typeof init, { x, i }: { x: Tensor; i: Tensor }) => {
          const picked = mul(take(w, remainder(add(at, i), 3)), x);
          const next = {
            even: where(on, add(even, picked), even),
            odd: [where(on, odd[0], mul(odd[0], picked))],
          };
          return [
            { at: add(at, 1), on: logicalNot(on), sum: next },
            { y: picked, at },
          ];
        },
        init,
        { x: xs, i: tensor([2, 0, 1], 'i32') },
      );
      return total(last.sum.even, last.sum.odd[0], mul(ys.y, astype(add(last.at, sum(ys.at)), w.dtype)));
    },
  'one round':
    ({ scan }) =>
    (w, xs) =>
      total(...scan((c: Tensor, x: Tensor) => [step(c, x, w), c], w, take(xs, tensor([1], 'i32')))),
  'a scan in a scan':
    ({ scan }) =>
    (w, xs) => {
      const inner = (c: Tensor, row: Tensor): [Tensor, Tensor] => {
        const [s, ys] = scan(
          (d: Tensor, x: Tensor) => [sin(add(mul(d, x), sum(c))), mul(d, w)],
          sum(row),
          row,
        );
        return [mul(c, s), ys];
      };
      return total(...scan(inner, w, xs));
    },
  'branches in a scan':
    ({ scan, cond }) =>
    (w, xs) => {
      const round = ([i, c]: readonly Tensor[], x: Tensor): [Tensor[], Tensor] => {
        const even = equal(remainder(i, 2), 0);
        const next = cond(
          even,
          (v: Tensor) => mul(v, w),
          (v: Tensor) => sin(mul(v, x)),
          c,
        );
        return [
          [add(i, 1), next],
          cond(
            isPositive(x),
            (v: Tensor) => square(v),
            () => x,
            c,
          ),
        ];
      };
      const [[, last], ys] = scan(round, [zero, w], xs);
      return total(last, ys);
    },
  'a scan in a branch':
    ({ scan, cond }) =>
    (w, xs) =>
      total(
        cond(
          isPositive(w),
          (v: Tensor) => scan((c: Tensor, x: Tensor) => [step(c, x, v), []], v, xs)[0],
          (v: Tensor) => square(v),
          w,
        ),
      ),
  'branches that read what they close over':
    ({ cond }) =>
    (w, xs) =>
      total(
        ...cond(
          isPositive(xs),
          (v: Tensor) => [v, mul(w, w)],
          (v: Tensor) => [sin(sum(xs, 0)), v],
          w,
        ),
      ),
  'recomputing in a scan':
    ({ scan, checkpoint }) =>
    (w, xs) =>
      total(
        ...scan(
          checkpoint((c: Tensor, x: Tensor): [Tensor, Tensor] => [step(c, x, w), mul(exp(c), x)]),
          w,
          xs,
        ),
      ),
  'a scan that is recomputed':
    ({ scan, checkpoint }) =>
    (w, xs) =>
      total(
        ...checkpoint((v: Tensor) => scan((c: Tensor, x: Tensor) => [step(c, x, v), mul(c, w)], v, xs))(w),
      ),
  'compiled functions in each':
    ({ scan, cond, jit }) =>
    (w, xs) => {
      const both = jit((c: Tensor, x: Tensor) => step(c, x, w));
      const round = (c: Tensor, x: Tensor): [Tensor, Tensor] => [
        both(c, x),
        cond(isPositive(c), both, mul, c, x),
      ];
      return total(...jit((v: Tensor) => scan(round, v, xs))(w));
    },
};

/** What has one in forward mode alone. */
const forward: Record<string, (control: Control) => F> = {
  'a loop whose rounds depend on data':
    ({ whileLoop }) =>
    (w, xs) => {
      const go = ([i, c]: readonly Tensor[]): Tensor =>
        less(add(astype(i, w.dtype), mul(sum(square(c)), 1e-3)), 3);
      const round = ([i, c]: readonly Tensor[]): Tensor[] => [add(i, 1), add(sin(mul(c, w)), sum(xs, 0))];
      return total(whileLoop(go, round, [zero, w] as readonly Tensor[])[1]);
    },
  'a loop without rounds':
    ({ whileLoop }) =>
    (w) =>
      total(whileLoop((c: Tensor) => less(sum(square(c)), 0), square, w)),
  'a loop that sets a carry in motion':
    ({ whileLoop }) =>
    (w) => {
      const round = ([i, c]: readonly Tensor[]): Tensor[] => [add(i, 1), add(mul(c, c), w)];
      return total(
        whileLoop(([i]: readonly Tensor[]) => less(i, 3), round, [
          zero,
          zerosLike(w),
        ] as readonly Tensor[])[1],
      );
    },
  'a loop in a scan':
    ({ scan, whileLoop }) =>
    (w, xs) => {
      const inner = (c: Tensor, x: Tensor): Tensor =>
        whileLoop(
          ([i]: readonly Tensor[]) => less(i, add(1, astype(isPositive(x), 'i32'))),
          ([i, d]: readonly Tensor[]) => [add(i, 1), step(d, x, w)],
          [zero, c] as readonly Tensor[],
        )[1];
      return total(...scan((c: Tensor, x: Tensor) => [inner(c, x), c], w, xs));
    },
  'a scan in a loop':
    ({ scan, whileLoop }) =>
    (w, xs) =>
      total(
        whileLoop(
          ([i]: readonly Tensor[]) => less(i, 2),
          ([i, c]: readonly Tensor[]) => [
            add(i, 1),
            scan((d: Tensor, x: Tensor) => [step(d, x, w), []], c, xs)[0],
          ],
          [zero, w] as readonly Tensor[],
        )[1],
      ),
};

const [w, xs] = [randomTensor([3], 1), randomTensor([3, 3], 2)];
const [dw, dxs] = [randomTensor([3], 3), randomTensor([3, 3], 4)];
const [ws, manyXs] = [randomTensor([2, 3], 5), randomTensor([2, 3, 3], 6)];

const along =
  (f: F): F =>
  (a, b) =>
    jvp(f, [a, b], [dw, dxs])[1];
const gradient = (f: F) => (a: Tensor, b: Tensor) => grad(f, { argnums: [0, 1] })(a, b);
/** The gradient as a number again. */
const steepness =
  (f: F): F =>
  (a, b) =>
    total(...gradient(f)(a, b));
const mapped = (f: F, axes: readonly (0 | null)[]): Tensor =>
  vmap(f, axes)(axes[0] === 0 ? ws : w, axes[1] === 0 ? manyXs : xs);

const inForwardMode: Record<string, (f: F) => Tree> = {
  jvp: (f) => jvp(f, [w, xs], [dw, dxs]),
  'jvp of jvp': (f) => along(along(f))(w, xs),
  jacfwd: (f) => jacfwd((v: Tensor) => f(v, xs))(w),
  'vmap over all': (f) => mapped(f, [0, 0]),
  'vmap over the first': (f) => mapped(f, [0, null]),
  'vmap over the second': (f) => mapped(f, [null, 0]),
  'vmap of vmap': (f) => vmap(vmap(f, [0, null]), [null, 0])(ws, manyXs),
  'vmap of jvp': (f) => mapped(along(f), [0, 0]),
  'jvp of vmap': (f) => along((a, b) => total(vmap(f, [0, null])(add(ws, a), b)))(w, xs),
};

const inBothModes: Record<string, (f: F) => Tree> = {
  ...inForwardMode,
  grad: (f) => gradient(f)(w, xs),
  'vjp, applied twice': (f) => {
    const pullback = vjp(f, w, xs)[1];
    return [pullback(tensor(1, 'f64')), pullback(tensor(-2, 'f64'))];
  },
  'linearize, applied twice': (f) => {
    const derivative = linearize(f, w, xs)[1];
    return [derivative(dw, dxs), vmap(derivative)(ws, manyXs)];
  },
  'grad of grad': (f) => gradient(steepness(f))(w, xs),
  'jvp of grad': (f) => along(steepness(f))(w, xs),
  'grad of jvp': (f) => gradient(along(f))(w, xs),
  jacrev: (f) => jacrev((v: Tensor) => f(v, xs))(w),
  hessian: (f) => hessian((v: Tensor) => f(v, xs))(w),
  'the third derivative': (f) => gradient(steepness(steepness(f)))(w, xs),
  'vmap of grad': (f) => vmap(gradient(f), [0, null])(ws, xs),
  'grad of vmap': (f) => gradient((a, b) => total(vmap(f, [0, null])(add(ws, a), b)))(w, xs),
  'grad of vmap over what is stacked': (f) =>
    gradient((a, b) => total(vmap(f, [null, 0])(a, add(manyXs, b))))(w, xs),
  'grad of vmap of grad': (f) =>
    gradient((a, b) => total(...vmap(gradient(f), [0, null])(add(ws, a), b)))(w, xs),
};

function expectAlike(actual: Tree, expected: Tree, tolerance: number): void {
  const [a, e] = [treeLeaves(actual), treeLeaves(expected)];
  expect(a.length).toBe(e.length);
  a.forEach((leaf, i) => {
    expectSame(leaf, e[i], tolerance);
  });
}

describe.each([
  ...Object.entries(smooth).map(([name, f], turn) => [name, f, inBothModes, turn] as const),
  ...Object.entries(forward).map(([name, f], turn) => [name, f, inForwardMode, turn] as const),
])('Of %s', (_, f, transformations, turn) => {
  beforeAll(() => {
    useEngine('reference');
  });
  const [loop, line] = [jit(f(looped)), f(unrolled)];

  test('the value is that of straight lines, to the bit', () => {
    expectSame(f(looped)(w, xs), line(w, xs));
    expectSame(loop(w, xs), line(w, xs));
  });

  for (const [name, transformed] of sampled(Object.entries(transformations), 7, turn))
    test(`${name} is that of straight lines`, () => {
      expectAlike(transformed(loop), transformed(line), 1e-11);
    });
});

describe.each(engineNames())('On the %s engine', (engine) => {
  test.each(['f32', 'f64'] as const)(
    'loops on %s give what straight lines do, within their errors',
    (dtype) => {
      const all = (control: Control) => (values: readonly Tensor[]) =>
        Object.values({ ...smooth, ...forward }).map((f) => f(control)(values[0], values[1]));
      const given = [w, xs].map((x) => astype(x, dtype));
      useEngine(engine);
      const results = jit(all(looped))(given);
      useEngine('reference');
      const { graph, captures } = trace(all(unrolled), given);
      bounded(graph, [...captures, ...given].map(toGrid)).forEach((bound, i) => {
        expect(compare(results[i], bound)).toEqual({ checked: 1, all: 1 });
      });
    },
  );
});
