// What engines compile of a graph: no calls, and loops and branches that compute only what is read.
import { describe, expect, test } from 'vitest';
import { checkGraph, type Graph, keyOf, prims, showGraph, trace } from '../../src/graph/index.ts';
import { simplified } from '../../src/graph/simplify.ts';
import type { Aval, Tensor } from '../../src/tensor/index.ts';
import { checkpoint, cond, scan, whileLoop } from '../../src/transforms/index.ts';
import { draw } from '../helpers/draws.ts';
import { byOracles } from './primitives/oracles.ts';

const vector: Aval = { dtype: 'f64', shape: [3] };
const matrix: Aval = { dtype: 'f64', shape: [4, 3] };
const graphOf = (f: (...values: Tensor[]) => readonly Tensor[], ...avals: Aval[]): Graph =>
  trace((values) => f(...values), avals).graph;

/** `graph` simplified, after seeing that it is legal and gives the same. */
function simple(graph: Graph): Graph {
  const made = checkGraph(simplified(graph));
  const inputs = graph.inputs.map(({ dtype, shape }, i) => draw(dtype, shape, i));
  expect(byOracles(made, inputs)).toEqual(byOracles(graph, inputs));
  return made;
}

/** Every op of `graph`, those of graphs in parameters with them. */
const opsOf = (graph: Graph): string[] => [...showGraph(graph).matchAll(/ = (\w+)/g)].map(([, op]) => op);

const { add, cos, exp, mul, neg, sin, sum } = prims;
const isPositive = (x: Tensor): Tensor => prims.lt(prims.full([], 0, 'f64'), sum(x, [0]));

describe('Simplified', () => {
  test('a graph without loops, branches and calls is itself', () => {
    const graph = graphOf((x) => [sin(x)], vector);
    expect(simplified(graph)).toBe(graph);
  });

  test('calls become what they call, to any depth', () => {
    const twice = checkpoint((x: Tensor) => sin(checkpoint(cos)(x)));
    const graph = graphOf(
      (x) => [twice(x), scan((c: Tensor) => [twice(c), []], x, [], { length: 2 })[0]],
      vector,
    );
    expect(opsOf(graph)).toContain('call');
    expect(opsOf(simple(graph))).toEqual(['cos', 'sin', 'scan', 'cos', 'sin']);
  });

  test('equal applications in a call stay apart from those outside', () => {
    const graph = graphOf((x) => [sin(x), checkpoint(sin)(x)], vector);
    expect(opsOf(simple(graph))).toEqual(['sin', 'sin']);
  });

  test('a call that gives its argument, or one thing twice, leaves no trace', () => {
    const graph = graphOf((x) => checkpoint((y: Tensor) => [y, sin(y), sin(y)])(x), vector);
    expect(opsOf(simple(graph))).toEqual(['sin']);
  });

  test('results of a scan that nothing reads go, with what only they need', () => {
    const round = (c: Tensor, k: Tensor): [Tensor, Tensor[]] => [sin(c), [exp(c), cos(k)]];
    const of = (which: (last: Tensor, ys: Tensor[]) => Tensor) =>
      simple(graphOf((x, ks) => [which(...scan(round, x, ks))], vector, matrix));
    const [last, stacked, own] = [of((c) => c), of((_, [y]) => y), of((_, [, y]) => y)];
    expect([last, stacked, own].map(opsOf)).toEqual(
      [
        ['scan', 'sin'],
        ['scan', 'exp', 'sin'],
        ['scan', 'cos'],
      ].map((ops) => expect.arrayContaining(ops)),
    );
    expect([last, stacked, own].map((graph) => opsOf(graph).length)).toEqual([2, 3, 2]);
    expect(
      [last, stacked, own].map(({ nodes: [node] }) => [node.inputs.length, node.results.length]),
    ).toEqual([
      [1, 1],
      [1, 2],
      [1, 1],
    ]);
  });

  test('carries that only feed themselves go, and those that feed what is read stay', () => {
    const round = ([a, b, c]: readonly Tensor[]): [Tensor[], Tensor[]] => [
      [sin(a), add(b, a), mul(c, b)],
      [],
    ];
    const of = (i: number) =>
      simple(graphOf((x) => [scan(round, [x, x, x], [], { length: 3 })[0][i]], vector)).nodes[0].results
        .length;
    expect([of(0), of(1), of(2)]).toEqual([1, 2, 3]);
  });

  test('so do those of a whileLoop, but for what its test reads', () => {
    const loop = (x: Tensor): readonly Tensor[] =>
      whileLoop(
        ([k]: readonly Tensor[]) => prims.lt(k, prims.full([], 2, 'i32')),
        ([k, a, b]: readonly Tensor[]) => [add(k, prims.full([], 1, 'i32')), sin(a), cos(b)],
        [prims.full([], 0, 'i32'), x, x],
      );
    const of = (i: number): Graph => simple(graphOf((x) => [loop(x)[i]], vector));
    expect([0, 1, 2].map((i) => opsOf(of(i)).filter((op) => /sin|cos/.test(op)))).toEqual([
      [],
      ['sin'],
      ['cos'],
    ]);
  });

  test('branches compute what is read, of operands that either reads', () => {
    const graph = graphOf(
      (x, y) => [
        cond(
          isPositive(x),
          (a: Tensor, b: Tensor) => [sin(a), exp(b)],
          (a: Tensor, b: Tensor) => [cos(a), neg(b)],
          x,
          y,
        )[1],
      ],
      vector,
      vector,
    );
    const made = simple(graph);
    expect(opsOf(made).filter((op) => /sin|cos|exp|neg/.test(op))).toEqual(['exp', 'neg']);
    expect(made.nodes.at(-1)?.inputs.length).toBe(2); // the predicate, and b
  });

  test('what a loop inside a loop gives and nothing reads goes, too', () => {
    const inner = (c: Tensor): [Tensor, Tensor] => [sin(c), exp(c)];
    const outer = (c: Tensor): [Tensor, Tensor] => {
      const [last, ys] = scan(inner, c, [], { length: 2 });
      return [
        last,
        cond(
          isPositive(c),
          (v: Tensor) => sum(v, [0, 1]),
          (v: Tensor) => sum(cos(v), [0, 1]),
          ys,
        ),
      ];
    };
    const ops = opsOf(simple(graphOf((x) => [scan(outer, x, [], { length: 2 })[0]], vector)));
    expect(ops).toEqual(['scan', 'scan', 'sin']);
  });

  test('an input that nothing reads any more stays an input, and donations stay', () => {
    const graph = {
      ...graphOf((x, ks) => [scan((c: Tensor, k: Tensor) => [sin(c), k], x, ks)[0]], vector, matrix),
      donated: [1],
    };
    const made = simple(graph);
    expect([made.inputs, made.donated]).toEqual([graph.inputs, [1]]);
  });

  test('graphs that do the same have one key, as before', () => {
    const make = (): Graph =>
      simplified(graphOf((x, ks) => [scan((c: Tensor, k: Tensor) => [sin(c), k], x, ks)[0]], vector, matrix));
    expect(keyOf(make())).toBe(keyOf(make()));
  });
});
