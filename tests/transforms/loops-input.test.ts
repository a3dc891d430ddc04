// What scan, cond and whileLoop take and give at the edges, what they refuse, and what a scan's derivative keeps.
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../../src/engines/index.ts';
import { type AnyApply, trace } from '../../src/graph/index.ts';
import { simplified } from '../../src/graph/simplify.ts';
import { relu, silu } from '../../src/nn/index.ts';
import {
  add,
  astype,
  cos,
  cumsum,
  exp,
  greater,
  less,
  mul,
  reshape,
  sin,
  slice,
  square,
  stack,
  sub,
  sum,
  tensor,
  zeros,
} from '../../src/ops/index.ts';
import { DTypeError, ShapeError, type Tensor, type Tree } from '../../src/tensor/index.ts';
import { checkpoint, cond, grad, jit, jvp, scan, vmap, whileLoop } from '../../src/transforms/index.ts';
import { linearizeGraph } from '../../src/transforms/linearize.ts';
import { randomTensor } from '../helpers/draws.ts';
import { expectSame } from '../helpers/grids.ts';

beforeAll(() => {
  useEngine('reference');
});

const x = randomTensor([3], 1);
const rows = randomTensor([4, 3], 2);
const none = zeros([0, 3], 'f64');
const step = (c: Tensor, k: Tensor): [Tensor, Tensor] => [mul(c, k), add(c, k)];

describe('A scan without rounds', () => {
  const f = (c: Tensor, ks: Tensor): [Tensor, Tensor] => scan(step, c, ks);

  test('gives the carry that it begins with, and stacks of nothing', () => {
    for (const g of [f, jit(f)]) {
      const [last, ys] = g(x, none);
      expectSame(last, x);
      expect([ys.dtype, ys.shape]).toEqual(['f64', [0, 3]]);
    }
  });

  test('has derivatives, and maps', () => {
    const number = (c: Tensor, ks: Tensor): Tensor =>
      f(c, ks)
        .map((y) => sum(sin(y)))
        .reduce((a, b) => add(a, b));
    const [dc, dks] = grad(number, { argnums: [0, 1] })(x, none);
    expectSame(dc, cos(x));
    expect(dks.shape).toEqual([0, 3]);
    expectSame(jvp(number, [x, none], [x, none])[1], sum(mul(cos(x), x)), 1e-14);
    expectSame(vmap(number, [0, null])(rows, none), sum(sin(rows), 1), 1e-14);
    expect(vmap(f, [null, 1])(x, zeros([0, 2, 3], 'f64'))[1].shape).toEqual([2, 0, 3]);
  });
});

describe('Empty trees', () => {
  test('are carried and stacked as they are', () => {
    expect(scan(() => [{ a: [] }, []], { a: [] }, [], { length: 3 })).toEqual([{ a: [] }, []]);
    expect(
      cond(
        tensor(true),
        () => [],
        () => [],
      ),
    ).toEqual([]);
    expect(
      whileLoop(
        () => tensor(false),
        (c: Tree[]) => c,
        [],
      ),
    ).toEqual([]);
    const [carry, ys] = scan((_: Tree[], k: Tensor) => [[], { k, l: [] }], [], rows);
    expect([carry, ys.l]).toEqual([[], []]);
    expectSame(ys.k, rows);
  });

  test('map and have derivatives', () => {
    const f = (c: Tensor): Tensor =>
      sum(
        scan(
          (a: { c: Tensor; none: Tree[] }) => [{ c: sin(a.c), none: [] }, []],
          { c, none: [] },
          {},
          { length: 2 },
        )[0].c,
      );
    expectSame(grad(f)(x), mul(cos(sin(x)), cos(x)), 1e-14);
    expectSame(vmap(f)(rows), sum(sin(sin(rows)), 1), 1e-14);
  });
});

describe('Under vmap', () => {
  const vectors = randomTensor([2, 3], 3);
  const stacks = randomTensor([2, 4, 3], 4);
  const looped = (c: Tensor, ks: Tensor, w: Tensor): [Tensor, Tensor] =>
    scan((a: Tensor, k: Tensor) => [sin(mul(a, k)), mul(a, w)], c, ks);

  test.each([
    ['the carry', [0, null, null]],
    ['what is stacked', [null, 0, null]],
    ['what is closed over', [null, null, 0]],
    ['all', [0, 0, 0]],
  ] as const)('a scan over %s alone is as a loop over examples', (_, axes) => {
    const all = [
      [x, vectors],
      [rows, stacks],
      [x, vectors],
    ] as const;
    const args = axes.map((axis, i) => all[i][axis === null ? 0 : 1]) as [Tensor, Tensor, Tensor];
    const example = (b: number) =>
      looped(...(args.map((arg, i) => (axes[i] === null ? arg : slice(arg, b))) as typeof args));
    const examples = [example(0), example(1)];
    vmap(
      looped,
      axes,
    )(...args).forEach((leaf, i) => {
      expectSame(leaf, stack(examples.map((outputs) => outputs[i])), 1e-14);
    });
  });
});

