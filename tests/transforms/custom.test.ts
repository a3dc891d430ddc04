// Functions with derivatives of their own, and such as compute again what theirs need, under every transformation.
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import { type Graph, trace } from '../../src/graph/index.ts';
import {
  add,
  arange,
  argmax,
  astype,
  cos,
  cumsum,
  equal,
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
import { ShapeError, type Tensor, type Tree, treeLeaves } from '../../src/tensor/index.ts';
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
  vjp,
  vmap,
  whileLoop,
} from '../../src/transforms/index.ts';
import { linearizeGraph } from '../../src/transforms/linearize.ts';
import { randomTensor } from '../helpers/draws.ts';
import { expectSame } from '../helpers/grids.ts';
import { sampled } from '../helpers/long.ts';

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

const everywhere = Object.keys(ways).flatMap((way) =>
  Object.keys(places).map((place) => [way, place] as const),
);

test.each(everywhere.map((each, turn) => [...each, turn] as const))(
  '%s %s has the derivatives of the function, whatever is asked for',
  (way, place, turn) => {
    const [actual, expected] = [places[place](ways[way]), places[place](plain)];
    for (const [, transformed] of sampled(Object.entries(transformations), 4, turn))
      expectAlike(transformed(actual), transformed(expected));
  },
);

const graphOf = (f: (...values: Tensor[]) => Tensor): Graph =>
  trace((values) => [f(...values)], [x, y]).graph;

describe('checkpoint', () => {
  const deep = (f: typeof checkpoint) => (a: Tensor, b: Tensor) =>
    f((p: Tensor, q: Tensor) => sin(exp(sin(mul(p, tanh(q))))))(a, b);

  test('keeps of the forward pass nothing but the arguments', () => {
    const residuals = (f: F) => linearizeGraph(graphOf(f), [true, true], 'split').residuals;
    expect(residuals(deep((f) => f)).length).toBeGreaterThan(3);
    const kept = residuals(deep(checkpoint));
    expect(kept.map(({ from }) => from)).toEqual([undefined, undefined]);
  });

  test('around the body of a scan, nothing but carries and what stands outside', () => {
    const looping =
      (f: typeof checkpoint): F =>
      (a, b) =>
        sum(scan((c: Tensor, k: Tensor) => [f((d: Tensor) => steep(d, k))(c), []], a, b)[0]);
    const steep = (d: Tensor, k: Tensor): Tensor => [1, 2, 3, 4].reduce((h) => cumsum(sin(mul(h, k)), 0), d);
    const stacksOf = (f: F): number => {
      const scans = linearizeGraph(graphOf(f), [true, true], 'transpose').primal.nodes.filter(
        ({ op }) => op === 'scan',
      );
      return scans.flatMap(({ results }) => results).filter(({ shape }) => shape.length === 2).length;
    };
    expect(stacksOf(looping((f) => f))).toBeGreaterThan(3);
    expect(stacksOf(looping(checkpoint))).toBe(1); // the carry of each round
  });

  test('of what gives nothing gives nothing', () => {
    expect(checkpoint((_: Tensor): Tensor[] => [])(x)).toEqual([]);
  });
});

