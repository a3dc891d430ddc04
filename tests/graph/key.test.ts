// Keys of graphs: equal where two traces do the same, different where anything that matters does.
import { expect, test } from 'vitest';
import { bindAll, type Graph, keyOf, prims, showGraph, trace } from '../../src/graph/index.ts';
import type { Aval, Tensor } from '../../src/tensor/index.ts';
import { checkpoint, customVjp, scan } from '../../src/transforms/index.ts';

const vector: Aval = { dtype: 'f32', shape: [3] };
const graphOf = (f: (xs: Tensor[]) => readonly Tensor[], avals: readonly Aval[] = [vector, vector]): Graph =>
  trace(f, avals).graph;

test('two traces of one function have one key, whatever is left over of them', () => {
  const f = ([x, y]: Tensor[]) => [prims.sum(prims.mul(prims.add(x, y), x), [0])];
  const wasteful = ([x, y]: Tensor[]) => {
    prims.exp(y);
    return f([x, y]);
  };
  expect(keyOf(graphOf(f))).toBe(keyOf(graphOf(f)));
  expect(keyOf(graphOf(wasteful))).toBe(keyOf(graphOf(f)));
});

test('whatever changes what a graph does changes its key', () => {
  const base = graphOf(([x, y]) => [prims.add(x, y)]);
  const filled = (value: number) => graphOf(([x]) => [prims.mul(x, prims.full([3], value, 'f32'))], [vector]);
  const graphs = [
    base,
    { ...base, donated: [0] },
    { ...base, donated: [1] },
    graphOf(([x, y]) => [prims.add(y, x)]),
    graphOf(([x, y]) => [prims.sub(x, y)]),
    graphOf(([x]) => [prims.add(x, x)]),
    graphOf(([x, y]) => [prims.add(x, y), x]),
    graphOf(([x, y]) => [x, prims.add(x, y)]),
    graphOf(
      ([x, y]) => [prims.add(x, y)],
      [
        { dtype: 'f64', shape: [3] },
        { dtype: 'f64', shape: [3] },
      ],
    ),
    graphOf(
      ([x, y]) => [prims.add(x, y)],
      [
        { dtype: 'f32', shape: [1, 3] },
        { dtype: 'f32', shape: [1, 3] },
      ],
    ),
    ...[0, -0, 1, Number.NaN, Number.POSITIVE_INFINITY].map(filled),
  ];
  expect(new Set(graphs.map(keyOf)).size).toBe(graphs.length);
});

const looping = (f: (c: Tensor, k: Tensor) => Tensor, options: { reverse?: boolean } = {}): Graph =>
  graphOf(
    ([x, y]) => [scan((c: Tensor, k: Tensor) => [f(c, k), []], x, y, options)[0]],
    [vector, { dtype: 'f32', shape: [4, 3] }],
  );

test('a graph in parameters counts by what it does', () => {
  expect(keyOf(looping(prims.add))).toBe(keyOf(looping((c, k) => prims.add(c, k))));
  const graphs = [
    looping(prims.add),
    looping(prims.sub),
    looping((c, k) => prims.add(k, c)),
    looping(prims.add, { reverse: true }),
    looping((c, k) => prims.add(prims.mul(c, prims.full([3], 2, 'f32')), k)),
    looping((c, k) => prims.add(prims.mul(c, prims.full([3], 3, 'f32')), k)),
  ];
  expect(new Set(graphs.map(keyOf)).size).toBe(graphs.length);
});

test('equal applications of equal graphs are made once, those with rules of their own apart', () => {
  const callsIn = (f: (x: Tensor) => readonly Tensor[]): number =>
    graphOf(([x]) => f(x), [vector]).nodes.length;
  const custom = () =>
    customVjp(
      prims.sin,
      (x) => [prims.sin(x), []],
      (_, ct) => [ct],
    );
  expect(callsIn((x) => [checkpoint(prims.sin)(x), checkpoint(prims.sin)(x)])).toBe(1);
  expect(callsIn((x) => [custom()(x), custom()(x)])).toBe(2);
});

test('graphs in parameters are shown below what they are in, by their order', () => {
  const graph = graphOf(
    ([x]) =>
      bindAll(
        'cond',
        {
          whenTrue: graphOf(([y]) => [prims.neg(y)], [vector]),
          whenFalse: graphOf(
            ([y]) => bindAll('call', { graph: graphOf(([z]) => [z], [vector]) }, [y]),
            [vector],
          ),
        },
        [prims.eq(prims.sum(x, [0]), prims.full([], 0, 'f32')), x],
      ),
    [vector],
  );
  expect(showGraph(graph)).toBe(`graph(%0: f32[3]) {
  %1: f32[] = sum %0 {"axes":[0]}
  %2: f32[] = full {"value":0,"shape":[],"dtype":"f32"}
  %3: bool[] = eq %1 %2
  %4: f32[3] = cond %3 %0 {"whenTrue":"#0","whenFalse":"#1"}
    #0(%0: f32[3]) {
      %1: f32[3] = neg %0
      return %1
    }
    #1(%0: f32[3]) {
      %1: f32[3] = call %0 {"graph":"#0"}
        #0(%0: f32[3]) {
          return %0
        }
      return %1
    }
  return %4
}`);
});