test('A predicate may be a plain boolean, with jit and without', () => {
  const either = (x: Tensor, which: boolean) =>
    cond(
      which,
      (x) => mul(x, 2),
      (x) => sub(x, 1),
      x,
    );
  for (const choose of [either, jit(either, { static: [1] })]) {
    expect(choose(tensor([1, 2]), true).toArray()).toEqual([2, 4]);
    expect(choose(tensor([1, 2]), false).toArray()).toEqual([0, 1]);
  }
});

describe('A predicate that is batched', () => {
  test('chooses a branch for each example, and what the other one has does no harm', () => {
    const f = (a: Tensor): Tensor =>
      cond(
        greater(sum(a), 0),
        (v: Tensor) => sum(exp(v)),
        (v: Tensor) => sum(mul(v, 3)),
        a,
      );
    const each = [0, 1, 2, 3].map((i) => slice(rows, i));
    expectSame(vmap(f)(rows), stack(each.map(f)), 1e-14);
    expectSame(vmap(grad(f))(rows), stack(each.map((a) => grad(f)(a))), 1e-14);
    expectSame(
      grad((a: Tensor) => sum(vmap(f)(mul(rows, a))))(x),
      grad((a: Tensor) => each.map((row) => f(mul(row, a))).reduce((p, q) => add(p, q)))(x),
      1e-12,
    );
  });

  test('goes on until all are done, and those that are stay as they are', () => {
    const f = (n: Tensor): [Tensor, Tensor] =>
      whileLoop(
        ([k]: readonly Tensor[]) => less(k, n),
        ([k, c]: readonly Tensor[]) => [add(k, 1), mul(c, 2)],
        [tensor(0, 'i32'), tensor(1, 'i32')] as readonly Tensor[],
      ) as [Tensor, Tensor];
    for (const g of [vmap(f), jit(vmap(f))])
      expect(g(tensor([3, 0, 5, 1], 'i32')).map((t) => t.toArray())).toEqual([
        [3, 0, 5, 1],
        [8, 1, 32, 2],
      ]);
    const [, doubled] = vmap((c: Tensor) =>
      whileLoop(
        ([k]: readonly Tensor[]) => less(k, 2),
        ([k, v]: readonly Tensor[]) => [add(k, 1), mul(v, 2)],
        [tensor(0, 'i32'), c] as readonly Tensor[],
      ),
    )(rows);
    expectSame(doubled, mul(rows, 4));
  });
});