describe('A rule of its own', () => {
  /** Twice what there is to give, so that one sees whose derivative it is. */
  const doubled = customVjp(
    (a: Tensor) => sum(square(a)),
    (a) => [sum(square(a)), a],
    (a, ct) => [mul(mul(a, ct), 4)],
  );
  const halved = customJvp(
    (a: Tensor) => sum(square(a)),
    ([a], [da]) => [sum(square(a)), sum(mul(a, da))],
  );

  test('is what the derivative comes from, in each mode', () => {
    for (const [f, factor] of [
      [doubled, 4],
      [halved, 1],
    ] as const) {
      const expected = mul(x, factor);
      expectSame(f(x), sum(square(x)));
      expectSame(grad(f)(x), expected, 1e-14);
      expectSame(jvp(f, [x], [dx])[1], sum(mul(expected, dx)), 1e-14);
      expectSame(vmap(grad(f))(xs), mul(xs, factor), 1e-14);
      expectSame(
        grad((a: Tensor) => scan((c: Tensor, v: Tensor) => [add(c, f(v)), []], number(0), mul(xs, a))[0])(x),
        mul(mul(x, factor), sum(square(xs), 0)),
        1e-13,
      );
    }
  });

  test('takes integers and booleans, whose cotangents are left out or unread, and gives them', () => {
    const pick = customVjp(
      (a: Tensor, i: Tensor, on: Tensor) => ({ value: where(on, take(a, i), 0), at: argmax(a) }),
      (a, i, on) => [
        { value: where(on, take(a, i), 0), at: argmax(a) },
        { i, a },
      ],
      ({ i, a }, { value, at }) => {
        expect([at.dtype, at.shape]).toEqual(['f32', []]);
        return [where(equal(arange(3), i), mul(value, 10), zerosLike(a)), null, null];
      },
    );
    const f = (a: Tensor): Tensor => pick(a, tensor(1, 'i32'), tensor(true)).value;
    expect(grad(f)(x).toArray()).toEqual([0, 10, 0]);
    expect(vmap(grad(f))(xs).toArray()).toEqual([
      [0, 10, 0],
      [0, 10, 0],
    ]);
    expect(jvp(f, [x], [tensor([5, 7, 9], 'f64')])[1].item()).toBe(70);
    const scaled = customJvp(
      (a: Tensor, i: Tensor) => [take(a, i), i],
      ([a, i], [da, di]) => {
        expect([di.dtype, di.shape]).toEqual(['f32', []]);
        return [
          [take(a, i), i],
          [mul(take(da, i), 10), di],
        ];
      },
    );
    const g = (a: Tensor): Tensor => scaled(a, tensor(2, 'i32'))[0];
    expect(grad(g)(x).toArray()).toEqual([0, 0, 10]);
    expect(jvp(g, [x], [tensor([5, 7, 9], 'f64')])[1].item()).toBe(90);
  });

  test('has zeros for a cotangent that is null', () => {
    const f = customVjp(
      (a: Tensor, b: Tensor[]) => sum(add(a, b[0])),
      (a, b) => [sum(add(a, b[0])), []],
      (_, ct) => [mul(ct, dx), null],
    );
    const [da, db] = grad((a: Tensor, b: Tensor) => f(a, [b]), { argnums: [0, 1] })(x, y);
    expectSame(da, dx);
    expect(db.toArray()).toEqual([0, 0, 0]);
  });

  test('may close over tensors, in each place where it may stand', () => {
    const k = tensor([2, 3, 5], 'f64');
    const f = customVjp(
      (a: Tensor) => mul(a, k),
      (a) => [mul(a, k), a],
      (_, ct) => [mul(ct, k)],
    );
    const g = customJvp(
      (a: Tensor) => mul(a, k),
      ([a], [da]) => [mul(a, k), mul(da, k)],
    );
    for (const rule of [f, g]) {
      const one = (wrapped: (a: Tensor) => Tensor) => (a: Tensor) => sum(sin(wrapped(a)));
      const places = (h: (a: Tensor) => Tensor): Record<string, (a: Tensor) => Tensor> => ({
        alone: h,
        scan: (a) => scan((c: Tensor) => [h(c), []], a, [], { length: 2 })[0],
        cond: (a) => cond(greater(sum(a), 0), h, (v: Tensor) => h(h(v)), a),
        recomputed: checkpoint(h),
        jitted: jit(h),
      });
      const [ruled, plainly] = [places(rule), places((a) => mul(a, k))];
      for (const place of Object.keys(ruled)) {
        const [actual, expected] = [one(ruled[place]), one(plainly[place])];
        expectSame(grad(actual)(x), grad(expected)(x), 1e-12);
        expectSame(vmap(grad(actual))(xs), vmap(grad(expected))(xs), 1e-12);
        expectSame(hessian(actual)(x), hessian(expected)(x), 1e-12);
        expectAlike(linearize(actual, x)[1](dx), linearize(expected, x)[1](dx));
      }
      const looping = (h: (a: Tensor) => Tensor) => (a: Tensor) =>
        whileLoop((c: Tensor) => less(sum(square(c)), 1e3), h, a);
      expectAlike(
        jvp(looping(rule), [x], [dx]),
        jvp(
          looping((a) => mul(a, k)),
          [x],
          [dx],
        ),
      );
    }
  });

  test('may be the derivative of a loop, taken by jvp', () => {
    const loop = (a: Tensor, k: Tensor): Tensor =>
      sum(scan((c: Tensor, v: Tensor) => [sin(mul(c, v)), []], a, k)[0]);
    const f = customJvp(loop, (primals, tangents) => jvp(loop, primals, tangents));
    for (const transformed of [
      transformations.jvp,
      transformations.grad,
      transformations['grad of grad'],
      transformations['vmap of vmap of grad'],
    ])
      expectAlike(transformed(f), transformed(loop));
  });

  test('knows nothing of what the function closes over, and says so', () => {
    const vjpOver = (b: Tensor) =>
      customVjp(
        (a: Tensor) => sum(mul(a, b)),
        (a) => [sum(mul(a, b)), []],
        (_, ct) => [mul(ct, b)],
      );
    const jvpOver = (b: Tensor) =>
      customJvp(
        (a: Tensor) => sum(mul(a, b)),
        ([a], [da]) => [sum(mul(a, b)), sum(mul(da, b))],
      );
    const why =
      'the function closes over what is differentiated in, of which its rule knows nothing; pass that as an argument';
    expect(() => grad((a: Tensor) => vjpOver(a)(a))(x)).toThrow(new TypeError(`customVjp: ${why}`));
    expect(() => grad((a: Tensor) => jvpOver(a)(a))(x)).toThrow(new TypeError(`customJvp: ${why}`));
    expectSame(grad((a: Tensor) => vjpOver(y)(a))(x), y);
  });

  test.each([
    ['a square', (a: Tensor, ct: Tensor) => mul(a, square(ct)), 'mul is not linear in what it is given here'],
    [
      'a choice',
      (a: Tensor, ct: Tensor) => mul(a, where(greater(ct, 0), ct, mul(ct, 2))),
      'select is not linear in what it is given here',
    ],
    ['a sine', (a: Tensor, ct: Tensor) => mul(a, sin(ct)), 'sin is not linear'],
  ])('whose backward is %s of the cotangent serves grad, and jvp says why not', (_, backward, why) => {
    const f = customVjp(
      (a: Tensor) => sum(a),
      (a) => [sum(a), a],
      (a, ct) => [backward(a, ct)],
    );
    expectSame(grad(f)(x), backward(x, number(1)));
    expectSame(
      grad((a: Tensor) => sum(sin(grad(f)(a))))(x),
      grad((a: Tensor) => sum(sin(backward(a, number(1)))))(x),
      1e-12,
    );
    const expected = `${why}, so it has no transpose; a function whose backward is not linear in the cotangents has no forward mode: take grad or vjp of it, or give it a customJvp`;
    expect(() => jvp(f, [x], [dx])).toThrow(new TypeError(`jvp: ${expected}`));
    expect(() => linearize(f, x)).toThrow(new TypeError(`linearize: ${expected}`));
  });
});