describe('What a scan keeps for its derivative', () => {
  const scans = (f: (...values: Tensor[]) => Tensor, purpose: 'split' | 'transpose' = 'transpose') => {
    const { graph } = trace((values) => [f(...values)], [x, rows]);
    const { primal, linear } = linearizeGraph(graph, [true, true], purpose);
    return [primal, linear].map(({ nodes }) =>
      nodes.filter((node): node is Extract<AnyApply, { op: 'scan' }> => node.op === 'scan'),
    );
  };
  /** Shapes of what the forward pass stacks. */
  const stacked = (f: (...values: Tensor[]) => Tensor) =>
    scans(f)[0].flatMap(({ params, results }) => results.slice(params.carry).map(({ shape }) => shape));

  test('is stacked once, but not where it is the same in each round, or stands in a stack already', () => {
    const last =
      (f: (w: Tensor) => (c: Tensor, k: Tensor) => Tensor) =>
      (w: Tensor, ks: Tensor): Tensor =>
        sum(scan((c: Tensor, k: Tensor) => [f(w)(c, k), []], w, ks)[0]);
    expect(stacked(last((w) => (c) => mul(c, exp(w))))).toEqual([[4, 3]]); // c, for the derivative in w
    expect(stacked(last((w) => (c) => add(mul(c, 2), mul(exp(w), exp(w)))))).toEqual([]); // exp w is the same
    expect(stacked(last(() => (c, k) => add(c, mul(k, k))))).toEqual([]); // k is there
    expect(stacked(last(() => (c, k) => add(c, exp(k))))).toEqual([]); // exp k is made again
    expect(stacked(last(() => (c, k) => add(c, exp(cumsum(k, 0)))))).toEqual([[4, 3]]); // its sums are not
    expect(stacked(last(() => (c) => sin(c)))).toEqual([[4, 3]]); // cos c
    expect(stacked(last(() => (c) => add(c, 1)))).toEqual([]);
  });

  test('are the fewest bytes that arithmetic on elements makes the rest of', () => {
    const kept = (f: (c: Tensor) => Tensor) =>
      scans((w, ks) => sum(scan((c: Tensor) => [f(c), []], w, ks)[0]))[0].flatMap(({ params, results }) =>
        results.slice(params.carry).map(({ dtype, shape }) => `${dtype} ${shape}`),
      );
    expect(kept((c) => silu(add(cumsum(c, 0), cumsum(mul(c, 2), 0))))).toEqual(['f64 4,3']); // their sum
    expect(kept((c) => relu(cumsum(c, 0)))).toEqual(['bool 4,3']);
    expect(kept((c) => mul(cumsum(sin(c), 0), cumsum(exp(c), 0)))).toEqual(Array(3).fill('f64 4,3')); // c and both
  });

  test('is read by a scan of tangents alone', () => {
    const [, [linear]] = scans(
      (w, ks) => sum(scan((c: Tensor, k: Tensor) => [sin(mul(c, mul(w, k))), []], w, ks)[0]),
      'split',
    );
    expect(linear.params.carry).toBe(1);
    expect(linear.params.body.nodes.map(({ op }) => op)).not.toContain('sin');
  });

  test('is nothing for what is not differentiated in', () => {
    const { graph } = trace(
      (values) => [
        scan((c: Tensor, k: Tensor) => [sin(mul(c, k)), []], values[0], values[1])[0],
        sum(values[0]),
      ],
      [x, rows],
    );
    const { primal } = linearizeGraph(graph, [false, true], 'transpose', 0);
    expect(
      simplified(primal).nodes.flatMap(({ op, results }) => (op === 'scan' ? results.length : [])),
    ).toEqual([1]);
  });

  test('is less where the body is recomputed', () => {
    const body = (c: Tensor, k: Tensor): Tensor =>
      [1, 2, 3, 4].reduce((h) => cumsum(sin(mul(h, exp(k))), 0), c);
    const of = (f: typeof body) =>
      stacked((w, ks) => sum(scan((c: Tensor, k: Tensor) => [f(c, k), []], w, ks)[0])).length;
    expect(of(body)).toBeGreaterThan(3);
    expect(of(checkpoint(body))).toBe(1);
  });
});

const js = { scan, cond, whileLoop } as unknown as Record<string, (...args: unknown[]) => unknown>;
const yes = tensor(true);
const tree = { a: x, b: [tensor(1, 'i32')] };