type Rule = (...args: never[]) => unknown;

describe('A rule that does not fit', () => {
  const f = (a: Tensor): Tensor => sum(a);
  const withVjp = (forward: Rule, backward: Rule) =>
    grad((customVjp as unknown as (...rules: unknown[]) => typeof f)(f, forward, backward));
  const withJvp = (rule: Rule) => grad((customJvp as unknown as (...rules: unknown[]) => typeof f)(f, rule));
  const good = (a: Tensor): [Tensor, Tensor] => [sum(a), a];
  const back = (a: Tensor, ct: Tensor): [Tensor] => [mul(a, ct)];

  test.each<[string, (a: Tensor) => Tensor, string]>([
    [
      'forward gives no pair',
      withVjp(f, back),
      'customVjp: forward must give a list of two, [value, residuals]',
    ],
    [
      'forward is async',
      withVjp(async (a: Tensor) => good(a), back),
      'customVjp: forward must give a list of two, [value, residuals]',
    ],
    [
      'forward gives another value',
      withVjp((a: Tensor) => [a, a], back),
      "customVjp: forward's value has f64[3] as leaf 0, where f64[] is needed",
    ],
    [
      'forward gives another structure',
      withVjp((a: Tensor) => [[f(a)], a], back),
      "customVjp: forward's value has structure [*], where * is needed",
    ],
    [
      'residuals are no tensors',
      withVjp((a: Tensor) => [f(a), 3], back),
      'customVjp: the residuals: leaf itself is 3, not a tensor; wrap numbers with tensor(…), and close over what is not data',
    ],
    [
      'backward gives no list',
      withVjp(good, (a: Tensor) => a),
      'customVjp: backward must give a list of 1, a cotangent or null for each argument',
    ],
    [
      'backward gives too many',
      withVjp(good, (a: Tensor) => [a, a]),
      'customVjp: backward must give a list of 1, a cotangent or null for each argument',
    ],
    [
      'a cotangent has another shape',
      withVjp(good, (_: Tensor, ct: Tensor) => [ct]),
      'customVjp: cotangent 0 of backward has f64[] as leaf 0, where f64[3] is needed',
    ],
    [
      'a cotangent has another dtype',
      withVjp(good, (a: Tensor) => [astype(a, 'f32')]),
      'customVjp: cotangent 0 of backward has f32[3] as leaf 0, where f64[3] is needed',
    ],
    [
      'a cotangent has another structure',
      withVjp(good, (a: Tensor) => [{ a }]),
      'customVjp: cotangent 0 of backward has structure {"a":*}, where * is needed',
    ],
    [
      'the rule gives no pair',
      withJvp(() => x),
      'customJvp: the rule must give a list of two, [value, tangent]',
    ],
    [
      'the rule gives another value',
      withJvp(([a]: Tensor[]) => [a, f(a)]),
      "customJvp: the rule's value has f64[3] as leaf 0, where f64[] is needed",
    ],
    [
      'a tangent has another shape',
      withJvp(([a]: Tensor[]) => [f(a), a]),
      "customJvp: the rule's tangent has f64[3] as leaf 0, where f64[] is needed",
    ],
    [
      'a tangent has another dtype',
      withJvp(([a]: Tensor[]) => [f(a), astype(f(a), 'f32')]),
      "customJvp: the rule's tangent has f32[] as leaf 0, where f64[] is needed",
    ],
    [
      'a tangent has another structure',
      withJvp(([a]: Tensor[]) => [f(a), []]),
      "customJvp: the rule's tangent has structure [], where * is needed",
    ],
    [
      'the value depends on tangents',
      withJvp((_: unknown, [da]: Tensor[]) => [f(da), f(da)]),
      'customJvp: the value that the rule gives depends on its tangents',
    ],
    [
      'the tangent is not linear',
      withJvp(([a]: Tensor[], [da]: Tensor[]) => [f(a), f(square(da))]),
      'customJvp: the tangent that the rule gives is not linear in its tangents',
    ],
  ])('says so where %s, also in jit', (_, of, message) => {
    for (const g of [of, jit(of)])
      expect(() => g(x)).toThrow(new (/as leaf/.test(message) ? ShapeError : TypeError)(message));
  });

  test('is not looked at before somebody asks for a derivative', () => {
    expectSame(
      (customVjp as unknown as (...rules: unknown[]) => typeof f)(
        f,
        () => 1,
        () => 1,
      )(x),
      f(x),
    );
  });

  test('nor is a function that is async taken', () => {
    const message =
      "the function's result: leaf itself is Promise, not a tensor; what is async cannot be traced: await outside of it";
    const later = (async (a: Tensor) => a) as unknown as typeof f;
    expect(() => checkpoint(later)(x)).toThrow(new TypeError(`checkpoint: ${message}`));
    expect(() => customJvp(later, ([a], [da]) => [a, da])(x)).toThrow(new TypeError(`customJvp: ${message}`));
  });
});