describe('Refused in one line', () => {
  test.each<[string, (x: Tensor) => unknown, Error]>([
    [
      'a carry of another shape',
      (x) => scan((c: Tensor) => [reshape(c, [3, 1]), []], x, rows),
      new ShapeError(
        'scan: the carry begins as f64[3] and f gives f64[3, 1]; each must be like init (cast or reshape it)',
      ),
    ],
    [
      'a carry of another dtype',
      (x) => scan((c: Tensor) => [astype(c, 'f32'), []], x, rows),
      new ShapeError(
        'scan: the carry begins as f64[3] and f gives f32[3]; each must be like init (cast or reshape it)',
      ),
    ],
    [
      'a part of the carry',
      () => scan((c: typeof tree) => [{ a: c.a, b: [astype(c.b[0], 'f64')] }, []], tree, rows),
      new ShapeError(
        'scan: the carry begins as i32[] at b.0 and f gives f64[]; each must be like init (cast or reshape it)',
      ),
    ],
    [
      'a carry of another structure',
      () => js.scan(() => [[x], []], x, rows),
      new TypeError(
        'scan: the carry begins as * and f gives [*]; each must be like init (cast or reshape it)',
      ),
    ],
    [
      'a result that is no pair',
      () => js.scan((c: Tensor) => c, x, rows),
      new TypeError('scan: f must give a list of two, [the next carry, y]'),
    ],
    [
      'a list of three',
      () => js.scan((c: Tensor) => [c, c, c], x, rows),
      new TypeError('scan: f must give a list of two, [the next carry, y]'),
    ],
    [
      'a round that is async',
      () => js.scan(async (c: Tensor) => [c, c], x, rows),
      new TypeError('scan: f must give a list of two, [the next carry, y]'),
    ],
    [
      'a y that is no tensor',
      () => js.scan((c: Tensor) => [c, 3], x, rows),
      new TypeError(
        'scan: y: leaf itself is 3, not a tensor; wrap numbers with tensor(…), and close over what is not data',
      ),
    ],
    [
      'no length',
      () => js.scan(step, x, []),
      new ShapeError('scan: xs has no leaves; give the option length'),
    ],
    [
      'lengths that differ',
      () => js.scan(step, x, [rows, x]),
      new ShapeError('scan: xs and length have different numbers of entries: 4, 3'),
    ],
    [
      'another length than that of xs',
      () => js.scan(step, x, rows, { length: 5 }),
      new ShapeError('scan: xs and length have different numbers of entries: 4, 5'),
    ],
    [
      'a number to go along',
      () => js.scan(step, x, [tensor(1)]),
      new ShapeError('scan: xs holds i32[], which has no axis to go along'),
    ],
    [
      'a length below 0',
      () => js.scan(step, x, [], { length: -1 }),
      new ShapeError('scan: length is -1; it must be a whole number ≥ 0'),
    ],
    [
      'a predicate of numbers',
      () =>
        js.cond(
          tensor(1),
          () => x,
          () => x,
        ),
      new DTypeError('cond: the predicate is i32[]; it must be bool[]'),
    ],
    [
      'a predicate for each element',
      (x) =>
        cond(
          greater(x, 0),
          () => x,
          () => x,
        ),
      new DTypeError('cond: the predicate is bool[3]; it must be bool[]'),
    ],
    [
      'branches of different shapes',
      (x) =>
        cond(
          yes,
          (v: Tensor) => v,
          (v: Tensor) => sum(v),
          x,
        ),
      new ShapeError('cond: whenTrue gives f64[3] as leaf 0 and whenFalse f64[]; both must give the same'),
    ],
    [
      'branches of different dtypes',
      (x) =>
        cond(
          yes,
          (v: Tensor) => v,
          (v: Tensor) => astype(v, 'f32'),
          x,
        ),
      new ShapeError('cond: whenTrue gives f64[3] as leaf 0 and whenFalse f32[3]; both must give the same'),
    ],
    [
      'branches of different structures',
      () =>
        js.cond(
          yes,
          () => [x],
          () => x,
        ),
      new TypeError('cond: whenTrue gives [*] and whenFalse *; both must give the same'),
    ],
    [
      'a branch that is async',
      () =>
        js.cond(
          yes,
          async () => x,
          () => x,
        ),
      new TypeError(
        "cond: the function's result: leaf itself is Promise, not a tensor; what is async cannot be traced: await outside of it",
      ),
    ],
    [
      'a test of numbers',
      (x) => whileLoop((c) => sum(c), square, x),
      new DTypeError('whileLoop: the test gives f64[]; it must give bool[]'),
    ],
    [
      'a test for each element',
      (x) => whileLoop((c) => less(c, 0), square, x),
      new DTypeError('whileLoop: the test gives bool[3]; it must give bool[]'),
    ],
    [
      'a test that gives a list',
      () => js.whileLoop(() => [yes], square, x),
      new TypeError('whileLoop: the test gives [*]; it must give bool[]'),
    ],
    [
      'a test that is async',
      () => js.whileLoop(async () => yes, square, x),
      new TypeError(
        "whileLoop: the function's result: leaf itself is Promise, not a tensor; what is async cannot be traced: await outside of it",
      ),
    ],
    [
      'a body of another shape',
      (x) =>
        whileLoop(
          () => yes,
          (c) => sum(c),
          x,
        ),
      new ShapeError(
        'whileLoop: the carry begins as f64[3] and body gives f64[]; each must be like init (cast or reshape it)',
      ),
    ],
    [
      'a part of what a body gives',
      () =>
        whileLoop(
          () => yes,
          (c: typeof tree) => ({ ...c, b: [astype(c.b[0], 'bool')] }),
          tree,
        ),
      new ShapeError(
        'whileLoop: the carry begins as i32[] at b.0 and body gives bool[]; each must be like init (cast or reshape it)',
      ),
    ],
    [
      'a body of another structure',
      () =>
        js.whileLoop(
          () => yes,
          () => [x],
          x,
        ),
      new TypeError(
        'whileLoop: the carry begins as * and body gives [*]; each must be like init (cast or reshape it)',
      ),
    ],
    [
      'the gradient of a whileLoop',
      (x) => grad((a: Tensor) => sum(whileLoop((c) => less(sum(c), 0), square, a)))(x),
      new TypeError(
        'whileLoop: it has a derivative in forward mode alone (jvp), since how many rounds it takes is not known before: use scan, with cond where rounds are to be skipped',
      ),
    ],
  ])('is %s, also in jit', (_, f, error) => {
    expect(() => f(x)).toThrow(error);
    expect(() => jit((v: Tensor) => [f(v)] as Tensor[])(x)).toThrow(error);
  });
});
